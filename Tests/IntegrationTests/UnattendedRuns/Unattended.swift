import Foundation
import TestSupport
import Testing

/// What the tests of unattended runs have in common.
enum Unattended {
    static let lockKey: Bytes = "appauth:janitor:lock"

    /// A lock of somebody else.
    static let foreignLock: Bytes = """
        {"host":"db1.example.org","pid":4711,"since":"2026-01-02T03:04:05Z","token":"somebody-else"}
        """

    /// What a run says that meets that lock.
    static func lockedLine(_ url: String) -> String {
        "another run is cleaning \(url)?db=0: process 4711 on db1.example.org, since 2026-01-02T03:04:05Z; wait for it "
            + "(a run that was killed blocks for at most a minute)"
    }

    /// Permission bits of a file.
    static func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    static func lines(_ path: String) throws -> [String] {
        try text(path).split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    static func names(_ folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    /// The one object that stands there and nothing else.
    static func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// How many connections a server has seen, this client's included.
    static func connections(_ client: TestClient) throws -> Int? {
        let line = try client.call("INFO", "stats").text?.split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("total_connections_received:") }
        return line.flatMap { Int($0.drop { $0 != ":" }.dropFirst()) }
    }
}

extension JanitorResult {
    /// Nothing was printed at all.
    var isSilent: Bool { output.isEmpty && error.isEmpty }
}

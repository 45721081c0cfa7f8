import Foundation
import TestSupport
import Testing

/// Sessions that the libraries themselves have written, and that they find again; `make test` installs them.
@Suite(.enabled(if: SessionStores.has("starsessions")))
struct LibraryTests {
    /// A library, how the janitor is told of its sessions, how many of them there are, and what goes of them as the library
    /// holds it for ended.
    private static let libraries: [(name: String, words: [String], sessions: Int, numbers: [String: Int])] = [
        ("django", ["--layout", "django"], 3, ["undated_sessions_found": 3]),
        ("starsessions", ["--layout", "starsessions"], 4, ["expired_sessions_removed": 1]),
        (
            "fastapi-users", ["--layout", "fastapi-users"], 3,
            ["undated_sessions_found": 3, "sessions_without_ttl_found": 3]
        ),
        (
            "aiohttp",
            [
                "--layout", "custom", "--session-key", "AIOHTTP_SESSION_{id:[0-9a-f]{32}}", "--dead-value", "{}",
                "--date", "created=json:created",
            ], 4, ["expired_sessions_removed": 1, "undated_sessions_found": 0]
        ),
        // What is in a form that is not read stays, emptied or not.
        (
            "beaker", ["--layout", "custom", "--session-key", "beaker_cache:{id:[0-9a-f]{32}}:session"], 4,
            ["undated_sessions_found": 4]
        ),
    ]

    private static func said(_ words: String..., by store: Store) throws -> String {
        let folder = try TemporaryFolder()
        let file = folder.file("said")
        let output = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        defer { close(output) }
        let process = try ChildProcess(
            SessionStores.python, ["-B", SessionStores.libraries, store.redis.socketPath] + words, environment: [:],
            output: output)
        guard process.waitForEnd(within: .seconds(120)) == .exited(0) else {
            throw SupportError("the libraries failed")
        }
        return try String(contentsOfFile: file, encoding: .utf8)
    }

    @Test func `every library finds its live sessions after a run on its layout, and what it holds for ended is gone`()
        throws
    {
        let store = try Store()
        let ids = try LibraryTests.said("write", by: store)
        for (name, words, sessions, numbers) in LibraryTests.libraries {
            let (status, report) = try store.clean(words + ["--include-expired", "--max-age-days", "30"])
            #expect(status == .exited(0), "\(name)")
            #expect(report.stat("sessions_checked") == sessions, "\(name)")
            for (number, value) in numbers { #expect(report.stat(number) == value, "\(name): \(number)") }
        }
        let found = try JSONDecoder().decode(
            [String: Int].self, from: Data(LibraryTests.said("find", ids, by: store).utf8))
        #expect(found.count == 5)
        #expect(found.allSatisfy { $0.value == 3 }, "\(found)")
        #expect(try store.keys().contains(":1:page:1"))
    }
}

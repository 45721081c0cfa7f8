import Foundation
import SessionJanitor
import TestSupport
import Testing

@testable import JanitorCommand

/// A layout that is kept in a file.
struct LayoutFileTests {
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func file(_ text: String) throws -> String {
        let path = folder + "/layout"
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    private func layout(_ words: String...) throws -> Layout {
        try Options(Arguments(words), environment: ["REDIS_URL": "redis://localhost"]).cleanup.layout
    }

    @Test func `a file stands for the options in its lines`() throws {
        let path = try file(
            """
            # our own store
            --layout custom
              --prefix shop\r
            --session-key '{prefix}:s:{id}'

            --index-key={prefix}:u:{user}
            --member quoted:{id}
            --presence-key {prefix}:p:{user}
            --presence-value ''
            --user json:user
            """)
        let spelled = try layout(
            "--layout", "custom", "--prefix", "shop", "--session-key", "{prefix}:s:{id}", "--index-key",
            "{prefix}:u:{user}",
            "--member", "quoted:{id}", "--presence-key", "{prefix}:p:{user}", "--presence-value", "", "--user",
            "json:user")
        #expect(try layout("--layout-file", path) == spelled)
        // What is given beside it wins, wherever it stands.
        let other = try layout("--index-key", "mine:{user}", "--layout-file", path, "--prefix", "other")
        #expect(other.prefix == "other")
        #expect(other.indexKeys.map(\.template.source) == ["mine:{user}"])
        #expect(other.sessionKeys == spelled.sessionKeys.map { try! KeyTemplate($0.source, prefix: "other") })
    }

    @Test func `what layouts prints of a layout can be kept as it is, one option a line`() throws {
        for builtIn in BuiltInLayout.allCases where builtIn != .custom {
            let options = builtIn.options.map { (name: $0.name.rawValue, value: $0.value) }
            let path = try file(LayoutFile.text([("--layout", "custom"), ("--prefix", builtIn.prefix)] + options))
            #expect(
                try layout("--layout-file", path)
                    == layout("--layout", "custom", "--prefix", builtIn.prefix, file: builtIn))
        }
    }

    private func layout(_ words: String..., file builtIn: BuiltInLayout) throws -> Layout {
        try Options(
            Arguments(words + builtIn.options.map { "\($0.name.rawValue)=\($0.value)" }),
            environment: ["REDIS_URL": "redis://localhost"]
        ).cleanup.layout
    }

    @Test(arguments: [
        ("--layout lucia\n--dry-run", "line 2: '--dry-run'"), ("session-key x", "line 1: 'session-key'"),
        ("\n\n--url redis://x", "line 3: '--url'"),
    ])
    func `what is no option of a layout is refused with its line`(text: String, words: String) throws {
        let path = try file(text)
        let error = #expect(throws: UsageError.self) { try layout("--layout-file", path) }
        #expect(error?.message.english.contains(words) == true, "\(error?.message.english ?? "")")
    }

    @Test func `a file that is not there, or no layout, is said to be that`() throws {
        let error = #expect(throws: UsageError.self) { try layout("--layout-file", folder + "/none") }
        #expect(error?.message.english.contains("No such file") == true)
        let path = try file("--session-key s:{id}\n--member {id}")
        #expect(throws: UsageError.self) { try layout("--layout-file", path) }
        let layouts = LayoutsCommand(arguments: try Arguments(["layouts", "--write", "x"]), environment: [:])
        #expect(throws: UsageError.self) { try layouts.run() }
    }
}

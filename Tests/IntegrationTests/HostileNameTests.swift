import TestSupport
import Testing

/// Names that other people chose reach no terminal, log or report as they are.
@Suite(.waiting) struct HostileNameTests {
    private static let names: [Bytes] = [
        "\u{1b}[31mred\u{1b}[0m", "\u{1b}]0;title\u{07}", "line\nsession-janitor: all is well", "carriage\rreturn",
        "tab\there", "nul\0l", "bell\u{07}", "back\u{08}space", "\u{9b}31m", "\u{202e}backwards", "\u{2028}separator",
        Bytes([0xff, 0xfe, 0x1b, 0x5b]), "\u{feff}bom", "\u{200b}nothing", "quote\" \"quote", "del\u{7f}",
    ]

    private let appauth: Store

    init() throws {
        appauth = try Store()
        try appauth.write(sessions: "living")
        try appauth.list("living")
        for (number, name) in HostileNameTests.names.enumerated() {
            // As a user, as a session id, and as a name with a type of no use.
            try appauth.list(name + "-as-an-id-of-some-length", under: name)
            if number < 10 { try appauth.client.call("HSET", Appauth.index(name + "-hash"), "a", "b") }
        }
    }

    /// Printable characters and line breaks; a terminal does nothing with them but show them.
    private func expectHarmless(_ result: JanitorResult, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(result.isText, sourceLocation: sourceLocation)
        for text in [result.output, result.error] {
            let harmful = text.unicodeScalars.filter { scalar in
                switch scalar.properties.generalCategory {
                case .control: scalar != "\n"
                case .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
                default: false
                }
            }
            #expect(harmful.isEmpty, sourceLocation: sourceLocation)
            #expect(!text.contains("\nsession-janitor: all is well"), sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: [["-v"], ["-v", "--dry-run"], ["-v", "--json"], ["--json"], []])
    func `hostile names of users and ids come out harmless`(arguments: [String]) throws {
        let result = try JanitorProcess.run(
            ["--grace", "0"] + arguments, environment: ["REDIS_URL": appauth.redis.url])
        #expect(result.status == .exited(3))
        expectHarmless(result)
        // They are named, though: what is told is the escaped form.
        let told = arguments.contains("--json") ? try RunReport(result).warnings.joined() : result.output
        #expect(told.contains("\\x1b[31mred"))
        if arguments.contains("-v") {
            #expect(result.error.contains("appauth:usess:\\x1b[31mred\\x1b[0m"))
            let lines = result.errorLines.count { $0.contains("orphaned entr") }
            #expect(lines == HostileNameTests.names.count)
        }
    }

    @Test func `a hostile prefix comes out harmless`() throws {
        let result = try appauth.run("--prefix", "\u{1b}[31m\nx", "--dry-run")
        #expect(result.status == .exited(0))
        expectHarmless(result)
        #expect(result.output.contains("\\x1b[31m"))
    }

    @Test func `a hostile answer of the server comes out harmless`() throws {
        let peer = try ScriptedPeer(["-ERR \u{1b}[31mred\u{07}\u{202e}\r\n"])
        let result = try appauth.run(url: peer.url)
        #expect(result.status == .exited(1))
        #expect(result.errorLines.count == 1)
        expectHarmless(result)
        #expect(result.error.contains("\\x1b[31mred"))
    }

    @Test func `a hostile version of the server comes out harmless`() throws {
        let text = "redis_version:\u{1b}[31m7\r\nredis_mode:standalone\r\nrun_id:1\r\n"
        let proxy = try RedisProxy(to: appauth.redis) { words, _ in
            words[0].text == "INFO" ? .answer("$\(text.utf8.count)\r\n\(text)\r\n") : .forward
        }
        for format in [[], ["--json"]] {
            let result = try JanitorProcess.run(["--dry-run"] + format, environment: ["REDIS_URL": proxy.url])
            expectHarmless(result)
            #expect(result.output.contains("[31m7"))
        }
    }

    @Test func `no session id is told in full`() throws {
        let id: Bytes = "Zq3xV7mW1aKpR9tYcB5nD8sF2gH4jL6oUeIiQwErTyX"
        try appauth.list(id, under: "b@example.org")
        let result = try appauth.run("-v", "--grace", "0")
        #expect(!(result.output + result.error).contains(id.text))
        #expect(result.error.contains("Zq3xV7mW…"))
    }
}

import Testing

@testable import JanitorCommand

@Suite struct HelpTextTests {
    private var lines: [Substring] { HelpText.text.split(separator: "\n", omittingEmptySubsequences: false) }

    @Test("Every option is in it, with its short name and its value", arguments: Option.all)
    func options(option: Option) throws {
        let line = try #require(
            lines.first { line in
                let words = line.split(separator: " ").prefix(2)
                return words.first != "session-janitor" && words.contains(Substring(option.name))
            })
        if let short = option.shortName { #expect(line.contains("-\(short), \(option.name)")) }
        if let placeholder = option.placeholder { #expect(line.contains("\(option.name) \(placeholder)")) }
    }

    @Test("Every command is in it", arguments: Command.allCases)
    func commands(command: Command) {
        #expect(lines.contains { $0.hasPrefix("  \(command.rawValue) ") })
    }

    @Test("No line is longer than 80 columns or ends in a space")
    func width() {
        #expect(lines.filter { $0.count > 80 } == [])
        #expect(lines.filter { $0.hasSuffix(" ") } == [])
        #expect(HelpText.text.hasSuffix("\n"))
        #expect(HelpText.text.replacing("\n", with: "").isOneTameLine)
    }

    @Test("Every exit status is in it")
    func statuses() {
        let text = lines.drop { $0 != "Exit status" }.joined(separator: " ")
        for status in [ExitStatus.done, .failed, .usage, .partial, .refused] {
            #expect(text.contains(" \(status.rawValue) "))
        }
    }

    @Test("Its examples are command lines that are understood")
    func examples() throws {
        let examples = lines.drop { $0 != "Examples" }.prefix { !$0.isEmpty }.dropFirst()
        #expect(examples.count >= 3)
        for example in examples {
            let words = example.split(separator: " ").drop { $0 != "session-janitor" }.dropFirst().map(String.init)
            #expect(throws: Never.self) { try Sample.options(words) }
        }
    }
}

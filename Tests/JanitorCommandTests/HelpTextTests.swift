import Testing

@testable import JanitorCommand

struct HelpTextTests {
    private let help = HelpText(language: .english)

    private func lines(_ text: String) -> [Substring] {
        text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    @Test(arguments: Command.allCases)
    func `the help of a command has all of its own options and no others`(command: Command) {
        let lines = lines(help.all(of: command, isGiven: true))
        for option in Option.all {
            let line = lines.first { line in
                let words = line.split(separator: " ").prefix(2)
                return words.first != "session-janitor" && words.contains(Substring(option.name))
            }
            let isOwn = Option.all.contains { $0.name == option.name && $0.commands.contains(command) }
            #expect((line != nil) == isOwn, "\(option.name)")
            guard let line, option.commands.contains(command) else { continue }
            if let short = option.shortName { #expect(line.contains("-\(short), \(option.name)")) }
            if let placeholder = option.placeholder { #expect(line.contains("\(option.name) \(placeholder)")) }
        }
    }

    @Test(arguments: Language.allCases)
    func `the overview fits on one screen and names every command`(language: Language) {
        let lines = lines(HelpText(language: language).overview).dropLast()
        #expect(lines.count < 24)
        for command in Command.allCases { #expect(lines.contains { $0.hasPrefix("  \(command.rawValue) ") }) }
        for name in ["--dry-run", "--include-expired", "--backup", "--url"] {
            #expect(lines.contains { $0.contains(name) })
        }
    }

    @Test func `no line is longer than 80 columns, and nothing in it is obeyed by a terminal`() {
        for language in Language.allCases {
            let help = HelpText(language: language)
            let pages =
                [help.overview, help.all(of: .clean, isGiven: false)] + HelpTopic.allCases.map(help.topic)
                + Command.allCases.map { help.all(of: $0, isGiven: true) }
            for page in pages {
                #expect(lines(page).filter { DisplayWidth.of($0) > 80 || $0.hasSuffix(" ") } == [])
                #expect(page.hasSuffix("\n") && !page.hasSuffix("\n\n"))
                #expect(page.replacing("\n", with: "").isOneTameLine)
            }
        }
    }

    @Test func `every exit status is explained`() {
        let text = help.topic(.exitStatus)
        for status in ExitStatus.allCases { #expect(text.contains("\n  \(status.rawValue) ")) }
    }

    @Test func `its examples are command lines that are understood`() throws {
        #expect(HelpText.examples.count >= 3)
        for example in HelpText.examples {
            #expect(throws: Never.self) { try Sample.options(example.words.split(separator: " ").map(String.init)) }
        }
    }

    @Test func `the help speaks Chinese where the user does`() {
        let chinese = HelpText(language: .chinese)
        for page in [chinese.overview, chinese.topic(.urls), chinese.all(of: .restore, isGiven: true)] {
            #expect(page.unicodeScalars.contains { (0x4e00...0x9fff).contains($0.value) })
        }
    }
}

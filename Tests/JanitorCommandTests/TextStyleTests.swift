import Testing

@testable import JanitorCommand

@Suite struct TextStyleTests {
    @Test("Without colours a text stays as it is")
    func plain() {
        #expect(TextStyle(isColored: false)("text", .bad) == "text")
    }

    @Test("With colours it is wrapped, and the terminal is left as it was")
    func colored() {
        #expect(TextStyle(isColored: true)("text", .bad) == "\u{1b}[31mtext\u{1b}[0m")
        #expect(TextStyle(isColored: true)("text", .heading) == "\u{1b}[1mtext\u{1b}[0m")
    }

    @Test("Only auto depends on the terminal", arguments: [true, false])
    func when(isTerminal: Bool) {
        #expect(When.auto.resolved(auto: isTerminal) == isTerminal)
        #expect(When.always.resolved(auto: isTerminal))
        #expect(!When.never.resolved(auto: isTerminal))
    }
}

import Testing

@testable import JanitorCommand

struct TextStyleTests {
    @Test
    func `without colours a text stays as it is`() {
        #expect(TextStyle(isColored: false)("text", .bad) == "text")
    }

    @Test
    func `with colours it is wrapped, and the terminal is left as it was`() {
        #expect(TextStyle(isColored: true)("text", .bad) == "\u{1b}[31mtext\u{1b}[0m")
        #expect(TextStyle(isColored: true)("text", .heading) == "\u{1b}[1mtext\u{1b}[0m")
    }

    @Test(arguments: [true, false])
    func `only auto depends on the terminal`(isTerminal: Bool) {
        #expect(When.auto.resolved(auto: isTerminal) == isTerminal)
        #expect(When.always.resolved(auto: isTerminal))
        #expect(!When.never.resolved(auto: isTerminal))
    }
}

import Testing

@testable import JanitorCommand

struct WrappedTextTests {
    private func lines(_ text: String) -> [String] {
        WrappedText.lines(text, first: "  ! ", others: "    ")
    }

    @Test
    func `a short text is one line`() {
        #expect(lines("a short text") == ["  ! a short text"])
        #expect(lines(String(repeating: "x", count: 76)) == ["  ! " + String(repeating: "x", count: 76)])
    }

    @Test
    func `a text is broken between words`() {
        let text = Array(repeating: "word", count: 40).joined(separator: " ")
        let lines = lines(text)
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.map { $0.dropFirst(4) }.joined(separator: " ") == text)
    }

    @Test(arguments: [77, 80, 152, 153, 1_000])
    func `a word that is longer than a line is cut, and none of it is lost`(length: Int) {
        let word = String((0..<length).map { Character(UnicodeScalar(UInt8($0 % 26) + 97)) })
        for text in [word, "see \(word)", "\(word) there"] {
            let lines = lines(text)
            #expect(lines.allSatisfy { $0.count <= 80 })
            #expect(lines.count <= text.count / 76 + 2)
            #expect(lines.map { $0.dropFirst(4) }.joined().replacing(" ", with: "") == text.replacing(" ", with: ""))
        }
    }

    @Test
    func `padding fills up to a width and never cuts`() {
        #expect(WrappedText.padded("ab", 4) == "ab  ")
        #expect(WrappedText.padded("abcd", 4) == "abcd")
        #expect(WrappedText.padded("abcde", 4) == "abcde")
    }
}

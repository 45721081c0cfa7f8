import TestSupport
import Testing

@testable import SessionJanitor

/// The janitor's own matcher beside Swift's regular expressions, which say what is right.
struct VariablePatternTests {
    private static let sets = [
        "a", "b", "-", "_", ":", " ", ".", "\\d", "\\w", "\\.", "\\-", "\\\\", "[a-f]", "[0-9a-f]", "[a-c-]", "[-a]",
        "[^a]", "[^a-c:]", "[\\d_]", "[\\w-]", "[a.]", "[^\\w]", "[K-L]", "[0-9A-Za-z_@.-]", "\\+", "@", ";", "[`;K]",
        "[.a]", "[.-]", "[=a=]", "[.a.]", "[_:]", "[a:]", "[^.]", "[a-]", "[+*?$()|{}]", "[a^]", "[!-/]", "[ -@]",
    ]
    /// What the janitor leaves to Swift, or Swift refuses.
    private static let oddities = [
        "(a|b)", "(?!a)", "^", "$", "a|b", "[[a-c]]", "\\s", "\\b", "é", "[é-ü]", "+?", "*+", "{2}?", "{,2}", "}", "]",
        "[]a]", "[^]", "[a--b]", "[a&&b]", "[\\d-f]", "[z-a]", "{3,1}", "(?i)k", "#", "\\u{41}", "\\x41", "[a", "\\",
        "{", "[\\]", "[a-\\d]", "[:alpha:]", "[[:digit:]]", "\\R", "\\X", "\\N", "~", "&", "[+--]", "[--a]", "[!--]",
    ]
    private static let counts = ["", "", "", "+", "*", "?", "{0}", "{1}", "{2}", "{0,2}", "{1,3}", "{2,}", "{0,}"]
    private static let pieces: [[UInt8]] =
        ["\r\n", "\n", "\r", "\u{b}", "\u{85}", "\u{2028}", "é", "e\u{301}", "\u{301}", "\u{212a}", "\u{37e}"].map(
            \.bytes)
        + ["\u{1fef}", "٣", "½", "\u{200d}", "🏳️‍🌈", "\u{0}", "\u{7f}", "Å", "K", "ſ", "a", "-", "abc"].map(\.bytes)
        + [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf0, 0x9f]]

    private static func isSame(_ pattern: VariablePattern, _ text: [UInt8]) -> Bool {
        text.withUnsafeBytes { pattern.matches($0) == pattern.matchesExpression($0) }
    }

    private static func pattern(_ random: inout SplitMix64) -> String {
        (0..<Int.random(in: 0...5, using: &random)).map { _ in
            let isOdd = Int.random(in: 0..<30, using: &random) == 0
            let piece = (isOdd ? oddities : sets).randomElement(using: &random) ?? ""
            return piece + (counts.randomElement(using: &random) ?? "")
        }.joined()
    }

    private static func text(_ random: inout SplitMix64) -> [UInt8] {
        let alphabet = ["abcdefK-_:;.`@\\+ 0129", "aab", "a", "ab1-"].randomElement(using: &random)?.bytes ?? []
        let bytes = (0..<Int.random(in: 0...9, using: &random)).map { _ in
            alphabet.randomElement(using: &random) ?? 0
        }
        return Fuzz.damaged(bytes, with: pieces, changes: Bool.random(using: &random) ? 0 : 3, &random)
    }

    @Test func `whatever the pattern and the bytes, the answer is the one of Swift's regular expression`() {
        var random = SplitMix64(seed: Fuzz.seed)
        var wrong: [String] = []
        var numbers = (simple: 0, left: 0, matches: 0)
        for _ in 0..<Fuzz.inputs(4_000, share: 10) {
            let source = VariablePatternTests.pattern(&random)
            let simple = BytePattern(source)
            guard let pattern = try? VariablePattern(source, template: "") else { continue }
            numbers.simple += simple == nil ? 0 : 1
            numbers.left += simple == nil ? 1 : 0
            for _ in 0..<12 {
                let text = VariablePatternTests.text(&random)
                if !VariablePatternTests.isSame(pattern, text) { wrong.append("\(source) of \(Bytes(text))") }
                numbers.matches += text.withUnsafeBytes(pattern.matches) ? 1 : 0
            }
        }
        #expect(wrong.prefix(8) == [], "\(Fuzz.hint)")
        // A generator of one kind alone would prove little.
        #expect(min(numbers.simple, numbers.left, numbers.matches) > 100, "\(numbers)")
    }

    @Test func `every single character is taken or not as by Swift's regular expression`() throws {
        for source in VariablePatternTests.sets + VariablePatternTests.oddities {
            guard let pattern = try? VariablePattern(source, template: "") else { continue }
            let ascii = (0..<0x80).map { [UInt8($0)] }
            #expect((ascii + VariablePatternTests.pieces).filter { !VariablePatternTests.isSame(pattern, $0) } == [])
        }
    }

    @Test(arguments: [
        "[0-9]+", "2::[0-9a-f]{64}", "[0-9A-Za-z_-]+", "[0-9A-Za-z]+", "[0-9A-Za-z_-]{16,}",
        "[0-9a-f]{4}-[0-9a-f]{8}-[0-9a-f]{4}", "[0-9a-f-]{36}", "\\d+\\.\\w*", ".*", "[0-9a-f]{128}",
    ])
    func `the patterns of the named layouts and of the documentation need no regular expression`(source: String) {
        #expect(BytePattern(source) != nil)
    }

    @Test(arguments: VariablePatternTests.oddities + [".+-\\d{1,3}", "a?a", "[a-z]*[a-y]+1"])
    func `what is more than a sequence of characters that tell where they belong is left to Swift`(source: String) {
        #expect(BytePattern(source) == nil)
    }

    @Test(arguments: ["([a-z]+)+", "(a|b)*", "((a))+x", "(a){2,}", "(?:a)+?"])
    func `a group that is repeated could take for ever`(source: String) {
        #expect(throws: KeyTemplateError.invalidPattern(template: "t", pattern: source)) {
            try VariablePattern(source, template: "t")
        }
    }

    @Test(arguments: ["[()]+", "\\)+", "(a|b)"])
    func `what looks like a repeated group in a class or behind an escape is none`(source: String) throws {
        #expect(try VariablePattern(source, template: "").source == source)
    }

    @Test func `an expression that tries many divisions is not tried on what is long`() throws {
        let pattern = try VariablePattern("[a-z]*[a-y]*[a-x]*[a-w]*1", template: "")
        let start = ContinuousClock.now
        #expect("aab1".bytes.withUnsafeBytes(pattern.matches))
        #expect(![UInt8](repeating: UInt8(ascii: "a"), count: 200_000).withUnsafeBytes { pattern.matches($0) })
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test func `bytes that are not UTF-8 match nothing, not even any characters`() throws {
        for source in [".*", "[^a]*", "\\w*", "(.)?"] {
            let pattern = try VariablePattern(source, template: "")
            #expect("é".bytes.withUnsafeBytes(pattern.matches))
            #expect(![0x62, 0xc3].withUnsafeBytes { (bytes: UnsafeRawBufferPointer) in pattern.matches(bytes) })
        }
    }
}

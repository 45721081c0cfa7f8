import Testing

@testable import JanitorCommand

struct PrintableTests {
    @Test(arguments: [
        ("plain text 123", "plain text 123"), ("Zoë 名前 😀", "Zoë 名前 😀"), ("", ""),
        ("a\nb", "a\\nb"), ("a\r\nb", "a\\r\\nb"), ("a\tb", "a\\tb"), ("\u{0}", "\\x00"),
        ("\u{1b}[31m", "\\x1b[31m"),
        ("\u{7f}", "\\x7f"), ("\u{85}", "\\u{85}"), ("\u{9b}2J", "\\u{9b}2J"), ("a\u{202e}b", "a\\u{202e}b"),
        ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"), ("\u{200b}", "\\u{200b}"), ("\u{2028}", "\\u{2028}"),
        ("\u{2029}", "\\u{2029}"), ("\u{feff}", "\\u{feff}"), ("\u{e000}", "\\u{e000}"),
        ("\u{10ffff}", "\\u{10ffff}"),
        ("C:\\dir", "C:\\\\dir"), ("\\n", "\\\\n"),
    ])
    func `what a terminal would obey comes out as an escape`(text: String, expected: String) {
        #expect(Printable.text(text) == expected)
        #expect(Printable.text(text).isEmpty || Printable.text(text).isOneTameLine)
    }

    private static let invalidTexts: [([UInt8], String)] = [
        ([0xff], "\\xff"), ([0x61, 0x80, 0x62], "a\\x80b"), ([0xc3], "\\xc3"), ([0xe2, 0x82], "\\xe2\\x82"),
        ([0xe2, 0x82, 0x61], "\\xe2\\x82a"), ([0xc0, 0x80], "\\xc0\\x80"), ([0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"),
        ([0xf5, 0x80], "\\xf5\\x80"), ([0xc3, 0xa9], "é"), ([0xc3, 0xc3, 0xa9], "\\xc3é"),
        ([0xf0, 0x9f, 0x98], "\\xf0\\x9f\\x98"),
    ]

    @Test(arguments: invalidTexts)
    func `bytes that are not UTF-8 come out one by one`(bytes: [UInt8], expected: String) {
        #expect(Printable.text(bytes) == expected)
    }

    @Test
    func `up to 200 characters are shown whole, more are cut`() {
        let longest = String(repeating: "x", count: 200)
        #expect(Printable.text(longest) == longest)
        #expect(Printable.text(longest + "x") == longest + "…")
        #expect(Printable.text(String(repeating: "é", count: 1_000_000)).count == 201)
        for odd in ["\u{1b}", "\u{10ffff}", "\n", "\\"] {
            #expect(Printable.text(String(repeating: odd, count: 5_000)).count <= 211)
        }
        #expect(Printable.text([UInt8](repeating: 0xff, count: 5_000)).count <= 211)
    }

    @Test
    func `different bytes never look the same, and all come out tame`() {
        var state: UInt64 = 7
        var seen: [String: [UInt8]] = [:]
        let alphabet: [UInt8] = [0x5c, 0x78, 0x6e, 0x0a, 0x31, 0x62, 0x1b, 0xc3, 0xa9, 0xff, 0x75, 0x7b, 0x7d, 0x80]
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            for _ in 0..<5 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            let text = Printable.text(bytes)
            #expect(seen[text] == nil || seen[text] == bytes)
            if !text.isOneTameLine { Issue.record("\(bytes)") }
            seen[text] = bytes
        }
    }

    @Test
    func `quoted text stands in single quotes`() {
        #expect(Printable.quoted("a b") == "'a b'")
        #expect(Printable.quoted("\n") == "'\\n'")
    }

    @Test(arguments: [
        ("appauth:usess:ann@example.org", "appauth:usess:ann@example.org"), ("", "\"\""), ("a b", "\"a b\""),
        ("a\"b", "\"a\\\"b\""), ("it's", "\"it's\""), ("a\nb", "\"a\\nb\""), ("a\\b", "\"a\\\\b\""),
    ])
    func `a key stands in double quotes unless it is a word`(key: String, expected: String) {
        #expect(Printable.key(key.bytes) == expected)
    }

    @Test(arguments: [
        (Sample.id, "Zx3kP9_q…"), ("", "…"), ("a", "…"), ("ab", "a…"), ("abcdefgh", "abcd…"),
        ("abcdefghi", "abcd…"),
        ("0123456789abcdef", "01234567…"), ("0123456789abcdefg", "01234567…"), ("éèêëéèêëéèêëéèêë", "éèêëéèêë…"),
    ])
    func `of an id at most eight characters are shown`(id: String, expected: String) {
        #expect(Printable.shortened(id: id.bytes) == expected)
    }

    @Test
    func `no id is ever shown in full, nor as anything that a terminal obeys`() {
        for length in 0...60 {
            for byte in [0x61, 0x00, 0x0a, 0x80, 0xff, 0x5c] as [UInt8] {
                let id = [UInt8](repeating: byte, count: length)
                let text = Printable.shortened(id: id)
                #expect(text.isOneTameLine)
                #expect(text.hasSuffix("…"))
                #expect(!text.contains(Printable.text(id)) || id.isEmpty)
            }
        }
    }
}

import Testing

@testable import SessionJanitor

struct LayoutTests {
    /// Redis's glob, written anew: `*`, `?`, `[…]` with `^` and ranges, and `\` before any byte.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let rest = pattern.dropFirst()
        switch first {
        case UInt8(ascii: "*"):
            return matches(rest, text) || (!text.isEmpty && matches(pattern, text.dropFirst()))
        case UInt8(ascii: "?"):
            return !text.isEmpty && matches(rest, text.dropFirst())
        case UInt8(ascii: "["):
            guard let byte = text.first, let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let isNegated = rest.first == UInt8(ascii: "^")
            let set = Array(isNegated ? rest[..<end].dropFirst() : rest[..<end])
            var isMember = set.contains(byte)
            for index in set.indices.dropFirst().dropLast() where set[index] == UInt8(ascii: "-") {
                let bounds = [set[index - 1], set[index + 1]].sorted()
                if (bounds[0]...bounds[1]).contains(byte) { isMember = true }
            }
            return isMember != isNegated && matches(pattern[(end + 1)...], text.dropFirst())
        case UInt8(ascii: "\\") where !rest.isEmpty:
            return text.first == rest.first && matches(rest.dropFirst(), text.dropFirst())
        default:
            return text.first == first && matches(rest, text.dropFirst())
        }
    }

    private static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        matches(pattern[...], text[...])
    }

    @Test(arguments: [
        ("h?llo", "hallo", true), ("h?llo", "hllo", false), ("h*llo", "heeello", true),
        ("h[ae]llo", "hillo", false),
        ("h[^e]llo", "hallo", true), ("h[a-b]llo", "hbllo", true), ("a\\*", "a*", true), ("a\\*", "ab", false),
        ("*", "", true), ("", "x", false),
    ])
    func `the matcher of this test knows Redis's globs`(pattern: String, text: String, expected: Bool) {
        #expect(Self.matches(pattern.bytes, text.bytes) == expected)
    }

    @Test
    func `the default layout is appauth's`() throws {
        let layout = try Layout()
        #expect(layout.name == "appauth")
        #expect(layout.prefix == "appauth")
        #expect(layout.sessionKeys[0].key("x".bytes) == "appauth:sess:x".bytes)
        #expect(layout.indexKeys[0].template.key("a@b".bytes) == "appauth:usess:a@b".bytes)
        #expect(layout.dates == IndependentVerdict.fields)
        #expect(SessionJudge(layout, IndependentVerdict.policy) != nil)
    }

    @Test
    func `it is custom as soon as a template is another, not when the prefix is`() throws {
        #expect(try Layout(prefix: "shop").name == "appauth")
        #expect(try Layout(sessionKey: "s:{id}").name == "custom")
        #expect(try Layout(options: [LayoutOption(.indexKey, "u:{user}")]).name == "custom")
    }

    @Test(arguments: [
        ("{id}", "{user}"), ("{id}", "u:{user}"), ("{prefix}:{id}", "{prefix}:usess:{user}"),
        ("s:{id}", "{user}:u"),
        ("s:{id}:x", "s:{user}:yx:x"),
    ])
    func `templates that match the same keys are refused`(session: String, index: String) {
        #expect(throws: KeyTemplateError.overlap(session, index)) { try Layout(sessionKey: session, indexKey: index) }
    }

    @Test(arguments: [("s:{id}", "u:{user}"), ("{id}:s", "{user}:u"), ("x:{id}:s", "x:{user}:u")])
    func `templates that differ before or after their variable are not refused`(session: String, index: String) throws {
        let layout = try Layout(sessionKey: session, indexKey: index)
        #expect(layout.sessionKeys[0].source == session)
        #expect(layout.indexKeys[0].template.source == index)
    }

    @Test
    func `without a beginning in common there is no pattern`() throws {
        #expect(try Layout(sessionKey: "s:{id}", indexKey: "u:{user}").scanPattern == nil)
        #expect(try Layout(sessionKey: "{id}:s", indexKey: "{user}:u").scanPattern == nil)
        #expect(try Layout(prefix: "", sessionKey: "{prefix}s{id}", indexKey: "{prefix}u{user}").scanPattern == nil)
    }

    @Test
    func `the default pattern is what both kinds of key begin with`() throws {
        #expect(try Layout().scanPattern == "appauth:*".bytes)
    }

    @Test
    func `every key of a layout matches its pattern, and no key that begins otherwise does`() throws {
        var random = SeededGenerator(seed: 2)
        let alphabet = Array("*?[]\\^-{}ab:é")
        for round in 0..<300 {
            let letters = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? "a"
            }
            let prefix = round == 0 ? "*?[]\\^-" : String(letters)
            let layout = try Layout(prefix: prefix)
            let pattern = try #require(layout.scanPattern)
            for key in [layout.sessionKeys[0].key("*x]".bytes), layout.indexKeys[0].template.key([0, 255])] {
                #expect(Self.matches(pattern, key), "\(prefix)")
                var other = key
                let position = Int.random(in: 0..<prefix.utf8.count, using: &random)
                other[position] = other[position] == 0x7a ? 0x79 : 0x7a
                #expect(!Self.matches(pattern, other), "\(prefix)")
                other.remove(at: position)
                #expect(Self.matches(pattern, other) == other.starts(with: "\(prefix):".bytes), "\(prefix)")
            }
        }
    }
}

extension Layout {
    /// Appauth's layout with other templates.
    fileprivate init(prefix: String? = nil, sessionKey: String, indexKey: String? = nil) throws(KeyTemplateError) {
        try self.init(
            .appauth, prefix: prefix,
            options: [LayoutOption(.sessionKey, sessionKey)] + (indexKey.map { [LayoutOption(.indexKey, $0)] } ?? []))
    }
}

import TestSupport
import Testing

@testable import SessionJanitor

struct KeyTemplateFuzzTests {
    private static let templates = [
        "{prefix}:sess:{id}", "{id}", "a{{b}}{id}c", "{prefix}{prefix}{id}", "é{id}\u{301}", "x",
    ]
    .map(\.bytes)
    private static let pieces = [
        "{", "}", "{{", "}}", "{id}", "{user}", "{prefix}", "{}", ":", "*", "\\", "\0", "\n", "é", "\u{301}", "{{id}}",
        "{ id}",
    ].map(\.bytes)

    /// What the contract says of a template, read scalar by scalar: its head and tail, nil if it is none.
    private func parts(_ source: String, prefix: String) -> (head: [UInt8], tail: [UInt8])? {
        var pieces: [[UInt8]] = [[]]
        var rest = Array(source)[...]
        while let character = rest.popFirst() {
            guard character == "{" || character == "}" else {
                pieces[pieces.count - 1] += Array(character.utf8)
                continue
            }
            if rest.first == character {
                rest = rest.dropFirst()
                pieces[pieces.count - 1] += Array(character.utf8)
                continue
            }
            guard character == "{", let end = rest.firstIndex(of: "}") else { return nil }
            switch String(rest[..<end]) {
            case "prefix": pieces[pieces.count - 1] += Array(prefix.utf8)
            case "id": pieces.append([])
            default: return nil
            }
            rest = rest[(end + 1)...]
        }
        return pieces.count == 2 ? (pieces[0], pieces[1]) : nil
    }

    @Test func `a damaged template is refused, or matches the keys it makes and no other`() {
        var random = SplitMix64(seed: Fuzz.seed)
        var wrong: [String] = []
        var accepted = 0
        let count = Fuzz.inputs()
        for _ in 0..<count {
            let bytes = Fuzz.damaged(Self.templates.randomElement(using: &random) ?? [], with: Self.pieces, &random)
            let source = String(decoding: bytes, as: UTF8.self)
            // Several variables and patterns are tested elsewhere; here is what the literal bytes alone decide.
            let template = (try? KeyTemplate(source, requires: ["id"], prefix: "{id}")).flatMap {
                $0.isPlain ? $0 : nil
            }
            let expected = parts(source, prefix: "{id}")
            if template?.head != expected?.head || template?.tail != expected?.tail { wrong.append(source) }
            guard let template else { continue }
            accepted += 1
            let value = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let key = template.key(value)
            if key.withUnsafeBytes({ template.variable(in: $0).map(Array.init) }) != value {
                wrong.append("key of \(source)")
            }
            let other = Fuzz.damaged(key, with: Self.pieces, changes: 2, &random)
            let found = other.withUnsafeBytes { template.variable(in: $0).map(Array.init) }
            if let found, template.key(found) != other { wrong.append("\(Bytes(other)) taken by \(source)") }
        }
        #expect(wrong.prefix(5) == [], "\(Fuzz.hint)")
        #expect(accepted > count / 20 && accepted < count)
    }

    // MARK: Several variables

    private static let patterns = [
        "", "", "", ":.+", ":.*", ":[a-c]+", ":[a-c:]*", ":[^:]+", ":[0-9]{1,3}", ":a?:*", ":[a-b]{2}", ":\\w+",
        ":(a|b:)", ":[a-c]*[a-b:]*", ":.{2,}", ":(?!a).*",
    ]
    private static let literals = ["", "", ":", ":", "a", "::", "b:"]
    private static let letters = ["a", "b", "c", ":", ":", "1", "é"].map(\.bytes) + [[0xff]]

    /// The first division in the order of the ends of the first variable, then of the second one, and so on.
    private static func divided(
        _ key: ArraySlice<UInt8>, _ patterns: ArraySlice<VariablePattern?>, _ literals: ArraySlice<[UInt8]>
    ) -> [[UInt8]]? {
        guard let literal = literals.first, key.starts(with: literal) else { return nil }
        let rest = key.dropFirst(literal.count)
        guard let pattern = patterns.first else { return rest.isEmpty ? [] : nil }
        for count in 0...rest.count {
            let value = Array(rest.prefix(count))
            guard value.withUnsafeBytes({ pattern?.matches($0) ?? true }),
                let others = divided(rest.dropFirst(count), patterns.dropFirst(), literals.dropFirst())
            else { continue }
            return [value] + others
        }
        return nil
    }

    @Test func `a key is divided as by one who tries every division in its order`() throws {
        var random = SplitMix64(seed: Fuzz.seed)
        var wrong: [String] = []
        var counts: [Bool: Int] = [:]
        for _ in 0..<Fuzz.inputs(1_000) {
            let source =
                (0..<Int.random(in: 2...4, using: &random)).map { place in
                    let literal = Self.literals.randomElement(using: &random) ?? ""
                    return literal
                        + "{\(["a", "b", "c", "d"][place])\(Self.patterns.randomElement(using: &random) ?? "")}"
                }.joined() + (Self.literals.randomElement(using: &random) ?? "")
            let template = try KeyTemplate(source, prefix: "")
            for length in [4, 9, 40] {
                // The longest are of one letter or two, so that there are many divisions to go back from; those that
                // only regular expressions could divide would be given up.
                let isLong = length > 9
                if isLong, template.patterns.contains(where: { $0 != nil && $0?.bytePattern == nil }) { continue }
                let letters = isLong ? Array(Self.letters[..<6].shuffled(using: &random).prefix(2)) : Self.letters
                var key = (0..<length).flatMap { _ in letters.randomElement(using: &random) ?? [] }
                // Where the literal bytes do not fit, there is little to divide.
                if Bool.random(using: &random) {
                    key = template.literals.flatMap { $0 + key.shuffled(using: &random).prefix(length / 3) }
                    key.removeLast(min(length / 3, key.count - template.tail.count))
                    key += template.tail
                }
                var ranges: [Range<Int>] = []
                let isMatch = key.withUnsafeBytes { template.match($0, into: &ranges) }
                let expected = Self.divided(key[...], template.patterns[...], template.literals[...])
                counts[isMatch, default: 0] += 1
                if (isMatch ? ranges.map { Array(key[$0]) } : nil) != expected {
                    wrong.append("\(source) of \(Bytes(key)): \(ranges), not \(expected ?? [])")
                }
            }
        }
        #expect(wrong.prefix(5) == [], "\(wrong.count) wrong; \(Fuzz.hint)")
        #expect(counts.count == 2 && counts.values.allSatisfy { $0 > 100 }, "\(counts)")
    }
}

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
}

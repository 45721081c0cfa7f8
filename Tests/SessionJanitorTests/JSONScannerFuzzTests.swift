import Foundation
import TestSupport
import Testing

@testable import SessionJanitor

/// The scanner beside the JSON library, over objects that are written at random and damaged.
struct JSONScannerFuzzTests {
    private static let pieces: [[UInt8]] =
        [
            "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u", "\\ud83d\\ude00", "\\ud800", "\\udc00", "\\n", "\\x", "a",
            "b",
            "\"a\":", "\"b\":{", "\"\\u0061\":", "true", "null", "fals", "0", "-", "1.5", "e", "E+3", "1e400", "00",
            " ",
            "\n", "é", "😀", "\u{0}", "\u{7f}",
        ].map(\.bytes) + [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc3], [0xe2, 0x82]]
    private static let paths = [["a"], ["b", "a"], ["b", "b", "a"]]

    /// What the library lets pass, and JSON does not: a comma before a closing brace, a mark of the byte order, and UTF-16;
    /// and a number beyond all numbers in a value that a later one of the same name replaces.
    static func isLeniency(_ value: [UInt8]) -> Bool {
        let visible = value.filter { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
        let commas = zip(visible, visible.dropFirst()).contains { $0 == 0x2c && ($1 == 0x7d || $1 == 0x5d) }
        let isBeyond = String(decoding: value, as: UTF8.self).contains(/[eE][+]?[0-9]{3}/)
        return commas || isBeyond || value.starts(with: [0xef, 0xbb, 0xbf]) || value.prefix(4).contains(0)
    }

    private static func written(_ random: inout SplitMix64, depth: Int = 0) -> String {
        switch Int.random(in: 0..<(depth < 4 ? 9 : 6), using: &random) {
        case 0: return ["1", "-2.5", "1749999000.123456", "0", "12e2", "1E-3"].randomElement(using: &random) ?? ""
        case 1: return ["true", "false", "null"].randomElement(using: &random) ?? ""
        case 2, 3:
            return
                "\"\(["", "x", "é😀", "\\\"\\\\\\/", "\\u00e9", "long enough to be eight"].randomElement(using: &random) ?? "")\""
        case 4: return "[]"
        case 5: return "{}"
        case 6:
            let items = (0..<Int.random(in: 0...3, using: &random)).map { _ in written(&random, depth: depth + 1) }
            return "[" + items.joined(separator: ",") + "]"
        default: return object(&random, depth: depth + 1)
        }
    }

    private static func object(_ random: inout SplitMix64, depth: Int) -> String {
        let members = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            let name = ["a", "b", "c", "\\u0061", "A", ""].randomElement(using: &random) ?? ""
            let space = ["", " "].randomElement(using: &random) ?? ""
            return "\"\(name)\"\(space):\(space)\(written(&random, depth: depth + 1))"
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func text(_ scanner: JSONScanner, _ path: Int, _ value: UnsafeRawBufferPointer) -> String {
        switch scanner[path] {
        case .missing: "missing"
        case .other: "other"
        case .number(let number): "number \(number)"
        case .text(let range, let hasEscapes):
            "text "
                + String(
                    decoding: hasEscapes ? JSONScanner.unescaped(value[range]) : Array(value[range]), as: UTF8.self)
        }
    }

    private static func expected(_ object: [String: Any], _ path: [String]) -> String {
        var found: Any = object
        for name in path {
            guard let next = (found as? [String: Any])?[name] else { return "missing" }
            found = next
        }
        if let text = found as? String { return "text \(text)" }
        guard let number = found as? NSNumber, String(cString: number.objCType) != "c" else { return "other" }
        return "number \(number.doubleValue)"
    }

    /// The library's numbers may be off by the last bits, where ours are the nearest ones.
    private static func isSame(_ found: String, _ expected: String) -> Bool {
        let mark = "number "
        guard found != expected, found.hasPrefix(mark), expected.hasPrefix(mark) else { return found == expected }
        guard let number = Double(found.dropFirst(mark.count)), let other = Double(expected.dropFirst(mark.count))
        else { return false }
        return abs(number - other) <= 4 * abs(number).ulp
    }

    @Test func `objects are taken and refused as by the JSON library, and hold the same`() {
        var random = SplitMix64(seed: Fuzz.seed)
        let scanner = JSONScanner(Self.paths)
        var wrong: [String] = []
        var counts: [Bool: Int] = [:]
        for _ in 0..<Fuzz.inputs(6_000) {
            let whole = Self.object(&random, depth: 0).bytes
            let value = Fuzz.damaged(whole, with: Self.pieces, changes: Bool.random(using: &random) ? 0 : 2, &random)
            let object = (try? JSONSerialization.jsonObject(with: Data(value))) as? [String: Any]
            value.withUnsafeBytes { bytes in
                let isObject = scanner.scan(bytes)
                counts[isObject, default: 0] += 1
                guard isObject == (object != nil) else {
                    if !Self.isLeniency(value) { wrong.append("\(isObject): \(Bytes(value))") }
                    return
                }
                guard let object, !scanner.hasRepetition else { return }
                for (place, path) in Self.paths.enumerated() {
                    let (found, expected) = (Self.text(scanner, place, bytes), Self.expected(object, path))
                    if !Self.isSame(found, expected) { wrong.append("\(found), not \(expected): \(Bytes(value))") }
                }
            }
        }
        #expect(wrong.prefix(5) == [], "\(wrong.count) wrong; \(Fuzz.hint)")
        #expect(counts.count == 2 && counts.values.allSatisfy { $0 > 500 }, "\(counts)")
    }
}

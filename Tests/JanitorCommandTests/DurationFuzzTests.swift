import Foundation
import TestSupport
import Testing

@testable import JanitorCommand

struct DurationFuzzTests {
    private static let texts: [[UInt8]] = ["1s", "500ms", "1.5m", "2h", "7d", "0", "0.001ms", "36600d"].map {
        Array($0.utf8)
    }
    private static let pieces: [[UInt8]] = [
        ".", "-", "+", "e", "E9", "0x", "inf", "nan", "s", "ms", "m", "h", "d", "0", "9", "99999999999999999999", " ",
        ",", "_", "\0",
        "٣", "１", "\u{301}",
    ].map { Array($0.utf8) }

    /// The contract's rule by hand: digits, perhaps a point and digits, and a unit.
    private func seconds(_ text: String) -> Double? {
        if text == "0" { return 0 }
        let scalars = Array(text.unicodeScalars)
        let number = scalars.prefix { ("0"..."9").contains($0) || $0 == "." }
        let factors = ["ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let unit = String(String.UnicodeScalarView(scalars[number.count...]))
        guard let factor = factors[unit], number.first != ".", number.last != ".", !number.isEmpty, number.count <= 20,
            number.count(where: { $0 == "." }) <= 1, let value = Double(String(String.UnicodeScalarView(number)))
        else { return nil }
        return value * factor <= 100 * 366 * 86_400 ? value * factor : nil
    }

    @Test func `a damaged duration means what the contract says, or nothing`() {
        var random = SplitMix64(seed: Fuzz.seed)
        var wrong: [String] = []
        var accepted = 0
        let count = Fuzz.inputs()
        for _ in 0..<count {
            let bytes = Fuzz.damaged(Self.texts.randomElement(using: &random) ?? [], with: Self.pieces, &random)
            let text = String(decoding: bytes, as: UTF8.self)
            let read = DurationText.parse(text)
            if read != seconds(text).map({ Duration.seconds($0) }) { wrong.append(text.debugDescription) }
            if read != nil { accepted += 1 }
        }
        #expect(wrong.prefix(5) == [], "\(Fuzz.hint)")
        #expect(accepted > count / 20 && accepted < count)
    }
}

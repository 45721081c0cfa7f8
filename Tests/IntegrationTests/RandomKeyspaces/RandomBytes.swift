import TestSupport

/// Draws ids and user names: what applications use and, if wanted, often enough what they should not.
struct RandomBytes {
    var isOdd = true

    private static let tokenLetters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static let odd: [Bytes] = [
        "", " ", "a b", " x ", "\"q\"", "'", "\\", "\\n", "\n", "\r\n", "line\nbreak", ":", "a:b:c", ":sess:", "\0",
        "x\0y", "*", "?", "[a-z]", "[", "]", "^", "{", "}", "{id}", "{user}", "{prefix}", "{{", "%s", "%00", "$1",
        "ü", "日本", "😀", "123", "0", "-1", "+1", "1e3", "9223372036854775807", "NaN", "inf", "none", "null",
        "\u{1b}[31m", "\t", "\u{7f}", "\u{202e}", Bytes([0xff]), Bytes([0xff, 0xfe, 0x00]), Bytes([0xc3]),
        Bytes([0x80, 0x0a]), Bytes([0xed, 0xa0, 0x80]), Bytes([UInt8](repeating: 0x61, count: 254)),
        Bytes([UInt8](repeating: 0x62, count: 255)), Bytes([UInt8](repeating: 0x63, count: 5_000)),
    ]

    /// An id of 43 URL-safe characters.
    static func token(_ random: inout SplitMix64) -> Bytes {
        Bytes((0..<43).map { _ in tokenLetters.randomElement(using: &random) ?? 0x41 })
    }

    func identifier(_ random: inout SplitMix64) -> Bytes {
        oddity(&random) ?? RandomBytes.token(&random)
    }

    func user(_ random: inout SplitMix64) -> Bytes {
        oddity(&random) ?? Bytes("user\(Int.random(in: 0..<10_000, using: &random))@example.org")
    }

    private func oddity(_ random: inout SplitMix64) -> Bytes? {
        guard isOdd else { return nil }
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<6: return nil
        case 6..<9: return RandomBytes.odd.randomElement(using: &random)
        default:
            let count = Int.random(in: 1...60, using: &random)
            return Bytes((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
    }
}

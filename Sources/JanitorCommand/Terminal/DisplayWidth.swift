/// How many columns a text takes on a terminal: Chinese, Japanese and Korean characters take two.
enum DisplayWidth {
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
        0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd,
    ]

    static func of(_ text: some StringProtocol) -> Int {
        text.reduce(0) { $0 + of($1) }
    }

    static func of(_ character: Character) -> Int {
        let scalar = character.unicodeScalars.first?.value ?? 0
        return scalar >= 0x1100 && wide.contains { $0.contains(scalar) } ? 2 : 1
    }
}

/// Durations as they are written on a command line: `1s`, `500ms`, `1.5m`, `2h`, `7d`.
enum DurationText {
    private static let units: [(suffix: String, seconds: Double)] = [
        ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400),
    ]
    /// Beyond this nobody means it, and sums of such times would no longer be exact.
    private static let longest = 100.0 * 366 * 86_400

    /// Nil if the text is not a number and a unit; a bare `0` needs no unit.
    static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let number = DecimalText.parse(text.dropLast(unit.suffix.count)) else { continue }
            let seconds = number * unit.seconds
            return seconds <= longest ? .seconds(seconds) : nil
        }
        return nil
    }
}

/// Plain decimal numbers, without a sign, an exponent or words such as `inf`.
enum DecimalText {
    static func parse(_ text: Substring) -> Double? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), text.utf8.count <= 20,
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return nil }
        return Double(text)
    }
}

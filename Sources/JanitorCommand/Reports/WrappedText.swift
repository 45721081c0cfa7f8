/// Text in lines of at most 80 columns.
enum WrappedText {
    static let width = 80

    /// Breaks a text between words; where a word does not fit into a line of its own, and within Chinese, anywhere.
    static func lines(_ text: String, first: String, others: String) -> [String] {
        var lines: [String] = []
        var line = first
        var column = DisplayWidth.of(first)
        var isBegun = false
        func breakLine() {
            lines.append(line)
            line = others
            column = DisplayWidth.of(others)
            isBegun = false
        }
        // While a URL is still in one piece.
        for word in Secrets.masked(text).split(separator: " ", omittingEmptySubsequences: false) {
            let length = DisplayWidth.of(word)
            let isWide = length > word.count
            if isBegun, column + 1 + (isWide ? 2 : length) > width { breakLine() }
            if isBegun {
                line += " "
                column += 1
            }
            for character in word {
                let own = DisplayWidth.of(character)
                if column + own > width { breakLine() }
                line.append(character)
                column += own
            }
            isBegun = true
        }
        lines.append(line)
        return lines
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - DisplayWidth.of(text), 0))
    }
}

/// Text in lines of at most 80 columns.
enum WrappedText {
    static let width = 80

    /// Breaks a text between words; a word longer than a line is cut where the line ends.
    static func lines(_ text: String, first: String, others: String) -> [String] {
        var lines: [String] = []
        var line = first
        var isBegun = false
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            var word = word
            if isBegun, line.count + 1 + word.count > width {
                lines.append(line)
                line = others
                isBegun = false
            }
            while line.count + word.count + (isBegun ? 1 : 0) > width {
                let room = width - line.count
                lines.append(line + word.prefix(room))
                word = word.dropFirst(room)
                line = others
            }
            line += (isBegun ? " " : "") + word
            isBegun = true
        }
        lines.append(line)
        return lines
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }
}

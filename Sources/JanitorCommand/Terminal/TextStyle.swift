/// Colours for a terminal, or none.
struct TextStyle {
    enum Tone: String {
        case heading = "1"
        case good = "32"
        case caution = "33"
        case bad = "31"
    }

    let isColored: Bool

    func callAsFunction(_ text: String, _ tone: Tone) -> String {
        isColored ? "\u{1b}[\(tone.rawValue)m\(text)\u{1b}[0m" : text
    }
}

import RedisClient
import SessionJanitor

/// A report for people: at most 80 columns, figures aligned, a dash for one that is unknown.
struct ReportPage {
    private static let labelWidth = 44
    private static let figureWidth = 15

    let style: TextStyle
    let language: Language
    private var sections: [String] = []

    init(_ style: TextStyle, _ language: Language) {
        self.style = style
        self.language = language
    }

    var text: String { sections.joined(separator: "\n\n") + "\n" }

    mutating func add(_ title: Words, zh chinese: Words, _ lines: [String], _ tone: TextStyle.Tone = .heading) {
        let title = Message(title, zh: chinese)[language]
        sections.append(([style(title, tone)] + lines).joined(separator: "\n"))
    }

    mutating func addWarnings(_ warnings: [Message]) {
        guard !warnings.isEmpty else { return }
        let lines = warnings.flatMap { WrappedText.lines($0[language], first: "  ! ", others: "    ") }
        add("Warnings", zh: "警告", lines, .caution)
    }

    func paragraph(_ text: Message) -> [String] {
        WrappedText.lines(text[language], first: "  ", others: "  ")
    }

    func figure(_ label: Message, _ number: Int?, _ tone: TextStyle.Tone? = nil) -> String {
        let text = number.map(NumberText.grouped) ?? "–"
        let padding = String(repeating: " ", count: max(ReportPage.figureWidth - text.count, 0))
        let line = "  " + WrappedText.padded(label[language], ReportPage.labelWidth) + padding
        return line + ((number ?? 0) > 0 ? tone.map { style(text, $0) } ?? text : text)
    }

    func item(_ label: Words, zh chinese: Words, _ value: Message) -> [String] {
        let label = WrappedText.padded(Message(label, zh: chinese)[language], 18)
        return WrappedText.lines(value[language], first: "  " + label, others: String(repeating: " ", count: 20))
    }

    /// What every run has: how it ran, and on which server.
    func head(_ run: some FinishedRun, _ mode: Message) -> [String] {
        let version = run.server?.name.map { Message(" (\($0))") } ?? Message("")
        let dryRun = Message("dry run: nothing is changed", zh: "模拟运行：不作任何更改")
        return item("run", zh: "运行", run.options.cleanup.isDryRun ? dryRun : mode)
            + item("server", zh: "服务器", Message("\(run.options.endpoint.description)\(version)"))
    }

    func duration(_ run: some FinishedRun) -> [String] {
        item("duration", zh: "用时", Message("\(seconds: run.seconds)"))
    }
}

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
        // Mask before a URL is broken into pieces.
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

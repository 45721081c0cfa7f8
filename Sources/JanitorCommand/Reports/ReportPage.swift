import FoundationEssentials
import RedisClient
import SessionJanitor

/// A report for people, to fit on one screen: at most 80 columns, figures aligned, a dash for one that is unknown.
struct ReportPage {
    struct Row {
        /// Shown where it is another one than in the row before.
        var heading = Message("")
        var label: Message
        var number: Int?
        var tone: TextStyle.Tone?
    }

    let style: TextStyle
    let language: Language
    private var lines: [String] = []

    init(_ style: TextStyle, _ language: Language) {
        self.style = style
        self.language = language
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    /// Begins the page: what was done, where, and when.
    mutating func addHead(_ run: some FinishedRun, _ name: Message, _ details: [Message]) {
        let dryRun = Message("DRY RUN, nothing was changed", zh: "模拟运行，未作任何更改")
        let isDryRun = run.options.cleanup.isDryRun
        let version = run.server?.name.map { Message(" (\($0))") } ?? Message("")
        let what = isDryRun ? dryRun : name
        add(
            Message(
                "\(what): \(run.options.endpoint.description)\(version)",
                zh: "\(what)：\(run.options.endpoint.description)\(version)"), isDryRun ? .caution : .heading)
        let time = Message("\(run.started.formatted(.iso8601)), \(seconds: run.seconds)")
        add(Message.joined(details + [time], by: Message(", ")))
    }

    mutating func add(_ text: Message, _ tone: TextStyle.Tone? = nil) {
        lines += WrappedText.lines(text[language], first: "", others: "  ").map { line in
            tone.map { style(line, $0) } ?? line
        }
    }

    mutating func add(lines: [String]) { self.lines += lines }

    mutating func addGap() { lines.append("") }

    mutating func add(_ rows: [Row]) {
        guard !rows.isEmpty else { return }
        addGap()
        let width = rows.map { DisplayWidth.of($0.heading[language]) }.max() ?? 0
        var last = ""
        for row in rows {
            let heading = row.heading[language]
            let column = WrappedText.padded(heading == last ? "" : heading, width)
            last = heading
            let text = row.number.map(NumberText.grouped) ?? "–"
            let label = WrappedText.padded(row.label[language], ReportPage.figureEnd - width - text.count - 2)
            let figure = (row.number ?? 0) > 0 ? row.tone.map { style(text, $0) } ?? text : text
            lines.append((width > 0 ? style(column, .heading) + "  " : "") + label + figure)
        }
    }

    mutating func add(warnings: [Message]) {
        for warning in warnings {
            lines += WrappedText.lines(warning[language], first: "! ", others: "  ").map { style($0, .caution) }
        }
    }

    /// The column in which the figures end.
    private static let figureEnd = 70
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

    static func cut(_ text: String, to width: Int) -> String {
        var column = 0
        return String(
            text.prefix { character in
                column += DisplayWidth.of(character)
                return column <= width
            })
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

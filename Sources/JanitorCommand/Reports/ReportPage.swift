/// How reports for people are laid out: at most 80 columns, figures aligned, a dash for one that is unknown.
struct ReportPage {
    private static let labelWidth = 44
    private static let figureWidth = 15

    let style: TextStyle

    struct Section {
        var title: String
        var lines: [String]
    }

    func text(_ section: Section) -> String {
        ([style(section.title, .heading)] + section.lines).joined(separator: "\n")
    }

    func warnings(_ title: String, _ texts: [String]) -> String {
        let lines = texts.flatMap { WrappedText.lines($0, first: "  ! ", others: "    ") }
        return ([style(title, .caution)] + lines).joined(separator: "\n")
    }

    func figure(_ label: String, _ number: Int?, _ tone: TextStyle.Tone? = nil) -> String {
        let text = number.map(NumberText.grouped) ?? "–"
        let padding = String(repeating: " ", count: max(ReportPage.figureWidth - text.count, 0))
        let line = "  " + WrappedText.padded(label, ReportPage.labelWidth) + padding
        return line + ((number ?? 0) > 0 ? tone.map { style(text, $0) } ?? text : text)
    }

    func item(_ label: String, _ value: String) -> [String] {
        WrappedText.lines(value, first: "  " + WrappedText.padded(label, 18), others: String(repeating: " ", count: 20))
    }
}

/// The manual page that `man` prints, in roff; all that it says comes from the tables of the help.
struct ManualPage {
    let language: Language

    var text: String {
        var lines = [
            ".TH SESSION\\-JANITOR 1 \"\" \"\(Version.tool) \(Version.number)\" \"User Commands\"",
            heading("Name", zh: "名称"), "session\\-janitor \\- \(escaped(HelpText.purpose[language]))",
            heading("Synopsis", zh: "用法"),
        ]
        for command in Command.allCases { lines += [".B session\\-janitor", escaped(command.synopsis), ".br"] }
        lines += [
            heading("Description", zh: "说明"), escaped(HelpText.description[language]), heading("Commands", zh: "命令"),
        ]
        lines += Command.allCases.flatMap { entry($0.rawValue, $0.summary) } + [heading("Options", zh: "选项")]
        for section in OptionSection.all {
            lines.append(".SS \(escaped(section.title[language]))")
            for option in section.options {
                let short = option.shortName.map { "\\fB\\-\($0)\\fR, " } ?? ""
                let value = option.placeholder.map { " \\fI\(escaped($0))\\fR" } ?? ""
                let name = "\(short)\\fB\(escaped(option.name))\\fR\(value)"
                lines += [".TP", name, escaped(option.summary[language])]
            }
        }
        lines += [".PP", escaped(HelpText.durations[language])]
        for (title, rows) in [
            (HelpText.urlHeading, HelpText.urls), (HelpText.variableHeading, HelpText.variables),
            (HelpText.statusHeading, HelpText.statuses),
        ] {
            lines += [".SH \(title[language].uppercased())"] + rows.flatMap(entry)
        }
        lines.append(".SH \(HelpText.heading[language].uppercased())")
        lines += HelpText.examples.flatMap { entry("session-janitor \($0.words)", $0.purpose) }
        lines += [heading("See also", zh: "另见"), ".BR redis\\-cli (1)"]
        return lines.joined(separator: "\n") + "\n"
    }

    private func heading(_ english: Words, zh chinese: Words) -> String {
        ".SH \(Message(english, zh: chinese)[language].uppercased())"
    }

    private func entry(_ name: String, _ meaning: Message) -> [String] {
        [".TP", ".B \(escaped(name))", escaped(meaning[language])]
    }

    private func escaped(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        // A line that begins with a point or a quote would be a request.
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }
}

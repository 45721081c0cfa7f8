/// What `--help` says; the options come from ``Option``.
enum HelpText {
    static let text: String = {
        var lines = [
            "session-janitor: find and remove orphaned session entries in Redis",
            "",
            "Usage",
        ]
        lines += Command.allCases.map { "  session-janitor \($0.synopsis)" }
        lines += ["  session-janitor --help | --version", "", "Commands"]
        lines += Command.allCases.flatMap { row($0.rawValue, $0.summary) }
        for section in OptionSection.all {
            lines += ["", section.title]
            lines += section.options.flatMap(rows)
        }
        lines += [
            "",
            "Durations: a number and ms, s, m, h or d. Values also as --name=value.",
            "",
            "URLs",
            "  redis://[user:password@]host[:port][/db]    rediss:// the same over TLS",
            "  unix:///path/to.sock[?db=N]",
            "  redis+sentinel://[user:password@]host[:port][,host[:port]...]/service[/db]",
            "  The sentinels' own user and password: SENTINEL_USERNAME, SENTINEL_PASSWORD,",
            "  or ?sentinel_user= and &sentinel_password= at the end of the URL.",
            "",
            "Examples",
        ]
        lines += examples.map { "  \(WrappedText.padded($0, 24))session-janitor \($1)" }
        lines += [
            "",
            "Exit status",
            "  0 done   1 failed   2 usage   3 partly done   4 refused by a safety check",
            "  5 another run holds the lock   130, 143 stopped by SIGINT, SIGTERM or SIGHUP",
        ]
        return lines.joined(separator: "\n") + "\n"
    }()

    static let examples = [
        ("look only", "--dry-run"),
        ("the first time", "initial"),
        ("every night, by cron", "scheduled --max-removals 10%"),
        ("emergency purge", "--include-expired --backup FILE"),
        ("put back the removed", "restore FILE"),
    ]

    private static func rows(_ option: Option) -> [String] {
        let short = option.shortName.map { "-\($0), " } ?? "    "
        return row(short + option.name + (option.placeholder.map { " " + $0 } ?? ""), option.summary)
    }

    /// A name with its meaning beside it; a name too long for its column has its own line.
    private static func row(_ name: String, _ summary: String) -> [String] {
        let indent = String(repeating: " ", count: 28)
        let head = "  " + name
        guard head.count < indent.count - 1 else {
            return [head] + WrappedText.lines(summary, first: indent, others: indent)
        }
        return WrappedText.lines(summary, first: WrappedText.padded(head, indent.count), others: indent)
    }
}

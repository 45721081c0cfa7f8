/// The manual page that `man` prints, in roff; commands and options come from their tables.
enum ManualPage {
    static let text: String = {
        var lines = [
            ".TH SESSION\\-JANITOR 1 \"\" \"\(Version.tool) \(Version.number)\" \"User Commands\"",
            ".SH NAME",
            "session\\-janitor \\- find and remove orphaned session entries in Redis",
            ".SH SYNOPSIS",
        ]
        for command in Command.allCases { lines += [".B session\\-janitor", escaped(command.synopsis), ".br"] }
        lines += [
            ".SH DESCRIPTION",
            "Web applications keep sessions in Redis, and beside them a list of session ids for each user.",
            "Sessions expire, the lists do not follow.",
            "session\\-janitor finds the entries whose session is gone, proves that they are orphaned, and removes them;",
            "with \\-\\-include\\-expired it also removes sessions that are too old.",
            "It never removes the entry of a live session, and a dry run cannot write.",
            ".SH COMMANDS",
        ]
        for command in Command.allCases { lines += entry(command.rawValue, command.summary) }
        lines.append(".SH OPTIONS")
        for section in OptionSection.all {
            lines.append(".SS \(escaped(section.title))")
            for option in section.options {
                let short = option.shortName.map { "\\fB\\-\($0)\\fR, " } ?? ""
                let value = option.placeholder.map { " \\fI\(escaped($0))\\fR" } ?? ""
                lines += [".TP", "\(short)\\fB\(escaped(option.name))\\fR\(value)", sentence(option.summary)]
            }
        }
        lines += [
            ".PP",
            "Durations are a number and ms, s, m, h or d.",
            "Values may also be given as \\-\\-name=value; options are never abbreviated.",
            ".SH ENVIRONMENT",
        ]
        lines += environment.flatMap(entry) + [".SH EXIT STATUS"]
        lines += statuses.flatMap { entry(String($0), $1) } + [".SH EXAMPLES"]
        for (purpose, example) in HelpText.examples {
            lines += [".TP", sentence(purpose), ".B \(escaped("session-janitor \(example)"))"]
        }
        lines += [".SH SEE ALSO", ".BR redis\\-cli (1)"]
        return lines.joined(separator: "\n") + "\n"
    }()

    private static let environment = [
        (
            "REDIS_URL, REDIS_URI",
            "the server: redis://[user:password@]host[:port][/db], rediss:// for TLS, unix:///path[?db=N], "
                + "redis+sentinel://[user:password@]host[:port][,host[:port]]/service[/db], rediss+sentinel:// for both"
        ),
        ("REDIS_HOST, REDIS_PORT, REDIS_DB, REDIS_USERNAME, REDIS_PASSWORD", "the server in parts, if no URL is set"),
        ("REDIS_PASSWORD_FILE", "as --password-file, if the URL has no password"),
        (
            "SENTINEL_USERNAME, SENTINEL_PASSWORD",
            "who we are to the sentinels; or ?sentinel_user= and &sentinel_password= in the URL"
        ),
        ("REDIS_PREFIX", "as --prefix"),
        ("CLEANUP_INCLUDE_EXPIRED, CLEANUP_MAX_AGE_DAYS, CLEANUP_LOG_FILE", "read by scheduled alone"),
        ("NO_COLOR", "if set, no colours"),
    ]

    private static let statuses = [
        (0, "done, also when there was something to remove"),
        (1, "failed: no connection, a server error, a file error"),
        (2, "usage or configuration; nothing was sent to a server"),
        (3, "partly done: some keys could not be processed; the report names them"),
        (4, "refused by a safety check; nothing was removed"),
        (5, "another run holds the lock"),
        (130, "stopped by SIGINT; the batch in hand was finished"),
        (143, "stopped by SIGTERM or SIGHUP; the batch in hand was finished"),
    ]

    private static func entry(_ name: String, _ meaning: String) -> [String] {
        [".TP", ".B \(escaped(name))", sentence(meaning)]
    }

    private static func sentence(_ text: String) -> String {
        escaped(text.prefix(1).uppercased() + text.dropFirst()) + "."
    }

    private static func escaped(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        // A line that begins with a point or a quote would be a request.
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }
}

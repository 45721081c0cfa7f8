import SessionJanitor

/// What `help TOPIC` explains.
enum HelpTopic: String, CaseIterable {
    case urls, layouts
    case exitStatus = "exit-status"
}

/// What `-h`, `--help` and `help` print; commands and options come from their tables.
struct HelpText {
    let language: Language

    /// The options that most people need.
    private static let important = [
        "--url", "--dry-run", "--include-expired", "--max-age-days", "--backup", "--layout",
    ]

    private static let usage = Message("Usage: ", zh: "用法：")
    private static let commands = Message("Commands", zh: "命令")
    static let purpose = Message(
        "find and remove orphaned session entries in Redis", zh: "查找并移除 Redis 中的孤儿会话记录")

    /// On one screen: of what an option does, what comes before a semicolon.
    var overview: String {
        let options = Option.all.filter { HelpText.important.contains($0.name) }
        let more = Message(
            "All options: session-janitor COMMAND --help. See help urls, layouts, exit-status",
            zh: "全部选项：session-janitor COMMAND --help。更多：help urls、layouts、exit-status")
        return page(
            [title, "\(HelpText.usage[language])session-janitor [COMMAND] [options]", ""]
                + Command.allCases.flatMap { row($0.rawValue, $0.summary, 23) } + [""]
                + options.flatMap { option in
                    let summary = option.summary[language].prefix { $0 != ";" && $0 != "；" }
                    return row(HelpText.names(option, isAligned: false), Message("\(summary)"), 23)
                } + ["", more[language]])
    }

    /// All options of a command; of none, those of the default one, and the commands.
    func all(of command: Command, isGiven: Bool) -> String {
        var lines = [isGiven ? "session-janitor \(command.rawValue): \(command.summary[language])" : title, ""]
        lines += ["\(HelpText.usage[language])session-janitor \(command.synopsis)", ""]
        if !isGiven { lines += section(HelpText.commands, Command.allCases.map { ($0.rawValue, $0.summary) }) }
        for options in OptionSection.all {
            lines += section(
                options.title,
                options.options.filter { $0.commands.contains(command) }.map { (HelpText.names($0), $0.summary) })
        }
        if Command.connecting.contains(command) {
            lines += WrappedText.lines(HelpText.durations[language], first: "", others: "") + [""]
            let examples = HelpText.examples.filter { $0.command == command || !isGiven }
            lines += section(HelpText.heading, examples.map { ("session-janitor \($0.words)", $0.purpose) }, 44)
        }
        return page(lines.dropLast())
    }

    func topic(_ topic: HelpTopic) -> String {
        switch topic {
        case .urls:
            page(
                section(HelpText.urlHeading, HelpText.urls, 44)
                    + section(HelpText.variableHeading, HelpText.variables).dropLast())
        case .layouts:
            page(
                WrappedText.lines(HelpText.layouts[language], first: "", others: "") + [""]
                    + section(
                        Message("Built-in layouts", zh: "内置布局"),
                        BuiltInLayout.allCases.map { ($0.rawValue, $0.message) }
                    ).dropLast())
        case .exitStatus:
            page(section(HelpText.statusHeading, HelpText.statuses).dropLast())
        }
    }

    // MARK: What the manual page says as well

    static let description = Message(
        "Web applications keep sessions in Redis, and for each user a list of session ids. Sessions expire, but the lists are "
            + "not updated. session-janitor finds the entries whose session is gone, checks twice, and removes them; with "
            + "--include-expired it also removes old sessions. It never removes the entry of a live session, and a dry run "
            + "cannot write.",
        zh: "Web 应用在 Redis 中保存会话，并为每个用户保存一份会话ID列表。会话会过期，列表却不会随之更新。session-janitor "
            + "找出会话已不存在的记录，经两次核实后移除；使用 --include-expired 时也移除过旧的会话。它绝不移除有效会话的记录，模拟运行也无法写入。")

    static let durations = Message(
        "Durations are a number and ms, s, m, h or d. Values may also be given as --name=value; options are never abbreviated.",
        zh: "时长为数字加 ms、s、m、h 或 d。值也可写作 --name=value；选项不可缩写。")

    static let heading = Message("Examples", zh: "示例")
    static let examples: [(command: Command, words: String, purpose: Message)] = [
        (.clean, "--dry-run", Message("look; nothing is changed", zh: "只查看，不作更改")),
        (.initial, "initial --backup FILE", Message("the first time", zh: "首次清理")),
        (.scheduled, "scheduled --max-removals 500", Message("every night, from cron", zh: "每晚由 cron 运行")),
        (.clean, "--include-expired --backup FILE", Message("purge in an emergency", zh: "应急清理")),
        (.restore, "restore FILE", Message("put back what was removed", zh: "恢复被移除的内容")),
        (.layouts, "layouts --detect", Message("which layout is it?", zh: "是哪种布局？")),
    ]

    static let variableHeading = Message("Environment", zh: "环境变量")
    static let variables = [
        ("REDIS_URL, REDIS_URI", Message("the server's URL, if there is no --url", zh: "服务器的 URL（未给出 --url 时）")),
        (
            "REDIS_URL_FILE",
            Message("a file that holds the URL, as for a Docker secret", zh: "存有 URL 的文件，例如 Docker secret")
        ),
        (
            "REDIS_HOST, REDIS_PORT, REDIS_DB, REDIS_USERNAME, REDIS_PASSWORD",
            Message("the server in parts, if no URL is set", zh: "未设置 URL 时分别指定服务器的各部分")
        ),
        (
            "REDIS_PASSWORD_FILE, REDISCLI_AUTH",
            Message(
                "a file that holds the password, or the password, if the URL has none", zh: "存有密码的文件，或密码本身（URL 中没有密码时）")
        ),
        (
            "SENTINEL_USERNAME, SENTINEL_PASSWORD",
            Message(
                "user and password for the sentinels; or ?sentinel_user= and &sentinel_password= in the URL",
                zh: "哨兵的用户名和密码；也可在 URL 中用 ?sentinel_user= 和 &sentinel_password= 给出")
        ),
        ("REDIS_PREFIX", Message("the same as --prefix", zh: "同 --prefix")),
        (
            "CLEANUP_INCLUDE_EXPIRED, CLEANUP_MAX_AGE_DAYS, CLEANUP_LOG_FILE",
            Message(
                "for scheduled alone: --include-expired, --max-age-days, --log-file",
                zh: "仅供 scheduled 使用：--include-expired、--max-age-days、--log-file")
        ),
        ("LC_ALL, LC_MESSAGES, LANG", Message("the language", zh: "语言")),
        ("NO_COLOR", Message("no colours", zh: "不使用颜色")),
    ]

    static let urlHeading = Message("URLs", zh: "URL")
    static let urls = [
        (
            "redis://[user:password@]host[:port][/db]",
            Message("a server, or any node of a cluster", zh: "一台服务器，或集群的任一节点")
        ),
        ("rediss://…", Message("the same over TLS", zh: "同上，使用 TLS")),
        ("unix:///path/to.sock[?db=N]", Message("a Unix socket", zh: "Unix 套接字")),
        (
            "redis+sentinel://host[:port][,host[:port]…]/service[/db]",
            Message(
                "the primary that the sentinels name; rediss+sentinel:// with TLS",
                zh: "哨兵给出的主节点；rediss+sentinel:// 使用 TLS")
        ),
    ]

    private static let layouts = Message(
        "A layout says which keys are sessions, index keys and so on. --layout NAME takes a built-in one, --session-key, "
            + "--index-key and their like describe your own. session-janitor layouts --detect finds the one that your keys match; "
            + "session-janitor layouts NAME shows one as the options that it stands for.",
        zh: "布局说明哪些键是会话、哪些是用户会话键等。--layout NAME 使用内置布局，--session-key、--index-key 等选项描述您自己的布局。"
            + "session-janitor layouts --detect 找出与您的键相符的布局；session-janitor layouts NAME 以选项的形式显示某个布局。")

    static let statusHeading = Message("Exit status", zh: "退出状态")
    static let statuses = ExitStatus.allCases.map { ("\($0.rawValue)", $0.meaning) }

    // MARK: Form

    private var title: String { "session-janitor: \(HelpText.purpose[language])" }

    private func page(_ lines: some Sequence<String>) -> String { lines.joined(separator: "\n") + "\n" }

    private static func names(_ option: Option, isAligned: Bool = true) -> String {
        let short = option.shortName.map { "-\($0), " } ?? (isAligned ? "    " : "")
        return short + option.name + (option.placeholder.map { " " + $0 } ?? "")
    }

    private func section(_ title: Message, _ rows: [(String, Message)], _ indent: Int = 28) -> [String] {
        rows.isEmpty ? [] : [title[language]] + rows.flatMap { row($0, $1, indent) } + [""]
    }

    /// A name with its meaning beside it; a name too long for its column has its own line.
    private func row(_ name: String, _ meaning: Message, _ column: Int) -> [String] {
        let indent = String(repeating: " ", count: column)
        let head = "  " + name
        guard head.count < column - 1 else {
            return [head] + WrappedText.lines(meaning[language], first: indent, others: indent)
        }
        return WrappedText.lines(meaning[language], first: WrappedText.padded(head, column), others: indent)
    }
}

import RedisClient
import SessionJanitor

/// One option. Parsing, help, the manual page and the completions all read its row.
struct Option: Sendable {
    let name: String
    let shortName: Character?
    let summary: Message
    let reader: OptionReader
    /// A variable that `scheduled` alone reads in its place: left in a shell, it must not turn a manual check into a purge.
    let variable: String?
    /// The option without which this one has no effect, and whether that condition is met.
    let needs: (option: String, isMet: @Sendable (Options) -> Bool)?
    /// The commands that take the option.
    fileprivate(set) var commands: [Command]

    fileprivate init(
        _ name: String, short: Character? = nil, _ summary: Words, zh chinese: Words, of commands: [Command] = [],
        variable: String? = nil, needs: (option: String, isMet: @Sendable (Options) -> Bool)? = nil,
        _ reader: OptionReader
    ) {
        self.name = name
        shortName = short
        self.summary = Message(summary, zh: chinese)
        self.reader = reader
        self.variable = variable
        self.needs = needs
        self.commands = commands
    }

    var placeholder: String? { reader.placeholder }
    /// Whether the value is the name of a file.
    var takesFile: Bool { placeholder == "FILE" || placeholder == "DIR" }

    /// Whether a plan file keeps it beside those of the layout: it says what is removed.
    var isPlanned: Bool {
        name != "--dry-run" && OptionSection.removal.options.contains { $0.name == name }
    }

    static func isOfLayout(_ name: String) -> Bool {
        ["--prefix", "--layout"].contains(name) || LayoutOption.Name(rawValue: name) != nil
    }

    /// It with this value, as on a command line; a variable may say no to a flag.
    func words(_ text: String) -> [String] {
        guard placeholder == nil else { return ["\(name)=\(text)"] }
        return ["1", "true", "yes"].contains(text.lowercased()) ? [name] : []
    }

    static let all = OptionSection.all.flatMap(\.options)

    /// The first of this name: `--user` is another option for `restore`, and takes a value there as well.
    static func named(_ name: String) -> Option? { byName[name] }
    private static let byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }

    static let contradictions = [
        ("--quiet", "--verbose"), ("--url", "--url-file"), ("--password-file", "--askpass"),
        ("--backup", "--backup-dir"), ("--session", "--keep"), ("--session", "--max-sessions"),
        ("--keep", "--max-sessions"),
        ("--list", "--dry-run"),
    ]
}

/// The options that help lists under one heading.
struct OptionSection: Sendable {
    let title: Message
    let options: [Option]

    /// `commands` take the options that do not say otherwise.
    private init(_ title: Words, zh chinese: Words, of commands: [Command], _ options: [Option]) {
        self.title = Message(title, zh: chinese)
        self.options = options.map { option in
            var option = option
            if option.commands.isEmpty { option.commands = commands }
            return option
        }
    }

    static let all = [removal, plan, users, server, safety, layout, restore, unattended, output]

    fileprivate static let removal = OptionSection(
        "What is removed", zh: "移除什么", of: Command.runs,
        [
            Option(
                "--dry-run", short: "n", "report what would happen; change nothing", zh: "只报告将会发生什么，不作任何更改",
                of: Command.changing + [.revoke], .flag { $0.cleanup.isDryRun = true }),
            Option(
                "--include-expired", "also remove expired sessions: their users are signed out",
                zh: "同时移除过期会话：相应用户将被登出", variable: "CLEANUP_INCLUDE_EXPIRED",
                .flag { $0.cleanup.includesExpired = true }),
            Option(
                "--max-age-days", "a session is expired when it is more than N days old (30)",
                zh: "会话超过 N 天即为过期（30）", variable: "CLEANUP_MAX_AGE_DAYS",
                needs: ("--include-expired", { $0.cleanup.includesExpired }),
                .number(0...1_000_000_000) { $0.cleanup.maximumAgeDays = $1 }),
            Option(
                "--expire-by",
                "which dates make a session expired: created, last-access or expiry, or several with commas",
                zh: "按哪些日期判断过期：created、last-access 或 expiry，多个以逗号分隔",
                needs: ("--include-expired", { $0.cleanup.includesExpired }),
                .together("CLOCK", choices: SessionDate.allCases.map(\.rawValue))),
            Option(
                "--max-idle", "also remove sessions that nobody has used for this long", zh: "同时移除超过此时长无人使用的会话",
                .duration { $0.cleanup.maximumIdle = $1 }),
            Option(
                "--max-sessions-per-user", "also remove each user's sessions beyond the newest N",
                zh: "同时移除每个用户最新 N 个以外的会话", .number(1...1_000_000) { $0.cleanup.maximumSessions = $1 }),
            Option(
                "--set-missing-ttl", "give sessions and presence keys without a TTL this one, or the one of the layout",
                zh: "为没有 TTL 的会话和状态键设置此 TTL，或布局所定的 TTL",
                .value(
                    "D|layout", Message("layout, or a positive duration such as 24h", zh: " layout，或大于零的时长，例如 24h"),
                    { TTLAssignment(text: $0) }, { $0.cleanup.missingTTL = $1 })),
        ])

    private static let plan = OptionSection(
        "Plans", zh: "计划", of: [.clean, .scheduled],
        [
            Option(
                "--plan",
                "with --dry-run: write what would be removed to FILE, for apply; keep it safe: it holds session ids",
                zh: "与 --dry-run 同用：将要移除的内容写入 FILE，供 apply 使用；其中有会话ID，请妥善保管",
                needs: ("--dry-run", { $0.cleanup.isDryRun }), .file { $0.plan = $1 }),
            Option(
                "--plan-users",
                "with --dry-run: write each user's orphaned entries and sessions that would be removed to FILE, as CSV",
                zh: "与 --dry-run 同用：将每个用户将被移除的孤儿记录数和会话数以 CSV 写入 FILE",
                needs: ("--dry-run", { $0.cleanup.isDryRun }), .file { $0.planUsers = $1 }),
            Option(
                "--exit-code", "with --dry-run: end with status 10 if there is something to remove",
                zh: "与 --dry-run 同用：有内容可移除时以状态 10 结束", of: Command.removing,
                needs: ("--dry-run", { $0.cleanup.isDryRun }), .flag { $0.tellsFindings = true }),
        ])

    private static let users = OptionSection(
        "Users", zh: "用户", of: [.sessions],
        [
            Option(
                "--show", "also show these fields of each session, with commas between them", zh: "同时显示会话的这些字段，以逗号分隔",
                .text("FIELD,…", Message("names of fields, such as ip,ua", zh: "字段名，例如 ip,ua")) {
                    $0.users.shown = $1.split(separator: ",").map(String.init)
                }),
            Option("--show-ids", "show session ids in full", zh: "完整显示会话ID", .flag { $0.users.showsIDs = true }),
            Option(
                "--clean", "remove the user's orphaned entries", zh: "移除该用户的孤儿记录",
                .flag { $0.users.cleansOrphans = true }),
            Option(
                "--session", "end the session whose id begins with ID", zh: "只登出ID以此开头的会话", of: [.revoke],
                id { $0.users.session = $1 }),
            Option(
                "--keep", "end all sessions but the one whose id begins with ID", zh: "登出ID以此开头的会话以外的全部会话",
                of: [.revoke], id { $0.users.kept = $1 }),
            Option(
                "--max-sessions", "end all sessions but the newest N", zh: "登出最新 N 个以外的全部会话", of: [.revoke],
                .number(0...1_000_000) { $0.users.maximum = $1 }),
        ])

    /// The beginning of a session's id.
    private static func id(_ set: @escaping @Sendable (inout Options, String) -> Void) -> OptionReader {
        let least = UserOptions.shortestID
        return .value(
            "ID", Message("at least \(least) characters of a session id", zh: "会话ID的至少 \(least) 个字符"), isSecret: true,
            { $0.count >= least ? $0 : nil }, set)
    }

    private static let server = OptionSection(
        "Server", zh: "服务器", of: Command.connecting,
        [
            Option(
                "--url", short: "u", "the server (REDIS_URL, REDIS_URI); see session-janitor help urls",
                zh: "服务器（REDIS_URL、REDIS_URI）；见 session-janitor help urls", .together("URL")),
            Option(
                "--url-file", "read the URL from FILE (REDIS_URL_FILE)", zh: "从 FILE 读取 URL（REDIS_URL_FILE）",
                .together("FILE")),
            Option(
                "--password-file", "read the password from FILE (REDIS_PASSWORD_FILE)",
                zh: "从 FILE 读取密码（REDIS_PASSWORD_FILE）",
                .file { $0.passwordSource = .file(path: $1, origin: "--password-file") }),
            Option("--askpass", "ask for the password", zh: "询问密码", .flag { $0.passwordSource = .terminal }),
            Option(
                "--timeout", "how long to wait for a connection, and for an answer (5s)", zh: "等待连接和回应的时长（5s）",
                .duration { $0.timeout = $1 }),
        ] + tls + [
            Option(
                "--read-from", "where keys are read; checks and removals always use the primary (primary)",
                zh: "从何处读取键；核对与移除始终在主节点上进行（primary）", of: Command.runs, .word("SOURCE") { $0.access.source = $1 }),
            Option(
                "--replica-url", "read from this replica", zh: "从此副本读取", of: Command.runs, .together("URL")),
            Option(
                "--max-lag", "refuse a replica that is further behind (10s)", zh: "拒绝落后更多的副本（10s）", of: Command.runs,
                needs: ("--read-from replica", { $0.replica != nil }), .duration { $0.access.longestLag = $1 }),
        ])

    /// The options about TLS, which follow redis-cli's.
    static let tls = [
        Option(
            "--cacert", "TLS: trust the authorities in FILE instead of the system's", zh: "TLS：信任 FILE 中的机构，而非系统的",
            .file { $0.access.tls.authorityFile = $1 }),
        Option(
            "--cert", "TLS: show the server the certificate in FILE", zh: "TLS：向服务器出示 FILE 中的证书",
            .file { $0.access.tls.certificateFile = $1 }),
        Option("--key", "TLS: the key to --cert", zh: "TLS：--cert 的密钥", .file { $0.access.tls.keyFile = $1 }),
        Option(
            "--sni", "TLS: expect a certificate for NAME instead of the host", zh: "TLS：要求证书属于 NAME，而非主机名",
            .text("NAME", Message("the name of a host", zh: "主机名")) { $0.access.tls.serverName = $1 }),
        Option(
            "--insecure", "TLS: do not check the server's certificate", zh: "TLS：不检查服务器的证书",
            .flag { $0.access.tls.isVerified = false }),
    ]

    private static let safety = OptionSection(
        "Safety", zh: "安全", of: Command.removing,
        [
            Option(
                "--backup", "first write what is removed to FILE, for restore; keep it safe: it holds session data",
                zh: "先将要移除的内容写入 FILE，供 restore 恢复；其中有会话数据，请妥善保管", of: Command.removing + Command.users,
                .file { $0.backup = $1 }),
            Option(
                "--yes", "do not ask before sessions are removed", zh: "移除会话前不询问",
                of: [.clean, .initial, .apply, .revoke],
                .flag { $0.assumesYes = true }),
            Option(
                "--verify", "afterwards look again; status 3 if something is orphaned again, with its users",
                zh: "完成后再检查一次；若又出现孤儿记录，以状态 3 结束并列出用户", of: [.clean], .flag { $0.verifies = true }),
            Option(
                "--max-removals", "refuse to remove or change more than this", zh: "移除或更改超过此数量时拒绝执行",
                .value(
                    "N|P%", Message("a whole number, or a percentage such as 10%", zh: "整数，或百分比，例如 10%"),
                    { SafetyLimits.MaximumRemovals(text: $0) }, { $0.cleanup.limits.maximumRemovals = $1 })),
            Option(
                "--allow-no-live-sessions", "go on although no live session exists, is named, or would be left",
                zh: "即使没有会话、没有记录指向会话，或将没有任何有效会话，也继续执行", .flag { $0.cleanup.limits.allowsNoLiveSessions = true }),
            Option(
                "--grace",
                "remove only what was missing twice, this long apart (1s; a dry run waits only if this is given)",
                zh: "只移除相隔此时长两次检查均缺失的内容（1s；模拟运行仅在给出此选项时等待）",
                .duration(isPositive: false) { $0.cleanup.grace = $1 }),
            Option(
                "--max-skew", "refuse if the clocks of a cluster's nodes differ by more (60s)",
                zh: "集群节点的时钟相差超过此时长时拒绝执行（60s）", .duration { $0.cleanup.maximumSkew = $1 }),
            Option(
                "--run-time", "stop cleanly after this long, and say what is left", zh: "到此时长后正常停止，并说明所剩内容",
                of: Command.changing, .duration { $0.runTime = $1 }),
            Option(
                "--chunk-time", "how long one command may keep the server busy (1ms)", zh: "一条命令最多占用服务器的时长（1ms）",
                of: Command.changing, .duration { $0.cleanup.chunkTime = $1 }),
            Option(
                "--nice-ratio", "after each batch, sleep R times as long as it took (0)", zh: "每批之后休眠其用时的 R 倍（0）",
                of: Command.changing,
                .value(
                    "R", Message("a number from 0 to 1000, such as 0.5", zh: " 0 到 1000 的数字，例如 0.5"),
                    { DecimalText.parse($0[...]).flatMap { $0 <= 1_000 ? $0 : nil } }, { $0.cleanup.niceRatio = $1 })),
            Option(
                "--no-lock", "take no lock, for a user without the right to write {prefix}:janitor:lock",
                zh: "不加锁，供无权写入 {prefix}:janitor:lock 的用户使用", of: Command.changing, .flag { $0.takesLock = false }),
        ])

    private static let layout = OptionSection(
        "Layout", zh: "布局", of: Command.runs + Command.users,
        [
            Option(
                "--prefix", "{prefix} in the key templates (REDIS_PREFIX, appauth)",
                zh: "键模板中的 {prefix}（REDIS_PREFIX，默认 appauth）", of: Command.runs + Command.users + [.layouts],
                .together("P")),
            Option(
                "--layout", "a built-in layout; explicit options override it (appauth)",
                zh: "内置布局；明确给出的选项优先于它（appauth）",
                .together("NAME", choices: BuiltInLayout.allCases.map(\.rawValue))),
            Option(
                "--layout-file",
                "a layout in FILE, one of its options a line, # before comments; explicit options override it",
                zh: "FILE 中的布局，每行一个选项，# 之后为注释；明确给出的选项优先于它", .together("FILE")),
            Option(
                "--session-key",
                "template of a session key ({prefix}:sess:{id}); may be repeated, like the others here",
                zh: "会话键的模板（{prefix}:sess:{id}）；与此处其他选项一样可重复", .together("T")),
            Option(
                "--session-value",
                "template of what the session key before it holds; with another value it is no session",
                zh: "前一个会话键的值的模板；值不符则不是会话", .together("T")),
            Option(
                "--dead-value", "what the session key before it holds once the session has ended, byte for byte",
                zh: "会话结束后前一个会话键的值，逐字节相同", .together("V")),
            Option(
                "--index-key", "template of an index key ({prefix}:usess:{user}): sorted set, set or list",
                zh: "用户会话键的模板（{prefix}:usess:{user}）：有序集合、集合或列表", .together("T")),
            Option(
                "--entries", "hash: the members of the index key before it are the fields of a hash",
                zh: "hash：前一个用户会话键的成员是哈希的字段", .together("hash", choices: ["hash"])),
            Option(
                "--member",
                "how members of the index key before it, or values of the pointer key, name sessions ({id}); quoted:, java: or "
                    + "php: before it for a string so written, json:PATH=T for a string in a JSON object",
                zh: "前一个用户会话键的成员或指针键的值如何指明会话（{id}）；前加 quoted:、java: 或 php: 表示以该形式书写的字符串，"
                    + "json:PATH=T 表示 JSON 对象中的字符串", .together("T")),
            Option(
                "--pointer-key",
                "template of a key that holds a session id; with =hash:FIELD, of a hash with it in a field",
                zh: "存放会话ID的键的模板；加 =hash:FIELD 则为哈希的一个字段", .together("T")),
            Option(
                "--back-check",
                "hash:FIELD, json:PATH or field:PATH of the session that must equal {token} of the pointer key before it",
                zh: "会话中须与前一个指针键的 {token} 相同的 hash:FIELD、json:PATH 或 field:PATH", .together("WHERE")),
            Option(
                "--companion-key", "template of a key that belongs to a session", zh: "属于会话的键的模板", .together("T")),
            Option(
                "--presence-key", "template of a key that exists only while its {user} has a session",
                zh: "仅在 {user} 有会话期间存在的键的模板", .together("T")),
            Option(
                "--presence-value", "what the presence key before it holds", zh: "前一个状态键的值", .together("V")),
            Option(
                "--user",
                "where a session names its user: value, hash:FIELD, json:PATH, or field:PATH for either of these",
                zh: "会话在何处记录用户：value、hash:FIELD、json:PATH，或 field:PATH（前两者任一）", .together("WHERE")),
            Option(
                "--date",
                "a date: created, last-access or expiry, then hash:FIELD, json:PATH, field:PATH or score:KEY=MEMBER, then :s, "
                    + ":ms, :iso or :java; without a unit a number's size tells it, without a zone :iso is UTC",
                zh:
                    "日期：created、last-access 或 expiry，其后 hash:FIELD、json:PATH、field:PATH 或 score:KEY=MEMBER，再后 :s、:ms、:iso "
                    + "或 :java；不写单位时由数值大小判断，:iso 没有时区时按 UTC", .together("CLOCK=WHERE")),
            Option(
                "--ttl", "what --set-missing-ttl layout gives the session key or presence key before it",
                zh: "--set-missing-ttl layout 为前一个会话键或状态键设置的 TTL", .together("D")),
            Option(
                "--detect", "find the layouts that the keys on the server match; only reads", zh: "找出服务器上的键符合哪些布局；只读",
                of: [.layouts], .together(nil)),
            Option(
                "--write", "write the best layout that --detect finds to a new FILE, for --layout-file",
                zh: "将 --detect 找到的最佳布局写入新文件 FILE，供 --layout-file 使用", of: [.layouts], .together("FILE")),
        ])

    private static let restore = OptionSection(
        "Restoring", zh: "恢复", of: [.restore],
        [
            Option(
                "--list", "show what the backup holds; needs no server", zh: "显示备份的内容；无需服务器", .together(nil)),
            Option(
                "--user", "restore only what belongs to this user", zh: "只恢复属于此用户的内容",
                .text("USER", Message("the name of a user", zh: "用户名")) { $0.restore.user = Array($1.utf8) }),
            Option(
                "--into-other-server", "restore a backup that was made on another server or database",
                zh: "恢复来自其他服务器或数据库的备份", .flag { $0.restore.allowsOtherServer = true }),
            Option(
                "--entries-without-session", "also restore entries whose session is gone", zh: "同时恢复会话已不存在的记录",
                .flag { $0.restore.includesEntriesWithoutSession = true }),
        ])

    private static let unattended = OptionSection(
        "Unattended runs", zh: "无人值守", of: [.scheduled],
        [
            Option(
                "--backup-dir", "one backup per run in DIR, named after the time", zh: "每次运行在 DIR 中写入一个备份，以时间命名",
                .file("DIR") { $0.backupFolder = $1 }),
            Option(
                "--backup-keep", "keep only the newest N backups in --backup-dir", zh: "--backup-dir 中只保留最新的 N 个备份",
                .number(1...1_000_000) { $0.backupsKept = $1 }),
            Option(
                "--log-file", "append the log to FILE (CLEANUP_LOG_FILE)", zh: "将日志追加到 FILE（CLEANUP_LOG_FILE）",
                variable: "CLEANUP_LOG_FILE", .file { $0.logFile = $1 }),
            Option("--syslog", "log to syslog", zh: "将日志写入 syslog", .flag { $0.logsToSyslog = true }),
            Option(
                "--metrics-file", "write Prometheus metrics to FILE, for the node exporter",
                zh: "将 Prometheus 指标写入 FILE，供 node exporter 读取", of: [.clean, .scheduled],
                .file { $0.metricsFile = $1 }),
            Option(
                "--ping-url", "tell a monitor such as healthchecks.io when a run starts and how it ends (by curl)",
                zh: "将运行的开始和结果通知 healthchecks.io 之类的监控（通过 curl）", of: [.clean, .scheduled],
                .value(
                    "URL", Message("a URL that begins with https:// or http://", zh: "以 https:// 或 http:// 开头的 URL"),
                    isSecret: true, PingMonitor.url, { $0.pingURL = $1 })),
        ])

    private static let output = OptionSection(
        "Output", zh: "输出", of: Command.changing + Command.users,
        [
            Option(
                "--json", "print one JSON object on stdout, and nothing else there", zh: "在标准输出上只输出一个 JSON 对象",
                of: Command.connecting, .flag { $0.isJSON = true }),
            Option(
                "--quiet", short: "q", "no progress and no warnings on stderr", zh: "标准错误上不显示进度和警告",
                .flag { $0.verbosity = .quiet }),
            Option(
                "--verbose", short: "v", "name each key that changes, on stderr", zh: "在标准错误上列出每个更改的键",
                .flag { $0.verbosity = .verbose }),
            Option(
                "--color", "auto, always or never (auto)", zh: "auto、always 或 never（auto）",
                .word("WHEN") { $0.color = $1 }),
            Option(
                "--progress", "auto, always or never (auto)", zh: "auto、always 或 never（auto）",
                .word("WHEN") { $0.progress = $1 }),
            Option(
                "--lang", "language of reports, messages and help (LC_ALL, LC_MESSAGES, LANG)",
                zh: "报告、消息和帮助的语言（LC_ALL、LC_MESSAGES、LANG）", of: Command.allCases,
                .word("en|zh") { $0.language = $1 }),
            Option(
                "--top", "name the N users of whom most is removed", zh: "列出移除最多的 N 个用户",
                of: [.clean, .initial, .apply],
                .number(1...10_000) { $0.namedUsers = $1 }),
            Option(
                "--publish",
                "tell subscribers of CHANNEL what was removed; session ids are credentials: restrict the channel",
                zh: "将移除的内容发布到 CHANNEL；会话ID等同凭据，请限制订阅者", of: Command.removing + Command.users,
                .text("CHANNEL", Message("the name of a channel", zh: "频道名称")) { $0.cleanup.channel = $1 }),
            Option(
                "--help", short: "h", "show all options of the command; -h: the most important",
                zh: "显示命令的全部选项；-h 只显示最常用的",
                of: Command.allCases, .together(nil)),
            Option("--version", "show the version", zh: "显示版本", of: Command.allCases, .together(nil)),
        ])
}

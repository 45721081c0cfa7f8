import RedisClient
import SessionJanitor

/// One option. Parsing, `--help`, the manual page and the completions all read its row.
struct Option: Sendable {
    let name: String
    let shortName: Character?
    let summary: String
    let reader: OptionReader
    /// A variable that `scheduled` alone reads in its place: left in a shell, it must not turn a manual check into a purge.
    let variable: String?
    /// The option without which this one has no effect, and whether that condition is met.
    let needs: (option: String, isMet: @Sendable (Options) -> Bool)?
    /// The commands that take the option.
    fileprivate(set) var commands: [Command]

    fileprivate init(
        _ name: String, short: Character? = nil, _ summary: String, of commands: [Command] = [],
        variable: String? = nil, needs: (option: String, isMet: @Sendable (Options) -> Bool)? = nil,
        _ reader: OptionReader
    ) {
        self.name = name
        shortName = short
        self.summary = summary
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
        name != "--dry-run" && LayoutOption.Name(rawValue: name) == nil
            && OptionSection.removal.options.contains { $0.name == name }
    }

    /// It with this value, as on a command line; a variable may say no to a flag.
    func words(_ text: String) -> [String] {
        guard placeholder == nil else { return ["\(name)=\(text)"] }
        return ["1", "true", "yes"].contains(text.lowercased()) ? [name] : []
    }

    static let all = OptionSection.all.flatMap(\.options)
    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    static func named(_ name: String) -> Option? { byName[name] }

    static let contradictions = [
        ("--quiet", "--verbose"), ("--password-file", "--askpass"), ("--backup", "--backup-dir"),
    ]
}

/// The options that `--help` lists under one heading.
struct OptionSection: Sendable {
    let title: String
    let options: [Option]

    /// `commands` take the options that do not say otherwise.
    private init(_ title: String, of commands: [Command], _ options: [Option]) {
        self.title = title
        self.options = options.map { option in
            var option = option
            if option.commands.isEmpty { option.commands = commands }
            return option
        }
    }

    static let all = [removal, plan, server, layout, safety, restore, unattended, output]

    fileprivate static let removal = OptionSection(
        "What is removed", of: Command.runs,
        [
            Option(
                "--dry-run", short: "n", "report what would happen; send no write command", of: Command.changing,
                .flag { $0.cleanup.isDryRun = true }),
            Option(
                "--include-expired", "also remove expired sessions and their entries",
                variable: "CLEANUP_INCLUDE_EXPIRED", .flag { $0.cleanup.includesExpired = true }),
            Option(
                "--max-age-days", "a session is expired when its ts is more than N days old (30)",
                variable: "CLEANUP_MAX_AGE_DAYS", needs: ("--include-expired", { $0.cleanup.includesExpired }),
                .number(0...1_000_000_000) { $0.cleanup.maximumAgeDays = $1 }),
            Option(
                "--expire-by",
                "created, last-access or expiry, or several with commas: what --include-expired goes by",
                .together("CLOCK", choices: SessionDate.allCases.map(\.rawValue))),
            Option(
                "--max-idle", "also remove sessions that were not used for so long",
                .duration { $0.cleanup.maximumIdle = $1 }),
            Option(
                "--set-missing-ttl",
                "give sessions and presence keys without a TTL one of this length, or the layout's own",
                .value(
                    "D|layout", Message("layout, or a positive duration such as 24h", zh: " layout，或大于零的时长，例如 24h"),
                    { TTLAssignment(text: $0) }, { $0.cleanup.missingTTL = $1 })),
        ])

    private static let plan = OptionSection(
        "Plans", of: [.clean, .scheduled],
        [
            Option(
                "--plan",
                "with --dry-run: write what would be removed to FILE, for apply; it holds session ids: keep it safe (mode 0600)",
                needs: ("--dry-run", { $0.cleanup.isDryRun }), .file { $0.plan = $1 }),
            Option(
                "--exit-code", "with --dry-run: end with status 10 if there is something to remove",
                of: Command.removing, needs: ("--dry-run", { $0.cleanup.isDryRun }), .flag { $0.tellsFindings = true }),
        ])

    private static let server = OptionSection(
        "Where", of: Command.connecting,
        [
            Option("--url", "the server; else REDIS_URL, REDIS_URI or REDIS_HOST", .together("URL")),
            Option(
                "--timeout", "for connecting, and for the answer to one command (5s)", .duration { $0.timeout = $1 }),
            Option(
                "--password-file", "the password is in FILE (REDIS_PASSWORD_FILE)",
                .file { $0.passwordSource = .file(path: $1, origin: "--password-file") }),
            Option("--askpass", "ask for the password on the terminal", .flag { $0.passwordSource = .terminal }),
        ] + tls + [
            Option(
                "--read-from",
                "read keys from the primary or a replica; checks and removals are always the primary's (primary)",
                of: Command.runs, .word("SOURCE") { $0.access.source = $1 }),
            Option(
                "--replica-url", "the replica for --read-from replica, which this implies (the primary's own word)",
                of: Command.runs, .together("URL")),
            Option(
                "--max-lag", "refuse a replica that is further behind (10s)", of: Command.runs,
                needs: ("--read-from replica", { $0.replica != nil }), .duration { $0.access.longestLag = $1 }),
        ])

    /// The options about TLS, which follow redis-cli's.
    static let tls = [
        Option(
            "--cacert", "TLS: trust the authorities in FILE (those of the system)",
            .file { $0.access.tls.authorityFile = $1 }),
        Option(
            "--cert", "TLS: show the server the certificate in FILE", .file { $0.access.tls.certificateFile = $1 }),
        Option("--key", "TLS: the key to --cert", .file { $0.access.tls.keyFile = $1 }),
        Option(
            "--sni", "TLS: ask for NAME, and expect its certificate (the host)",
            .text("NAME", Message("the name of a host", zh: "主机名")) { $0.access.tls.serverName = $1 }),
        Option(
            "--insecure", "TLS: do not check the server's certificate", .flag { $0.access.tls.isVerified = false }),
    ]

    private static let layout = OptionSection(
        "Which layout", of: Command.runs,
        [
            Option(
                "--prefix", "{prefix} in the key templates (REDIS_PREFIX, else appauth)",
                of: Command.runs + [.layouts], .together("P")),
            Option(
                "--session-key", "template of a session key ({prefix}:sess:{id}); may be repeated, as the others may",
                .together("T")),
            Option(
                "--index-key", "template of an index key ({prefix}:usess:{user}): zset, set or list", .together("T")),
            Option(
                "--layout",
                "a set of the following options by its name, see layouts; an option beside it wins (appauth)",
                .together("NAME", choices: BuiltInLayout.allCases.map(\.rawValue))),
            Option(
                "--member",
                "how members of the index key before it, or values of the pointer key, name sessions ({id}); before it quoted:, "
                    + "java: or php: for a string so written, or json:PATH=T for a string in a JSON object",
                .together("T")),
            Option(
                "--pointer-key",
                "template of a key that holds a session id, =hash:FIELD behind it for a field of a hash, of which only "
                    + "that field is removed", .together("T")),
            Option(
                "--back-check",
                "hash:FIELD, json:PATH or field:PATH of the session that has to equal {token} of the pointer key before it",
                .together("WHERE")),
            Option("--companion-key", "template of a key that belongs to a session", .together("T")),
            Option(
                "--presence-key", "template of a key that exists only while its {user} has a session", .together("T")),
            Option("--presence-value", "what the presence key before it holds", .together("V")),
            Option(
                "--user",
                "where a session names its user: value, hash:FIELD, json:PATH, or field:PATH for either of these",
                .together("WHERE")),
            Option(
                "--date",
                "a date: created, last-access or expiry, then hash:FIELD, json:PATH, field:PATH or score:KEY=MEMBER, then :s, "
                    + ":ms, :iso or :java; without a unit a number's size tells it, without a zone :iso is UTC",
                .together("CLOCK=WHERE")),
            Option(
                "--ttl", "what --set-missing-ttl layout gives the session key or presence key before it", .together("D")
            ),
            Option(
                "--detect", "look which layouts the keys of the server match; read only", of: [.layouts], .together(nil)
            ),
        ])

    private static let safety = OptionSection(
        "How carefully", of: Command.removing,
        [
            Option(
                "--grace",
                "remove only what was missing twice, this long apart (1s; a dry run waits only when this is given)",
                .duration(isPositive: false) { $0.cleanup.grace = $1 }),
            Option(
                "--max-removals",
                "refuse to remove or change more than this: entries, sessions, other keys, TTLs to be set",
                .value(
                    "N|P%", Message("a whole number, or a percentage such as 10%", zh: "整数，或百分比，例如 10%"),
                    { SafetyLimits.MaximumRemovals(text: $0) }, { $0.cleanup.limits.maximumRemovals = $1 })),
            Option(
                "--max-skew",
                "refuse to judge by the time where the clocks of a cluster's nodes are further apart (60s)",
                .duration { $0.cleanup.maximumSkew = $1 }),
            Option(
                "--allow-no-live-sessions", "go on although no live session exists, is named, or would remain",
                .flag { $0.cleanup.limits.allowsNoLiveSessions = true }),
            Option(
                "--backup",
                "write what is removed to FILE first, for restore; it holds session ids and data: keep it safe (mode 0600)",
                .file { $0.backup = $1 }),
            Option(
                "--chunk-time", "how long one command may keep the server busy (1ms)", of: Command.changing,
                .duration { $0.cleanup.chunkTime = $1 }),
            Option(
                "--nice-ratio", "after each batch sleep R times as long as it took (0)", of: Command.changing,
                .value(
                    "R", Message("a number from 0 to 1000, such as 0.5", zh: " 0 到 1000 的数字，例如 0.5"),
                    { DecimalText.parse($0[...]).flatMap { $0 <= 1_000 ? $0 : nil } }, { $0.cleanup.niceRatio = $1 })),
            Option(
                "--run-time", "stop cleanly after this long, with status 0; says what is left", of: Command.changing,
                .duration { $0.runTime = $1 }),
            Option("--yes", "initial: do not ask", of: [.initial], .flag { $0.assumesYes = true }),
            Option(
                "--no-lock", "take no lock; for a user who may not write {prefix}:janitor:lock", of: Command.changing,
                .flag { $0.takesLock = false }),
        ])

    private static let restore = OptionSection(
        "Restoring", of: [.restore],
        [
            Option(
                "--into-other-server", "restore a backup that was made on another server or database",
                .flag { $0.restore.allowsOtherServer = true }),
            Option(
                "--entries-without-session", "put back entries although their session does not exist",
                .flag { $0.restore.includesEntriesWithoutSession = true }),
        ])

    private static let unattended = OptionSection(
        "Unattended", of: [.scheduled],
        [
            Option(
                "--backup-dir", "scheduled: a backup a run in DIR, the date in its name",
                .file("DIR") { $0.backupFolder = $1 }),
            Option(
                "--backup-keep", "scheduled: keep only the newest N backups in --backup-dir",
                .number(1...1_000_000) { $0.backupsKept = $1 }),
            Option(
                "--log-file", "scheduled: append the log to FILE (CLEANUP_LOG_FILE)", variable: "CLEANUP_LOG_FILE",
                .file { $0.logFile = $1 }),
            Option("--syslog", "scheduled: log to syslog", .flag { $0.logsToSyslog = true }),
            Option(
                "--metrics-file", "write Prometheus metrics to FILE, for the node exporter", of: [.clean, .scheduled],
                .file { $0.metricsFile = $1 }),
            Option(
                "--ping-url", "tell a healthchecks.io style monitor of start and end (by curl)",
                of: [.clean, .scheduled],
                .value(
                    "URL", Message("a URL that begins with https:// or http://", zh: "以 https:// 或 http:// 开头的 URL"),
                    isSecret: true, PingMonitor.url, { $0.pingURL = $1 })),
        ])

    private static let output = OptionSection(
        "Output", of: Command.changing,
        [
            Option(
                "--publish",
                "tell subscribers of CHANNEL what was removed; ids are credentials: let only those subscribe who may have "
                    + "them", of: Command.removing,
                .text("CHANNEL", Message("the name of a channel", zh: "频道名称")) { $0.cleanup.channel = $1 }),
            Option(
                "--json", "one JSON object on stdout, nothing else there", of: Command.connecting,
                .flag { $0.isJSON = true }),
            Option(
                "--quiet", short: "q", "no progress and no warnings on stderr", .flag { $0.verbosity = .quiet }),
            Option("--verbose", short: "v", "name each key that changes, on stderr", .flag { $0.verbosity = .verbose }),
            Option("--color", "auto, always or never (auto)", .word("WHEN") { $0.color = $1 }),
            Option("--progress", "auto, always or never (auto)", .word("WHEN") { $0.progress = $1 }),
            Option(
                "--lang", "language of reports and messages (LC_ALL, LC_MESSAGES, LANG)", of: Command.connecting,
                .word("en|zh") { $0.language = $1 }),
            Option("--help", short: "h", "show this help", of: Command.allCases, .together(nil)),
            Option("--version", "show the version", of: Command.allCases, .together(nil)),
        ])
}

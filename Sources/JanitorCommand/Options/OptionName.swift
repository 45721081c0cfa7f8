import SessionJanitor

/// The options, by the names they have on the command line; ``row`` is the one table behind parsing, `--help`, the manual page
/// and the completions.
enum OptionName: String, CaseIterable, Sendable {
    case dryRun = "--dry-run"
    case includeExpired = "--include-expired"
    case maxAgeDays = "--max-age-days"
    case expireBy = "--expire-by"
    case maxIdle = "--max-idle"
    case setMissingTTL = "--set-missing-ttl"
    case url = "--url"
    case timeout = "--timeout"
    case passwordFile = "--password-file"
    case askpass = "--askpass"
    case cacert = "--cacert"
    case cert = "--cert"
    case key = "--key"
    case sni = "--sni"
    case insecure = "--insecure"
    case readFrom = "--read-from"
    case replicaURL = "--replica-url"
    case maxLag = "--max-lag"
    case prefix = "--prefix"
    case sessionKey = "--session-key"
    case indexKey = "--index-key"
    case layout = "--layout"
    case member = "--member"
    case pointerKey = "--pointer-key"
    case backCheck = "--back-check"
    case companionKey = "--companion-key"
    case presenceKey = "--presence-key"
    case presenceValue = "--presence-value"
    case user = "--user"
    case date = "--date"
    case ttl = "--ttl"
    case detect = "--detect"
    case grace = "--grace"
    case maxRemovals = "--max-removals"
    case maxSkew = "--max-skew"
    case allowNoLiveSessions = "--allow-no-live-sessions"
    case backup = "--backup"
    case chunkTime = "--chunk-time"
    case niceRatio = "--nice-ratio"
    case runTime = "--run-time"
    case yes = "--yes"
    case noLock = "--no-lock"
    case intoOtherServer = "--into-other-server"
    case entriesWithoutSession = "--entries-without-session"
    case backupDir = "--backup-dir"
    case backupKeep = "--backup-keep"
    case logFile = "--log-file"
    case syslog = "--syslog"
    case metricsFile = "--metrics-file"
    case pingURL = "--ping-url"
    case publish = "--publish"
    case json = "--json"
    case quiet = "--quiet"
    case verbose = "--verbose"
    case color = "--color"
    case progress = "--progress"
    case lang = "--lang"
    case help = "--help"
    case version = "--version"

    /// The headings under which `--help` lists the options.
    enum Section: String, CaseIterable {
        case removal = "What is removed"
        case server = "Where"
        case layout = "Which layout"
        case safety = "How carefully"
        case restore = "Restoring"
        case unattended = "Unattended"
        case output = "Output"

        /// The commands that take the options of this section, where an option does not say otherwise.
        fileprivate var commands: [Command] {
            switch self {
            case .removal, .layout, .safety: Command.runs
            case .server: Command.connecting
            case .restore: [.restore]
            case .unattended: [.scheduled]
            case .output: Command.changing
            }
        }
    }

    /// What there is to know of an option.
    struct Row {
        var shortName: Character?
        /// What the value is called in `--help`; nil for an option without a value.
        var placeholder: String?
        /// The values that can be named beforehand, for completion.
        var choices: [String]
        var section: Section
        /// The commands that take the option.
        var commands: [Command]
        var summary: String

        fileprivate init(
            _ section: Section, short: Character? = nil, takes placeholder: String? = nil, _ summary: String,
            choices: [String] = [], of commands: [Command]? = nil
        ) {
            shortName = short
            self.placeholder = placeholder
            self.choices = choices
            self.section = section
            self.commands = commands ?? section.commands
            self.summary = summary
        }
    }

    var shortName: Character? { row.shortName }
    var placeholder: String? { row.placeholder }
    var choices: [String] { row.choices }
    var section: Section { row.section }
    var commands: [Command] { row.commands }
    var summary: String { row.summary }
    /// Whether the value is the name of a file.
    var takesFile: Bool { placeholder == "FILE" || placeholder == "DIR" }

    private var row: Row {
        switch self {
        case .dryRun: Row(.removal, short: "n", "report what would happen; send no write command", of: Command.changing)
        case .includeExpired: Row(.removal, "also remove expired sessions and their entries")
        case .maxAgeDays: Row(.removal, takes: "N", "a session is expired when its ts is more than N days old (30)")
        case .expireBy:
            Row(
                .removal, takes: "CLOCK",
                "created, last-access or expiry, or several with commas: what --include-expired goes by",
                choices: SessionDate.allCases.map(\.rawValue))
        case .maxIdle: Row(.removal, takes: "D", "also remove sessions that were not used for so long")
        case .setMissingTTL:
            Row(
                .removal, takes: "D|layout",
                "give sessions and presence keys without a TTL one of this length, or the layout's own")
        case .url: Row(.server, takes: "URL", "the server; else REDIS_URL, REDIS_URI or REDIS_HOST")
        case .timeout: Row(.server, takes: "D", "for connecting, and for the answer to one command (5s)")
        case .passwordFile: Row(.server, takes: "FILE", "the password is in FILE (REDIS_PASSWORD_FILE)")
        case .askpass: Row(.server, "ask for the password on the terminal")
        case .cacert: Row(.server, takes: "FILE", "TLS: trust the authorities in FILE (those of the system)")
        case .cert: Row(.server, takes: "FILE", "TLS: show the server the certificate in FILE")
        case .key: Row(.server, takes: "FILE", "TLS: the key to --cert")
        case .sni: Row(.server, takes: "NAME", "TLS: ask for NAME, and expect its certificate (the host)")
        case .insecure: Row(.server, "TLS: do not check the server's certificate")
        case .readFrom:
            Row(
                .server, takes: "SOURCE",
                "read keys from the primary or a replica; checks and removals are always the primary's (primary)",
                choices: ReadSource.allCases.map(\.rawValue), of: Command.runs)
        case .replicaURL:
            Row(
                .server, takes: "URL",
                "the replica for --read-from replica, which this implies (the primary's own word)", of: Command.runs)
        case .maxLag: Row(.server, takes: "D", "refuse a replica that is further behind (10s)", of: Command.runs)
        case .prefix:
            Row(
                .layout, takes: "P", "{prefix} in the key templates (REDIS_PREFIX, else appauth)",
                of: Command.runs + [.layouts])
        case .sessionKey:
            Row(
                .layout, takes: "T",
                "template of a session key ({prefix}:sess:{id}); may be repeated, as the others may")
        case .indexKey: Row(.layout, takes: "T", "template of an index key ({prefix}:usess:{user}): zset, set or list")
        case .layout:
            Row(
                .layout, takes: "NAME",
                "a set of the following options by its name, see layouts; an option beside it wins (appauth)",
                choices: BuiltInLayout.allCases.map(\.rawValue))
        case .member:
            Row(
                .layout, takes: "T",
                "how members of the index key before it name sessions ({id}; java: before it for Java's serialisation)")
        case .pointerKey:
            Row(
                .layout, takes: "T",
                "template of a key that holds a session id, =hash:FIELD behind it for a field of a hash, of which only that field goes"
            )
        case .backCheck:
            Row(
                .layout, takes: "WHERE",
                "hash:FIELD or json:PATH of the session that has to equal {token} of the pointer key before it")
        case .companionKey: Row(.layout, takes: "T", "template of a key that belongs to a session")
        case .presenceKey: Row(.layout, takes: "T", "template of a key that exists only while its {user} has a session")
        case .presenceValue: Row(.layout, takes: "V", "what the presence key before it holds")
        case .user: Row(.layout, takes: "WHERE", "where a session names its user: value, hash:FIELD or json:PATH")
        case .date:
            Row(
                .layout, takes: "CLOCK=WHERE",
                "a date: created, last-access or expiry, then hash:FIELD, json:PATH or score:KEY=MEMBER, then :s, :ms, :iso or :java"
            )
        case .ttl:
            Row(.layout, takes: "D", "what --set-missing-ttl layout gives the session key or presence key before it")
        case .detect: Row(.layout, "look which layouts the keys of the server match; read only", of: [.layouts])
        case .grace:
            Row(
                .safety, takes: "D",
                "remove only what was missing twice, this long apart (1s; a dry run waits only when this is given)")
        case .maxRemovals:
            Row(
                .safety, takes: "N|P%",
                "refuse to remove or change more than this: entries, sessions, other keys, TTLs to be set")
        case .maxSkew:
            Row(
                .safety, takes: "D",
                "refuse to judge by the time where the clocks of a cluster's nodes are further apart (60s)")
        case .allowNoLiveSessions: Row(.safety, "go on although no live session exists, is named, or would remain")
        case .backup:
            Row(
                .safety, takes: "FILE",
                "write what is removed to FILE first, for restore; it holds session ids and data: keep it safe (mode 0600)"
            )
        case .chunkTime:
            Row(.safety, takes: "D", "how long one command may keep the server busy (1ms)", of: Command.changing)
        case .niceRatio:
            Row(.safety, takes: "R", "after each batch sleep R times as long as it took (0)", of: Command.changing)
        case .runTime:
            Row(
                .safety, takes: "D", "stop cleanly after this long, with status 0; says what is left",
                of: Command.changing)
        case .yes: Row(.safety, "initial: do not ask", of: [.initial])
        case .noLock:
            Row(.safety, "take no lock; for a user who may not write {prefix}:janitor:lock", of: Command.changing)
        case .intoOtherServer: Row(.restore, "restore a backup that was made on another server or database")
        case .entriesWithoutSession: Row(.restore, "put back entries although their session does not exist")
        case .backupDir: Row(.unattended, takes: "DIR", "scheduled: a backup a run in DIR, the date in its name")
        case .backupKeep: Row(.unattended, takes: "N", "scheduled: keep only the newest N backups in --backup-dir")
        case .logFile: Row(.unattended, takes: "FILE", "scheduled: append the log to FILE (CLEANUP_LOG_FILE)")
        case .syslog: Row(.unattended, "scheduled: log to syslog")
        case .metricsFile:
            Row(
                .unattended, takes: "FILE", "write Prometheus metrics to FILE, for the node exporter",
                of: [.clean, .scheduled])
        case .pingURL:
            Row(
                .unattended, takes: "URL", "tell a healthchecks.io style monitor of start and end (by curl)",
                of: [.clean, .scheduled])
        case .publish:
            Row(
                .output, takes: "CHANNEL",
                "tell subscribers of CHANNEL what was removed; ids are credentials: let only those subscribe who may have them",
                of: Command.runs)
        case .json: Row(.output, "one JSON object on stdout, nothing else there", of: Command.connecting)
        case .quiet: Row(.output, short: "q", "no progress and no warnings on stderr")
        case .verbose: Row(.output, short: "v", "name each key that changes, on stderr")
        case .color: Row(.output, takes: "WHEN", "auto, always or never (auto)", choices: When.allCases.map(\.rawValue))
        case .progress:
            Row(.output, takes: "WHEN", "auto, always or never (auto)", choices: When.allCases.map(\.rawValue))
        case .lang:
            Row(
                .output, takes: "en|zh", "language of reports and messages (LC_ALL, LC_MESSAGES, LANG)",
                choices: Language.allCases.map(\.rawValue), of: Command.connecting)
        case .help: Row(.output, short: "h", "show this help", of: Command.allCases)
        case .version: Row(.output, "show the version", of: Command.allCases)
        }
    }
}

import SessionJanitor

/// The options, by the names they have on the command line; the one table behind parsing and `--help`.
enum OptionName: String, CaseIterable, Sendable {
    case dryRun = "--dry-run"
    case includeExpired = "--include-expired"
    case maxAgeDays = "--max-age-days"
    case url = "--url"
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
    case expireBy = "--expire-by"
    case maxIdle = "--max-idle"
    case setMissingTTL = "--set-missing-ttl"
    case detect = "--detect"
    case publish = "--publish"
    case grace = "--grace"
    case maxRemovals = "--max-removals"
    case allowNoLiveSessions = "--allow-no-live-sessions"
    case backup = "--backup"
    case chunkTime = "--chunk-time"
    case niceRatio = "--nice-ratio"
    case runTime = "--run-time"
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
    }

    /// The commands that take this option.
    var commands: [Command] {
        switch self {
        case .yes: [.initial]
        case .logFile, .syslog, .backupDir, .backupKeep: [.scheduled]
        case .intoOtherServer, .entriesWithoutSession: [.restore]
        case .url, .timeout, .json, .lang: Command.runs + [.restore, .layouts]
        case .dryRun, .chunkTime, .niceRatio, .runTime, .noLock, .quiet, .verbose, .color, .progress:
            Command.runs + [.restore]
        case .passwordFile, .askpass, .cacert, .cert, .key, .sni, .insecure: Command.runs + [.restore, .layouts]
        case .metricsFile, .pingURL: [.clean, .scheduled]
        case .detect: [.layouts]
        case .prefix: Command.runs + [.layouts]
        case .help, .version: Command.allCases
        default: Command.runs
        }
    }

    /// The values that can be named beforehand, for completion.
    var choices: [String] {
        switch self {
        case .color, .progress: When.allCases.map(\.rawValue)
        case .lang: Language.allCases.map(\.rawValue)
        case .readFrom: ReadSource.allCases.map(\.rawValue)
        case .layout: BuiltInLayout.allCases.map(\.rawValue)
        case .expireBy: SessionClock.allCases.map(\.rawValue)
        default: []
        }
    }

    /// Whether the value is the name of a file.
    var takesFile: Bool { placeholder == "FILE" || placeholder == "DIR" }

    var section: Section {
        switch self {
        case .dryRun, .includeExpired, .maxAgeDays, .expireBy, .maxIdle, .setMissingTTL: .removal
        case .url, .timeout, .passwordFile, .askpass, .cacert, .cert, .key, .sni, .insecure: .server
        case .readFrom, .replicaURL, .maxLag: .server
        case .layout, .prefix, .sessionKey, .indexKey, .member, .pointerKey, .backCheck, .companionKey, .presenceKey,
            .presenceValue, .user, .date, .ttl, .detect:
            .layout
        case .grace, .maxRemovals, .allowNoLiveSessions, .backup, .chunkTime, .niceRatio, .runTime, .yes, .noLock:
            .safety
        case .intoOtherServer, .entriesWithoutSession: .restore
        case .backupDir, .backupKeep, .logFile, .syslog, .metricsFile, .pingURL: .unattended
        case .json, .quiet, .verbose, .color, .progress, .lang, .publish, .help, .version: .output
        }
    }

    /// What the value is called in `--help`; nil for an option without a value.
    var placeholder: String? {
        switch self {
        case .maxAgeDays, .backupKeep: "N"
        case .backupDir: "DIR"
        case .url, .pingURL, .replicaURL: "URL"
        case .readFrom: "SOURCE"
        case .maxLag: "D"
        case .backup, .logFile, .metricsFile: "FILE"
        case .passwordFile, .cacert, .cert, .key: "FILE"
        case .sni: "NAME"
        case .prefix: "P"
        case .sessionKey, .indexKey, .member, .pointerKey, .companionKey, .presenceKey: "T"
        case .layout: "NAME"
        case .publish: "CHANNEL"
        case .backCheck, .user: "WHERE"
        case .presenceValue: "V"
        case .date: "CLOCK=WHERE"
        case .expireBy: "CLOCK"
        case .setMissingTTL: "D|layout"
        case .grace, .chunkTime, .runTime, .timeout, .ttl, .maxIdle: "D"
        case .maxRemovals: "N|P%"
        case .niceRatio: "R"
        case .color, .progress: "WHEN"
        case .lang: "en|zh"
        case .askpass, .insecure: nil
        case .dryRun, .includeExpired, .allowNoLiveSessions, .yes, .noLock, .intoOtherServer, .entriesWithoutSession,
            .syslog, .json, .quiet, .verbose, .detect, .help, .version:
            nil
        }
    }

    var shortName: Character? {
        switch self {
        case .dryRun: "n"
        case .quiet: "q"
        case .verbose: "v"
        case .help: "h"
        default: nil
        }
    }

    var summary: String {
        switch self {
        case .dryRun: "report what would happen; send no write command"
        case .includeExpired: "also remove expired sessions and their entries"
        case .maxAgeDays: "a session is expired when its ts is more than N days old (30)"
        case .url: "the server; else REDIS_URL, REDIS_URI or REDIS_HOST"
        case .prefix: "{prefix} in the key templates (REDIS_PREFIX, else appauth)"
        case .sessionKey: "template of a session key ({prefix}:sess:{id}); may be repeated, as the others may"
        case .indexKey: "template of an index key ({prefix}:usess:{user}): zset, set or list"
        case .layout: "a set of the following options by its name, see layouts; an option beside it wins (appauth)"
        case .member:
            "how members of the index key before it name sessions ({id}; java: before it for Java's serialisation)"
        case .pointerKey:
            "template of a key that holds a session id, =hash:FIELD behind it for a field of a hash, of which only that field goes"
        case .backCheck: "hash:FIELD or json:PATH of the session that has to equal {token} of the pointer key before it"
        case .companionKey: "template of a key that belongs to a session"
        case .presenceKey: "template of a key that exists only while its {user} has a session"
        case .presenceValue: "what the presence key before it holds"
        case .user: "where a session names its user: value, hash:FIELD or json:PATH"
        case .date:
            "a date: created, last-access or expiry, then hash:FIELD, json:PATH or score:KEY=MEMBER, then :s, :ms, :iso or :java"
        case .ttl: "what --set-missing-ttl layout gives the session key or presence key before it"
        case .expireBy: "created, last-access or expiry, or several with commas: what --include-expired goes by"
        case .maxIdle: "also remove sessions that were not used for so long"
        case .setMissingTTL: "give sessions and presence keys without a TTL one of this length, or the layout's own"
        case .detect: "look which layouts the keys of the server match; read only"
        case .grace: "remove only what was missing twice, this long apart (1s; a dry run waits only when this is given)"
        case .maxRemovals: "refuse to remove or change more than this: entries, sessions, other keys, TTLs to be set"
        case .allowNoLiveSessions: "go on although no live session exists, or none would remain"
        case .backup:
            "write what is removed to FILE first, for restore; it holds session ids and data: keep it safe (mode 0600)"
        case .backupDir: "scheduled: a backup a run in DIR, the date in its name"
        case .backupKeep: "scheduled: keep only the newest N backups in --backup-dir"
        case .runTime: "stop cleanly after this long, with status 0; says what is left"
        case .intoOtherServer: "restore a backup that was made on another server or database"
        case .entriesWithoutSession: "put back entries although their session does not exist"
        case .chunkTime: "how long one command may keep the server busy (1ms)"
        case .niceRatio: "after each batch sleep R times as long as it took (0)"
        case .yes: "initial: do not ask"
        case .noLock: "take no lock; for a user who may not write {prefix}:janitor:lock"
        case .logFile: "scheduled: append the log to FILE (CLEANUP_LOG_FILE)"
        case .syslog: "scheduled: log to syslog"
        case .metricsFile: "write Prometheus metrics to FILE, for the node exporter"
        case .pingURL: "tell a healthchecks.io style monitor of start and end (by curl)"
        case .passwordFile: "the password is in FILE (REDIS_PASSWORD_FILE)"
        case .askpass: "ask for the password on the terminal"
        case .cacert: "TLS: trust the authorities in FILE (those of the system)"
        case .cert: "TLS: show the server the certificate in FILE"
        case .key: "TLS: the key to --cert"
        case .sni: "TLS: ask for NAME, and expect its certificate (the host)"
        case .insecure: "TLS: do not check the server's certificate"
        case .readFrom:
            "read keys from the primary or a replica; checks and removals are always the primary's (primary)"
        case .replicaURL: "the replica for --read-from replica, which this implies (the primary's own word)"
        case .maxLag: "refuse a replica that is further behind (10s)"
        case .timeout: "for connecting, and for the answer to one command (5s)"
        case .publish:
            "tell subscribers of CHANNEL what was removed; ids are credentials: let only those subscribe who may have them"
        case .json: "one JSON object on stdout, nothing else there"
        case .quiet: "no progress and no warnings on stderr"
        case .verbose: "name each key that changes, on stderr"
        case .color: "auto, always or never (auto)"
        case .progress: "auto, always or never (auto)"
        case .lang: "language of reports and messages (LC_ALL, LC_MESSAGES, LANG)"
        case .help: "show this help"
        case .version: "show the version"
        }
    }
}

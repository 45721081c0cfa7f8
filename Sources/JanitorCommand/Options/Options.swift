import RedisClient
import SessionJanitor

/// Arguments and environment, validated and resolved once; nothing later reads a flag or a variable.
struct Options: Equatable {
    enum Verbosity {
        case quiet, normal, verbose
    }

    var command: Command
    /// What does for real what a dry run has shown.
    var realCommand = Message("")
    var endpoint: Endpoint
    /// What the options say about the connection.
    var access = ServerAccess()
    /// Where the password comes from, if it is not in the URL.
    var passwordSource: PasswordSource?
    /// Warnings for every report, whatever the result of the run.
    var warnings: [CleanupWarning] = []
    /// Set where a replica is read.
    var replica: ReplicaOptions?
    var timeout = Duration.seconds(5)
    var cleanup: CleanupOptions
    /// Whether a real run takes the lock.
    var takesLock = true
    /// Whether `initial` goes on without asking.
    var assumesYes = false
    var runTime: Duration?
    var backup: String?
    var backupFolder: String?
    var backupsKept: Int?
    /// The file that `restore` or `apply` reads.
    var file: String?
    /// Where a dry run writes its plan, and the options that the plan keeps.
    var plan: String?
    var planUsers: String?
    private(set) var plannedWords: [String] = []
    /// Whether the status of a dry run says that there is something to remove.
    var tellsFindings = false
    /// How many users a report names.
    var namedUsers = 0
    /// Whether a run looks once more when it is over.
    var verifies = false
    var users = UserOptions()
    var restore = RestoreOptions()
    var logFile: String?
    var logsToSyslog = false
    var metricsFile: String?
    var pingURL: String?
    var isJSON = false
    var verbosity = Verbosity.normal
    var color = When.auto
    var progress = When.auto
    var language: Language

    init(_ arguments: Arguments, environment: [String: String]) throws(UsageError) {
        // An empty variable counts as not set.
        let variables = environment.filter { !$0.value.isEmpty }
        let arguments = try arguments.readingLayoutFile()
        command = arguments.command
        file = arguments.operand
        if Command.users.contains(command) { users.user = arguments.operand }
        language = Language(environment: environment)
        let urlFile: SecretFile?
        (endpoint, urlFile) = try ServerAccess.endpoint(arguments, variables)
        if let urlFile, urlFile.isExposed, endpoint.password != nil {
            warnings.append(.exposedPasswordFile(urlFile.path))
        }
        // The grace time guards removals. A dry run removes nothing: it looks twice, but waits only when told to.
        cleanup = CleanupOptions(
            layout: try Options.layout(arguments, variables), grace: arguments.has("--dry-run") ? .zero : .seconds(1))
        plannedWords = arguments.layoutWords(prefix: cleanup.layout.prefix)
        let values = arguments.values
        for option in Option.all where option.commands.contains(command) || option.isPlanned {
            var source = option.name
            var text = values[option.name] ?? (arguments.has(option.name) ? "yes" : nil)
            if text == nil, command == .scheduled, let name = option.variable {
                (source, text) = (name, variables[name])
            }
            guard let text else { continue }
            try option.reader.read(text, from: source, into: &self)
            if option.isPlanned { plannedWords += option.words(text) }
        }
        try resolveAccess(arguments, variables)
        try check()
        if cleanup.isDryRun { takesLock = false }
        let keepsNoBackup = Command.runs.contains(command) && backup == nil && backupFolder == nil
        realCommand = arguments.commandLine(without: "--dry-run", adding: keepsNoBackup ? ["--backup", "FILE"] : [])
        restore.isDryRun = cleanup.isDryRun
        (restore.chunkTime, restore.niceRatio) = (cleanup.chunkTime, cleanup.niceRatio)
        for option in Option.all where option.commands.contains(command) && arguments.gives(option.name) {
            guard let needed = option.needs, !needed.isMet(self) else { continue }
            warnings.append(.noEffect(option: option.name, without: needed.option))
        }
    }

    private static func layout(
        _ arguments: Arguments, _ variables: [String: String]
    ) throws(UsageError) -> Layout {
        var builtIn = BuiltInLayout.appauth
        if let name = arguments.values["--layout"] {
            builtIn = try Arguments.named(name, Message("layout", zh: "布局"))
        }
        do throws(KeyTemplateError) {
            return try Layout(
                builtIn, prefix: arguments.values["--prefix"] ?? variables["REDIS_PREFIX"],
                options: arguments.layoutOptions)
        } catch {
            throw UsageError(error.message)
        }
    }

    /// Finds valid options that do not fit together.
    private func check() throws(UsageError) {
        if Command.users.contains(command), let problem = users.problem(command, cleanup.layout) { throw problem }
        if cleanup.maximumSessions != nil, !cleanup.layout.ranksSessions {
            let name = cleanup.layout.name
            throw UsageError(
                "--max-sessions-per-user: the layout \(name) does not tell whose sessions are the newest: it names no user, or has "
                    + "no date and no index",
                zh: "--max-sessions-per-user：布局 \(name) 无法判断各用户的哪些会话最新：它不指明用户，或没有日期和用户会话键")
        }
        if cleanup.missingTTL == .layout, !cleanup.layout.hasTTLs {
            let name = cleanup.layout.name
            throw UsageError(
                "--set-missing-ttl layout: the layout \(name) says no TTL; give a duration, such as --set-missing-ttl 24h, or "
                    + "--ttl after --session-key or --presence-key",
                zh: "--set-missing-ttl layout：布局 \(name) 未指定 TTL；请给出时长，例如 --set-missing-ttl 24h，"
                    + "或在 --session-key 或 --presence-key 之后使用 --ttl")
        }
        if backupsKept != nil, backupFolder == nil {
            throw UsageError("--backup-keep needs --backup-dir", zh: "--backup-keep 须与 --backup-dir 一起使用")
        }
    }

    /// Opens a conversation with the server that is to be cleaned.
    func connect(_ mode: AccessMode) throws(RedisError) -> any RedisPipeline {
        var endpoint = endpoint
        endpoint.leavesIdleTimes = cleanup.judgesByIdleTime
        return try Redis.connect(to: endpoint, mode: mode, timeout: timeout)
    }
}

import RedisClient
import SessionJanitor

/// Arguments and environment, validated and resolved once; nothing later reads a flag or a variable.
struct Options: Equatable {
    enum Verbosity {
        case quiet, normal, verbose
    }

    var command: Command
    var endpoint: Endpoint
    /// Where its password is still to be fetched from.
    var passwordSource: PasswordSource?
    /// What is to be told with every report, whatever comes of the run.
    var warnings: [CleanupWarning] = []
    /// Set where a replica is read.
    var replica: ReplicaOptions?
    var timeout: Duration
    var cleanup: CleanupOptions
    /// Whether a real run takes the lock.
    var takesLock: Bool
    /// Whether `initial` goes on without asking.
    var assumesYes: Bool
    var runTime: Duration?
    var backup: String?
    var backupFolder: String?
    var backupsKept: Int?
    /// The file that `restore` reads.
    var restoreFile: String?
    var restore: RestoreOptions
    var logFile: String?
    var logsToSyslog: Bool
    var metricsFile: String?
    var pingURL: String?
    var isJSON: Bool
    var verbosity: Verbosity
    var color: When
    var progress: When
    var language: Language

    init(_ arguments: Arguments, environment: [String: String]) throws(UsageError) {
        let reader = OptionReader(arguments: arguments, environment: environment)
        command = arguments.command
        endpoint = try reader.endpoint()
        passwordSource = try reader.passwordSource(endpoint)
        replica = try ReplicaOptions.chosen(reader)
        timeout = try reader.duration(.timeout, default: .seconds(5), isPositive: true)
        let layout = try reader.layout()
        cleanup = CleanupOptions(
            layout: layout,
            isDryRun: arguments.has(.dryRun),
            includesExpired: try reader.includesExpired(),
            maximumAgeDays: try reader.maximumAgeDays(),
            // The grace time guards removals. A dry run has none to guard: it looks twice, but waits only when told to.
            grace: try reader.duration(.grace, default: arguments.has(.dryRun) ? .zero : .seconds(1)),
            limits: SafetyLimits(
                maximumRemovals: try reader.maximumRemovals(),
                allowsNoLiveSessions: arguments.has(.allowNoLiveSessions)),
            chunkTime: try reader.duration(.chunkTime, default: .milliseconds(1), isPositive: true),
            niceRatio: try reader.niceRatio(),
            maximumIdle: try reader.maximumIdle(),
            missingTTL: try reader.missingTTL(layout),
            maximumSkew: try reader.duration(.maxSkew, default: .seconds(60), isPositive: true),
            channel: try reader.channel())
        takesLock = !arguments.has(.noLock) && !cleanup.isDryRun
        assumesYes = arguments.has(.yes)
        runTime = try reader.runTime()
        backup = try reader.path(.backup)
        (backupFolder, backupsKept) = try reader.backupFolder()
        restoreFile = arguments.file
        restore = RestoreOptions(
            isDryRun: arguments.has(.dryRun), allowsOtherServer: arguments.has(.intoOtherServer),
            includesEntriesWithoutSession: arguments.has(.entriesWithoutSession), chunkTime: cleanup.chunkTime,
            niceRatio: cleanup.niceRatio)
        logFile = try reader.logFile()
        logsToSyslog = arguments.has(.syslog)
        metricsFile = try reader.path(.metricsFile)
        pingURL = try reader.pingURL()
        isJSON = arguments.has(.json)
        verbosity = arguments.has(.quiet) ? .quiet : arguments.has(.verbose) ? .verbose : .normal
        color = try reader.when(.color)
        progress = try reader.when(.progress)
        language = try reader.language()
    }

    /// Opens a conversation with the server that is to be cleaned.
    func connect(_ mode: AccessMode) throws(RedisError) -> any RedisPipeline {
        var endpoint = endpoint
        endpoint.leavesIdleTimes = cleanup.judgesByIdleTime
        return try Redis.connect(to: endpoint, mode: mode, timeout: timeout)
    }
}

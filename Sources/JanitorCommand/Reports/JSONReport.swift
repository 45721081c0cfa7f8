import FoundationEssentials
import RedisClient
import SessionJanitor

/// The report of a run or a restore as one JSON object; its names are promised to scripts.
struct JSONReport<Statistics: Encodable, Backup: Encodable>: Encodable {
    var tool = Version.tool
    var version = Version.number
    var command: String
    var mode: String
    /// An unknown version is `null`, so that the field is always there.
    var server: [String: String?]
    var layout: String?
    var prefix: String?
    var includeExpired: Bool?
    var maxAgeDays: Int?
    var startedAt: String
    var finishedAt: String
    var durationSeconds: Double
    var stats: Statistics
    var consistency: String?
    var outcome: String
    var warnings: [String]
    var backup: Backup?
    var topUsers: [UserCounts]?
    var verification: Verification?
    var error: [String: String]?

    init(_ run: some FinishedRun, mode: String, stats: Statistics, backup: Backup?) {
        command = run.options.command.rawValue
        self.mode = run.options.cleanup.isDryRun ? "dry-run" : mode
        server = [
            "address": run.options.endpoint.description,
            "version": run.server?.valkeyVersion == nil ? run.server?.version : run.server?.name,
            "topology": run.server?.primaries == nil ? "standalone" : "cluster",
        ]
        startedAt = run.started.formatted(.iso8601)
        finishedAt = run.finished.formatted(.iso8601)
        durationSeconds = (run.seconds * 1_000).rounded() / 1_000
        self.stats = stats
        outcome = run.report.outcome.rawValue
        warnings = run.warnings.map(\.english)
        self.backup = backup
        error = run.report.error.map { $0.message(run.options) }.map { ["code": $0.code, "message": $0.english] }
    }
}

/// What goes of one user, for scripts.
struct UserCounts: Encodable {
    var user: String
    var orphans: Int
    var sessions: Int

    init(_ user: AffectedUser) {
        self.user = String(decoding: user.user, as: UTF8.self)
        (orphans, sessions) = (user.orphans, user.sessions)
    }
}

/// What is orphaned again after a clean-up, and whose it is.
struct Verification: Encodable {
    var orphanedEntries: Int
    var users: [String]
}

extension RunRecord {
    func json() throws -> String {
        let stats = Dictionary(uniqueKeysWithValues: report.statistics.numbers.map { ($0.name, $0.value) })
        var object = JSONReport(self, mode: "clean", stats: stats, backup: backup)
        object.layout = options.cleanup.layout.name
        object.prefix = options.cleanup.layout.prefix
        object.includeExpired = options.cleanup.includesExpired
        object.maxAgeDays = options.cleanup.maximumAgeDays
        object.consistency = report.consistency.rawValue
        if options.namedUsers > 0 { object.topUsers = users.map(UserCounts.init) }
        object.verification = verification
        if object.error == nil, let refusal = report.refusal {
            object.error = ["code": "refused", "message": refusal.message.english]
        }
        return try JSONText.of(object)
    }
}

extension RestoreRecord {
    private struct Backup: Encodable {
        var file: String
        var startedAt: String?
        var server: String?
        var database: Int?
    }

    func json() throws -> String {
        let backup = Backup(
            file: options.file ?? "", startedAt: header?.startedAt, server: header?.server,
            database: header?.database)
        return try JSONText.of(JSONReport(self, mode: "restore", stats: report.statistics, backup: backup))
    }
}

enum JSONText {
    /// An object on several lines, with a line break at the end.
    static func of(_ object: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(object), as: UTF8.self) + "\n"
    }
}

import FoundationEssentials
import RedisClient
import SessionJanitor

/// The report of a restore as one JSON object; its names are promised to scripts.
struct RestoreJSONReport: Encodable {
    struct Backup: Encodable {
        var file: String
        var startedAt: String?
        var server: String?
        var database: Int?

        enum CodingKeys: String, CodingKey {
            case file
            case startedAt = "started_at"
            case server, database
        }
    }

    var tool = Version.tool
    var version = Version.number
    var command: String
    var mode: String
    var server: JSONReport.Server
    var backup: Backup
    var startedAt: String
    var finishedAt: String
    var durationSeconds: Double
    var stats: RestoreStatistics
    var outcome: String
    var warnings: [String]
    var error: JSONReport.Failure?

    enum CodingKeys: String, CodingKey {
        case tool, version, command, mode, server, backup
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case durationSeconds = "duration_seconds"
        case stats, outcome, warnings, error
    }

    init(_ record: RestoreRecord) {
        command = record.options.command.rawValue
        mode = record.options.restore.isDryRun ? "dry-run" : "restore"
        server = JSONReport.Server(record.options.endpoint, record.server)
        backup = Backup(
            file: record.options.restoreFile ?? "", startedAt: record.header?.startedAt, server: record.header?.server,
            database: record.header?.database)
        startedAt = record.started.formatted(.iso8601)
        finishedAt = record.finished.formatted(.iso8601)
        durationSeconds = (record.finished.timeIntervalSince(record.started) * 1_000).rounded() / 1_000
        stats = record.report.statistics
        outcome = record.report.outcome.rawValue
        warnings = record.report.warnings.map { RestoreWarningMessage.message($0).english }
        error = record.report.error.map {
            JSONReport.Failure(code: ErrorMessage.code($0), message: ErrorMessage.text($0, record.options))
        }
    }

    /// The object, on several lines, with a line break at the end.
    func text() throws -> String {
        try JSONReport.text(self)
    }
}

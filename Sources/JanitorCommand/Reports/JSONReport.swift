import FoundationEssentials
import RedisClient
import SessionJanitor

/// The report as one JSON object; its names are promised to scripts.
struct JSONReport: Encodable {
    struct Server: Encodable {
        var address: String
        var version: String?
        var topology: String

        init(_ endpoint: Endpoint, _ server: ServerInfo?) {
            address = endpoint.description
            version = server?.valkeyVersion == nil ? server?.version : server?.name
            topology = server?.primaries == nil ? "standalone" : "cluster"
        }

        enum CodingKeys: CodingKey {
            case address, version, topology
        }

        /// With `null` for a version that is not known, so that the field is always there.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(address, forKey: .address)
            try container.encode(version, forKey: .version)
            try container.encode(topology, forKey: .topology)
        }
    }

    struct Failure: Encodable {
        var code: String
        var message: String
    }

    var tool = Version.tool
    var version = Version.number
    var command: String
    var mode: String
    var server: Server
    var layout: String
    var prefix: String
    var includeExpired: Bool
    var maxAgeDays: Int
    var startedAt: String
    var finishedAt: String
    var durationSeconds: Double
    var stats: CleanupStatistics
    var consistency: String
    var outcome: String
    var warnings: [String]
    var backup: BackupSummary?
    var error: Failure?

    enum CodingKeys: String, CodingKey {
        case tool, version, command, mode, server, layout, prefix
        case includeExpired = "include_expired"
        case maxAgeDays = "max_age_days"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case durationSeconds = "duration_seconds"
        case stats, consistency, outcome, warnings, backup, error
    }

    init(_ record: RunRecord) {
        let cleanup = record.options.cleanup
        command = record.options.command.rawValue
        mode = cleanup.isDryRun ? "dry-run" : "clean"
        server = Server(record.options.endpoint, record.server)
        layout = cleanup.layout.name
        prefix = cleanup.layout.prefix
        includeExpired = cleanup.includesExpired
        maxAgeDays = cleanup.maximumAgeDays
        startedAt = record.started.formatted(.iso8601)
        finishedAt = record.finished.formatted(.iso8601)
        durationSeconds = (record.finished.timeIntervalSince(record.started) * 1_000).rounded() / 1_000
        stats = record.report.statistics
        consistency = record.report.consistency.rawValue
        outcome = record.report.outcome.rawValue
        warnings = record.report.warnings.map { WarningMessage.text($0) }
        backup = record.backup
        if let failure = record.report.error {
            error = Failure(code: ErrorMessage.code(failure), message: ErrorMessage.text(failure, record.options))
        } else if let refusal = record.report.refusal {
            error = Failure(code: "refused", message: RefusalMessage.text(refusal))
        }
    }

    /// The object, on several lines, with a line break at the end.
    func text() throws -> String {
        try JSONReport.text(self)
    }

    static func text(_ object: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(object), as: UTF8.self) + "\n"
    }
}

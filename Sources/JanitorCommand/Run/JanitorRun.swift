import FoundationEssentials
import Glibc
import RedisClient
import SessionJanitor

/// One run from the connection to the finished record; takes the lock for as long as it may write.
struct JanitorRun {
    let options: Options
    let display: RunDisplay

    /// Looks, and cleans unless the options say that this is a dry run.
    func perform() -> RunRecord {
        record(options) { started, checkpoint throws in
            let backup = try options.cleanup.isDryRun ? nil : backup(started)
            let connection = try options.connect(options.cleanup.isDryRun ? .readOnly : .readWrite)
            let replica = try options.replica?.open(for: connection, options)
            try backup?.begin(with: header(connection, started))
            let report = try lock.hold { renew in
                Cleanup(
                    connection, options: options.cleanup, observer: display, replica: replica, backup: backup
                ) {
                    try checkpoint.check()
                    try renew()
                }.run()
            }
            return Outcome(server: connection.server, report: report, backup: backup)
        }
    }

    /// Only looks; returns what would execute what was found.
    func analyse() -> (record: RunRecord, cleanup: Cleanup?) {
        var found: Cleanup?
        var dry = options
        dry.cleanup.isDryRun = true
        let record = record(dry) { _, checkpoint throws in
            let connection = try options.connect(.readOnly)
            let cleanup = Cleanup(
                connection, options: dry.cleanup, observer: display,
                replica: try options.replica?.open(for: connection, options),
                checkpoint: { try checkpoint.check() })
            found = cleanup
            return Outcome(server: connection.server, report: cleanup.run(), backup: nil)
        }
        return (record, found)
    }

    /// Removes what ``analyse()`` has found.
    func execute(_ cleanup: Cleanup) -> RunRecord {
        record(options) { started, checkpoint throws in
            let backup = try backup(started)
            let connection = try options.connect(.readWrite)
            try backup?.begin(with: header(connection, started))
            let report = try lock.hold { renew in
                cleanup.execute(on: connection, backup: backup) {
                    try checkpoint.check()
                    try renew()
                }
            }
            return Outcome(server: connection.server, report: report, backup: backup)
        }
    }

    private var lock: RunLock { RunLock(key: options.cleanup.layout.lockKey, options: options) }

    // MARK: Backup

    /// Before anything else, so that a file that cannot be written stops the run at its beginning.
    private func backup(_ started: Date) throws(BackupError) -> BackupWriter? {
        guard let path = options.backup ?? options.backupFolder.map({ BackupFolder(path: $0).newFile(at: started) })
        else { return nil }
        return try BackupWriter(path: path)
    }

    private func header(_ connection: any RedisPipeline, _ started: Date) -> BackupHeader {
        BackupHeader(
            toolVersion: Version.number, startedAt: started.formatted(.iso8601), connection: connection,
            options: options.cleanup)
    }

    // MARK: Record

    private struct Outcome {
        var server: ServerInfo?
        var report: CleanupReport
        var backup: BackupWriter?
    }

    private func record(_ options: Options, _ work: (Date, Checkpoint) throws -> Outcome) -> RunRecord {
        let started = Date.now
        let checkpoint = Checkpoint(runTime: options.runTime)
        var outcome: Outcome
        do {
            outcome = try work(started, checkpoint)
        } catch {
            outcome = Outcome(server: nil, report: CleanupReport(failed: CleanupError(error)), backup: nil)
        }
        outcome.report.warnings = options.warnings + outcome.report.warnings
        display.clear()
        return RunRecord(
            options: options, server: outcome.server, started: started, finished: .now, report: outcome.report,
            backup: outcome.backup.flatMap(BackupSummary.init))
    }
}

import FoundationEssentials
import RedisClient
import SessionJanitor

/// One restore from the file to the finished record.
struct RestoreRun {
    let options: Options
    let showProgress: (_ fraction: Double) -> Void

    func perform() -> RestoreRecord {
        let started = Date.now
        let checkpoint = Checkpoint(runTime: options.runTime)
        var record = RestoreRecord(
            options: options, started: started, finished: started, report: RestoreReport())
        do {
            let reader = try BackupReader(path: options.restoreFile ?? "")
            record.header = reader.header
            let connection = try options.connect(options.restore.isDryRun ? .readOnly : .readWrite)
            record.server = connection.server
            // A clean-up at the same time would take away again what this puts back.
            let lock = RunLock(key: reader.header.lockKey.bytes, options: options)
            record.report = try lock.hold { renew in
                Restoration(connection, from: reader, options: options.restore, progress: showProgress) {
                    try checkpoint.check()
                    try renew()
                }.run()
            }
        } catch {
            record.report = RestoreReport(failed: CleanupError(error))
        }
        record.report.warnings = options.warnings.map { .general($0) } + record.report.warnings
        record.finished = .now
        return record
    }
}

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
            let connection = try connect(options.restore.isDryRun ? .readOnly : .readWrite)
            record.server = connection.server
            record.report = try withLock(reader.header.lockKey.bytes) { renew in
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

    private func connect(_ mode: AccessMode) throws(RedisError) -> any RedisConversation {
        try Redis.connect(to: options.endpoint, mode: mode, timeout: options.timeout)
    }

    /// A clean-up at the same time would take away again what this puts back.
    private func withLock(
        _ key: [UInt8], _ work: (@escaping () throws -> Void) -> RestoreReport
    ) throws -> RestoreReport {
        guard options.takesLock else { return work {} }
        var (report, isLocked, failure) = try RunLock(key: key) { try connect(.readWrite) }.hold(work)
        if !isLocked { report.warnings.append(.unlocked) }
        if let failure, report.error == nil {
            report.outcome = .failed
            report.error = .redis(failure)
        }
        return report
    }
}

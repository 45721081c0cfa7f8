import FoundationEssentials
import RedisClient
import SessionJanitor

/// One run from the connection to the finished record; takes the lock for as long as it may write.
struct JanitorRun {
    let options: Options
    let display: RunDisplay
    /// What `apply` may remove.
    var selection: Selection?

    /// Looks, and cleans unless the options say that this is a dry run.
    func perform() -> RunRecord {
        record(options) { started, checkpoint throws in
            var named: [AffectedUser] = []
            let backup = try options.cleanup.isDryRun ? nil : backup(started)
            let connection = try options.connect(options.cleanup.isDryRun ? .readOnly : .readWrite)
            let replica = try options.replica?.open(for: connection, options)
            try backup?.begin(with: header(connection, started))
            let report = try lock.hold(checkpoint) { check in
                let cleanup = Cleanup(
                    connection, options: options.cleanup, observer: display, replica: replica, backup: backup,
                    selection: selection, checkpoint: check)
                var report = cleanup.run()
                if let plan = cleanup.plan {
                    named = users(of: plan)
                    if let failure = write(plan, connection, started) { report.fail(failure) }
                }
                return report
            }
            return (connection.server, report, backup, named)
        }
    }

    /// Only looks; returns what would execute what was found.
    func analyse() -> (record: RunRecord, cleanup: Cleanup?) {
        var found: Cleanup?
        var dry = options
        dry.cleanup.isDryRun = true
        let record = record(dry) { _, checkpoint throws in
            let connection = try options.connect(.readOnly)
            let replica = try options.replica?.open(for: connection, options)
            let cleanup = Cleanup(
                connection, options: dry.cleanup, observer: display, replica: replica, selection: selection,
                checkpoint: checkpoint.check)
            found = cleanup
            let report = cleanup.run()
            return (connection.server, report, nil, cleanup.plan.map(users) ?? [])
        }
        return (record, found)
    }

    /// Removes what ``analyse()`` has found.
    func execute(_ cleanup: Cleanup) -> RunRecord {
        record(options) { started, checkpoint throws in
            let backup = try backup(started)
            let connection = try options.connect(.readWrite)
            try backup?.begin(with: header(connection, started))
            let report = try lock.hold(checkpoint) { check in
                cleanup.execute(on: connection, backup: backup, checkpoint: check)
            }
            return (connection.server, report, backup, cleanup.plan.map(users) ?? [])
        }
    }

    private var lock: RunLock { RunLock(key: options.cleanup.layout.lockKey, options: options) }

    // MARK: Plan

    /// Writes down what a dry run has found; returns what failed.
    private func write(_ plan: CleanupPlan, _ connection: any RedisPipeline, _ started: Date) -> CleanupError? {
        do {
            if let path = options.plan {
                let header = PlanHeader(
                    toolVersion: Version.number, startedAt: started.formatted(.iso8601), connection: connection,
                    options: options.plannedWords)
                try plan.write(to: path, header, options.cleanup.layout)
            }
            if let path = options.planUsers { try plan.writeUsers(to: path, options.cleanup.layout) }
            return nil
        } catch {
            return CleanupError(error)
        }
    }

    /// The users that the report names.
    private func users(of plan: CleanupPlan) -> [AffectedUser] {
        guard options.namedUsers > 0 else { return [] }
        return Array(plan.affectedUsers(options.cleanup.layout).prefix(options.namedUsers))
    }

    // MARK: Backup

    /// Comes first, so that a file that cannot be written stops the run at once.
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

    private typealias Outcome = (
        server: ServerInfo?, report: CleanupReport, backup: BackupWriter?, users: [AffectedUser]
    )

    private func record(_ options: Options, _ work: (Date, Checkpoint) throws -> Outcome) -> RunRecord {
        let started = Date.now
        var outcome: Outcome
        do {
            outcome = try work(started, Checkpoint(runTime: options.runTime))
        } catch {
            outcome = (nil, CleanupReport(failed: CleanupError(error)), nil, [])
        }
        outcome.report.warnings = options.warnings + outcome.report.warnings
        display.clear()
        return RunRecord(
            options: options, server: outcome.server, started: started, finished: .now, report: outcome.report,
            backup: outcome.backup.flatMap(BackupSummary.init), users: outcome.users)
    }
}

/// One restore from the file to the finished record.
struct RestoreRun {
    let options: Options
    let display: RunDisplay

    func perform() -> RestoreRecord {
        let started = Date.now
        let checkpoint = Checkpoint(runTime: options.runTime)
        var record = RestoreRecord(
            options: options, started: started, finished: started, report: RestoreReport())
        do {
            let reader = try BackupReader(path: options.file ?? "")
            record.header = reader.header
            let connection = try options.connect(options.restore.isDryRun ? .readOnly : .readWrite)
            record.server = connection.server
            // A clean-up at the same time would remove again what this puts back.
            let lock = RunLock(key: reader.header.lockKey.bytes, options: options)
            record.report = try lock.hold(checkpoint) { check in
                Restoration(
                    connection, from: reader, options: options.restore,
                    progress: { display.progress(.restore, done: Int(clamping: $0 * 100), total: 100) },
                    restored: display.wantsRemovals ? display.restored : nil, checkpoint: check
                ).run()
            }
        } catch {
            record.report = RestoreReport(failed: CleanupError(error))
        }
        record.report.warnings = options.warnings.map { .general($0) } + record.report.warnings
        record.finished = .now
        return record
    }
}

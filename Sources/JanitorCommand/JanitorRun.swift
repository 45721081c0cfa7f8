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
        record(options) { () throws in
            let connection = try connect(options.cleanup.isDryRun ? .readOnly : .readWrite)
            let report = try withLock { checkpoint in
                Cleanup(connection, options: options.cleanup, observer: display, checkpoint: checkpoint).run()
            }
            return (connection, report)
        }
    }

    /// Only looks; returns what would execute what was found.
    func analyse() -> (record: RunRecord, cleanup: Cleanup?) {
        var found: Cleanup?
        var dry = options
        dry.cleanup.isDryRun = true
        let record = record(dry) { () throws in
            let connection = try connect(.readOnly)
            let cleanup = Cleanup(connection, options: dry.cleanup, observer: display)
            found = cleanup
            return (connection, cleanup.run())
        }
        return (record, found)
    }

    /// Removes what ``analyse()`` has found.
    func execute(_ cleanup: Cleanup) -> RunRecord {
        record(options) { () throws in
            let connection = try connect(.readWrite)
            return (connection, try withLock { cleanup.execute(on: connection, checkpoint: $0) })
        }
    }

    private func connect(_ mode: AccessMode) throws(RedisError) -> RedisConnection {
        try RedisConnection(to: options.endpoint, mode: mode, timeout: options.timeout)
    }

    /// The lock has a connection of its own: on the other one there may be replies on their way.
    private func withLock(_ work: (@escaping () throws -> Void) -> CleanupReport) throws -> CleanupReport {
        guard options.takesLock else { return work {} }
        let holder = LockHolder(host: JanitorRun.hostName, pid: getpid(), since: Date.now.formatted(.iso8601))
        let lock: JanitorLock
        do {
            lock = try JanitorLock.take(layout: options.cleanup.layout, holder: holder) { try connect(.readWrite) }
        } catch let error as RedisError where error.serverCode == "OOM" {
            // The emergency that a purge is for. Two runs at a time waste work, and do no harm.
            var report = work {}
            report.warnings.append(.unlocked)
            return report
        }
        defer { lock.release() }
        return work { try lock.renewIfDue() }
    }

    private func record(
        _ options: Options, _ work: () throws -> (RedisConnection, CleanupReport)
    ) -> RunRecord {
        let started = Date.now
        var server: ServerInfo?
        let report: CleanupReport
        do {
            let (connection, finished) = try work()
            server = connection.server
            report = finished
        } catch {
            report = CleanupReport(failed: CleanupError(error))
        }
        display.clear()
        return RunRecord(options: options, server: server, started: started, finished: .now, report: report)
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

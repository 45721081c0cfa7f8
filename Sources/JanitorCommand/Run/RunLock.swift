import FoundationEssentials
import Glibc
import RedisClient
import SessionJanitor

/// Keeps other runs away while one works.
struct RunLock {
    let key: [UInt8]
    let options: Options

    /// Works under the lock, if the options want one; `work` asks between batches whether to go on. What was wrong with the
    /// lock is in the report.
    func hold<Report: RunReport>(
        _ checkpoint: Checkpoint, _ work: (_ check: @escaping () throws -> Void) -> Report
    ) throws -> Report {
        guard options.takesLock else { return work(checkpoint.check) }
        let holder = LockHolder(
            host: ProcessInfo.processInfo.hostName, pid: getpid(), since: Date.now.formatted(.iso8601))
        let lock: JanitorLock
        do {
            // The lock has a connection of its own: the one for the work may have replies on their way.
            lock = try JanitorLock.take(key: key, holder: holder) { try options.connect(.readWrite) }
        } catch let error as RedisError where error.serverCode == "OOM" {
            // The server's memory is full. A purge is meant for that emergency, and two runs at a time waste work but do
            // no harm.
            var report = work(checkpoint.check)
            report.noteUnlocked()
            return report
        }
        var report = work {
            try checkpoint.check()
            try lock.renewIfDue()
        }
        // Without the right to release the lock, every run would block the next one until its lock expires, and nobody
        // would know why.
        if let failure = lock.release(), report.error == nil {
            report.outcome = .failed
            report.error = .redis(failure)
        }
        return report
    }
}

/// Decides between two batches whether to go on.
struct Checkpoint {
    private let deadline: ContinuousClock.Instant?

    /// The run time starts now.
    init(runTime: Duration?) {
        deadline = runTime.map { .now + $0 }
    }

    func check() throws {
        if let signal = Interruption.signal { throw RunStop.signal(signal) }
        if let deadline, .now >= deadline { throw RunStop.timeIsUp }
    }
}

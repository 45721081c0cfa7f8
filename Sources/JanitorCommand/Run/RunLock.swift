import FoundationEssentials
import Glibc
import RedisClient
import SessionJanitor

/// Keeps other runs away while one works.
struct RunLock {
    let key: [UInt8]
    let options: Options

    /// Works under the lock, if the options want one; what was wrong with it is in the report.
    func hold<Report: RunReport>(_ work: (_ renew: @escaping () throws -> Void) -> Report) throws -> Report {
        guard options.takesLock else { return work {} }
        var (report, isLocked, failure) = try take(work)
        if !isLocked { report.noteUnlocked() }
        if let failure, report.error == nil {
            report.outcome = .failed
            report.error = .redis(failure)
        }
        return report
    }

    /// Works while the lock is held; `renew` is to be called between batches. Without a lock, and says so, if the
    /// server's memory is full: that is the emergency which a purge is for, and two runs at a time waste work and do no
    /// harm.
    ///
    /// `failure` is the right that was missing to give the lock back: every run would block the next one until its lock
    /// ends by itself, and nobody would know why.
    private func take<Report>(
        _ work: (_ renew: @escaping () throws -> Void) -> Report
    ) throws -> (report: Report, isLocked: Bool, failure: RedisError?) {
        let holder = LockHolder(host: RunLock.hostName, pid: getpid(), since: Date.now.formatted(.iso8601))
        let lock: JanitorLock
        do {
            // On a connection of its own: on the one for the work there may be replies on their way.
            lock = try JanitorLock.take(key: key, holder: holder) { try options.connect(.readWrite) }
        } catch let error as RedisError where error.serverCode == "OOM" {
            return (work {}, false, nil)
        }
        let report = work { try lock.renewIfDue() }
        return (report, true, lock.release())
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

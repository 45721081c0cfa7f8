import FoundationEssentials
import Glibc
import RedisClient
import SessionJanitor

/// Keeps other runs away while one works.
struct RunLock {
    let key: [UInt8]
    /// Opens a connection for the lock alone: on the one for the work there may be replies on their way.
    let connect: () throws -> any RedisConversation

    /// Works while the lock is held; `renew` is to be called between batches. Without a lock, and says so, if the
    /// server's memory is full: that is the emergency which a purge is for, and two runs at a time waste work and do no
    /// harm.
    ///
    /// `failure` is the right that was missing to give the lock back: every run would block the next one until its lock
    /// ends by itself, and nobody would know why.
    func hold<Result>(
        _ work: (_ renew: @escaping () throws -> Void) throws -> Result
    ) throws -> (result: Result, isLocked: Bool, failure: RedisError?) {
        let holder = LockHolder(host: RunLock.hostName, pid: getpid(), since: Date.now.formatted(.iso8601))
        let lock: JanitorLock
        do {
            lock = try JanitorLock.take(key: key, holder: holder, connect: connect)
        } catch let error as RedisError where error.serverCode == "OOM" {
            return (try work {}, false, nil)
        }
        let result: Result
        do {
            result = try work { try lock.renewIfDue() }
        } catch {
            lock.release()
            throw error
        }
        return (result, true, lock.release())
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

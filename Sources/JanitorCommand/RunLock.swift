import FoundationEssentials
import Glibc
import RedisClient
import SessionJanitor

/// Keeps other runs away while one works.
struct RunLock {
    let key: [UInt8]
    /// Opens a connection for the lock alone: on the one for the work there may be replies on their way.
    let connect: () throws -> RedisConnection

    /// Works while the lock is held; `renew` is to be called between batches. Without a lock, and says so, if the
    /// server's memory is full: that is the emergency which a purge is for, and two runs at a time waste work and do no
    /// harm.
    func hold<Result>(_ work: (_ renew: @escaping () throws -> Void) throws -> Result) throws -> (Result, Bool) {
        let holder = LockHolder(host: RunLock.hostName, pid: getpid(), since: Date.now.formatted(.iso8601))
        let lock: JanitorLock
        do {
            lock = try JanitorLock.take(key: key, holder: holder, connect: connect)
        } catch let error as RedisError where error.serverCode == "OOM" {
            return (try work {}, false)
        }
        defer { lock.release() }
        return (try work { try lock.renewIfDue() }, true)
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

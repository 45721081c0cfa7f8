public import RedisClient

/// What ended a run before its time.
public enum CleanupError: Error, Equatable, Sendable {
    case redis(RedisError)
    case lock(LockError)
    case backup(BackupError)
    /// A key is of two kinds by the templates of the layout.
    case ambiguousKey([UInt8], String, String)
    /// Nothing tells when a session was last used: the server's eviction policy counts how often, not when.
    case idleTimesUnknown(policy: String)
    /// Anything else, in its own words.
    case other(String)

    public init(_ error: any Error) {
        switch error {
        case let error as CleanupError: self = error
        case let error as RedisError: self = .redis(error)
        case let error as LockError: self = .lock(error)
        case let error as BackupError: self = .backup(error)
        default: self = .other(String(describing: error))
        }
    }
}

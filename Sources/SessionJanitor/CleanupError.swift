public import RedisClient

/// What ended a run before its time.
public enum CleanupError: Error, Equatable, Sendable {
    case redis(RedisError)
    case lock(LockError)
    case backup(BackupError)
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

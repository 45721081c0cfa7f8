/// Why a run may not go on cleaning; the holder is nil where the lock's value is not one of ours.
public enum LockError: Error, Equatable, Sendable {
    /// Another run holds the lock.
    case held(by: LockHolder?)
    /// The lock ran out while this run was held up, and may be another one's now.
    case lost(to: LockHolder?)
}

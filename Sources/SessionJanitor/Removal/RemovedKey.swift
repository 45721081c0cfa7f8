/// What kind of key goes, and why; entries of index keys aside.
public enum RemovedKey: Equatable, Sendable {
    /// An expired session, or one that was not used for too long.
    case session(isIdle: Bool)
    case dependent(DependentKind, RemovalReason)
}

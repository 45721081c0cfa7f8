/// The kinds of keys that depend on sessions.
public enum DependentKind: UInt8, CaseIterable, Sendable {
    case pointer, companion, presence
}

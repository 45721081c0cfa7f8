/// The stages of a run, in order.
public enum CleanupPhase: String, CaseIterable, Sendable {
    /// Walking the keyspace.
    case census
    /// Reading the index keys.
    case survey
    /// Waiting out the grace time, and asking for the missing sessions once more.
    case secondLook
    case removal
    /// Putting a backup back; a command of its own.
    case restore
}

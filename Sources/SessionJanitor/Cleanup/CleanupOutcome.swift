/// How a run ended.
public enum CleanupOutcome: String, CaseIterable, Sendable {
    case completed
    /// Some keys could not be processed.
    case partial
    /// A safety check refused; nothing was removed.
    case refused
    /// Stopped between two batches, by a signal or the end of its time.
    case interrupted
    case failed
}

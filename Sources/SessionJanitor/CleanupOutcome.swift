/// How a run ended.
public enum CleanupOutcome: String, CaseIterable, Sendable {
    case completed
    /// Some keys could not be processed.
    case partial
    /// A safety check refused; nothing was removed.
    case refused
    case failed
}

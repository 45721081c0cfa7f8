import SessionJanitor

/// The process's exit status; scripts rely on the numbers.
public enum ExitStatus: Int32, Sendable {
    case done = 0
    case failed = 1
    /// Usage or configuration; nothing was sent to a server.
    case usage = 2
    /// Some keys could not be processed.
    case partial = 3
    /// A safety check refused; nothing was removed.
    case refused = 4

    init(_ outcome: CleanupOutcome) {
        switch outcome {
        case .completed: self = .done
        case .partial: self = .partial
        case .refused: self = .refused
        case .failed: self = .failed
        }
    }
}

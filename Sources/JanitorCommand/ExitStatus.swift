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
    /// Another run holds the lock.
    case locked = 5

    init(_ report: CleanupReport) {
        if case .lock = report.error {
            self = .locked
            return
        }
        switch report.outcome {
        case .completed: self = .done
        case .partial: self = .partial
        case .refused: self = .refused
        case .failed: self = .failed
        }
    }
}

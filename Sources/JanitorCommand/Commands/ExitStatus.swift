import Glibc
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
    /// Stopped by SIGINT, as a shell says it.
    case interrupted = 130
    /// Stopped by SIGTERM, or by SIGHUP, which is treated as that.
    case terminated = 143

    init(_ report: some RunReport) {
        if case .lock = report.error {
            self = .locked
            return
        }
        switch report.outcome {
        case .completed: self = .done
        case .partial: self = .partial
        case .refused: self = .refused
        case .failed: self = .failed
        case .interrupted:
            switch report.stop {
            case .signal(let number): self.init(signal: number)
            // The time was granted, and used.
            case .timeIsUp, nil: self = .done
            }
        }
    }

    init(signal: Int32) {
        self = signal == SIGINT ? .interrupted : .terminated
    }
}

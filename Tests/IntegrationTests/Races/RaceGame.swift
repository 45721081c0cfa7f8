import Foundation
import Synchronization
import TestSupport

/// An application at play while others, each on a thread of its own, get in its way.
final class RaceGame: Sendable {
    private let played = Mutex(0)
    private let running = Mutex(0)
    private let failure = Mutex<String?>(nil)
    private let tally: RaceTally

    init(_ tally: RaceTally) {
        self.tally = tally
    }

    /// How often the application has done something so far; the most there can be once it has stopped.
    var operations: Int { played.withLock { $0 } }

    /// Whether enough has gone wrong.
    var isGivenUp: Bool { failure.withLock { $0 != nil } || tally.complaints.count >= 10 }

    private var isOver: Bool { running.withLock { $0 } == 0 }

    /// Starts one of the others; the game goes on until all of them have ended.
    func start(_ other: @escaping @Sendable (RaceGame) throws -> Void) {
        running.withLock { $0 += 1 }
        Thread.detachNewThread { [self] in
            do {
                try other(self)
            } catch {
                failure.withLock { $0 = $0 ?? "\(error)" }
            }
            running.withLock { $0 -= 1 }
        }
    }

    /// The application plays on this thread, for at least so many operations.
    func play(_ application: RaceApplication, operations least: Int) throws {
        // If it is the application that ends the game, the others are not to wait for more operations.
        defer { played.withLock { $0 = .max } }
        try application.play { operations in
            played.withLock { $0 = operations }
            guard operations >= least || isGivenUp else { return false }
            // The others need the machine more.
            Deadline.pause(.microseconds(500))
            return isOver
        }
        played.withLock { $0 = .max }
        try Deadline.wait(for: "the end of the last run", within: .seconds(600)) { isOver }
        if let failure = failure.withLock({ $0 }) { throw SupportError(failure) }
    }
}

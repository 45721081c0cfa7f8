import Glibc

/// A moment by which something has to have happened.
public struct Deadline: Sendable {
    private let end: ContinuousClock.Instant

    public init(in duration: Duration) {
        end = .now + duration
    }

    public var hasPassed: Bool { ContinuousClock.now >= end }

    /// What is left of the time, at least nothing.
    public var remaining: Duration { max(end - .now, .zero) }

    /// Lets some time pass, for what is about time itself.
    public static func pause(_ duration: Duration) {
        usleep(UInt32(max(duration / .microseconds(1), 0)))
    }

    /// Asks again and again, a millisecond apart, until `condition` holds; throws when the time is over.
    public static func wait(
        for what: String, within duration: Duration = .seconds(30), until condition: () throws -> Bool
    ) throws {
        let deadline = Deadline(in: duration)
        while try !condition() {
            guard !deadline.hasPassed else { throw SupportError("\(what) did not happen within \(duration)") }
            usleep(1_000)
        }
    }
}

/// Why a run ends before its work is done, though nothing is wrong; thrown by its checkpoint, between batches.
public enum RunStop: Error, Equatable, Sendable {
    /// The number of the signal.
    case signal(Int32)
    /// The time granted is over.
    case timeIsUp
}

/// What came of restoring a backup.
public struct RestoreReport: RunReport, Sendable {
    public enum Warning: Equatable, Sendable {
        /// The last line has no end: the run stopped while it wrote it, before the removal that it was to cover.
        case cutOff
        case damaged(lines: Int)
        /// No run on the header's layout has written them.
        case foreign(lines: Int)
        /// `example` is the first that the server would not take, in its words.
        case rejected(Int, example: String)
        case entriesWithoutSession(Int)
        /// The server's memory is full, so no lock was taken.
        case unlocked
        /// One that any run may have.
        case general(CleanupWarning)
    }

    public var statistics = RestoreStatistics()
    public var outcome = CleanupOutcome.completed
    public var warnings: [Warning] = []
    /// Set when the outcome is `interrupted`.
    public var stop: RunStop?
    /// Set when the outcome is `failed` or `refused`.
    public var error: CleanupError?

    public init() {}

    /// The report of a restore that never began.
    public init(failed error: CleanupError) {
        self.error = error
        if case .backup(.madeElsewhere) = error { outcome = .refused } else { outcome = .failed }
    }

    public mutating func noteUnlocked() {
        warnings.append(.unlocked)
    }
}

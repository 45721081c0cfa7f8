public struct CleanupReport: EndedRun, Sendable {
    public var statistics: CleanupStatistics
    public var consistency: Consistency
    /// Orphaned entries that are still there.
    public var remainingEntries: Int
    /// Expired sessions that a clean-up was to remove, and did not.
    public var remainingSessions = 0
    /// Whether everything was looked at; else the numbers are of what was seen until the end.
    public var isPlanMade = false
    public var outcome: CleanupOutcome
    public var warnings: [CleanupWarning]
    /// Set when the outcome is `refused`.
    public var refusal: Refusal?
    /// Set when the outcome is `interrupted`.
    public var stop: RunStop?
    /// Set when the outcome is `failed`.
    public var error: CleanupError?
}

extension CleanupReport {
    /// The report of a run that never began: no connection, or another run holds the lock.
    public init(failed error: CleanupError) {
        self.init(
            statistics: CleanupStatistics(), consistency: .unknown, remainingEntries: 0, outcome: .failed,
            warnings: [], error: error)
    }

    public mutating func noteUnlocked() {
        warnings.append(.unlocked)
    }
}

public struct CleanupReport: Sendable {
    public var statistics: CleanupStatistics
    public var consistency: Consistency
    /// Orphaned entries that are still there.
    public var remainingEntries: Int
    public var outcome: CleanupOutcome
    public var warnings: [CleanupWarning]
    /// Set when the outcome is `refused`.
    public var refusal: Refusal?
    /// Set when the outcome is `failed`.
    public var error: CleanupError?
}

extension CleanupReport {
    /// The report of a run that never began: no connection, or another run holds the lock.
    public init(failed error: CleanupError) {
        self.init(
            statistics: CleanupStatistics(), consistency: .needsRepair, remainingEntries: 0, outcome: .failed,
            warnings: [], error: error)
    }
}

public struct CleanupReport: RunReport, Sendable {
    public var statistics: CleanupStatistics
    public var consistency: Consistency
    /// What a run that was stopped has left; nil if it had not looked at everything by then.
    public var left: LeftOver?
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
    /// Whether the run found keys, and none that it knows.
    public var missesItsKeys: Bool {
        warnings.contains { if case .nothingMatches(_, let others?) = $0 { others > 0 } else { false } }
    }

    /// The report of a run that never began: no connection, or another run holds the lock.
    public init(failed error: CleanupError) {
        self.init(
            statistics: CleanupStatistics(completed: []), consistency: .unknown, outcome: .failed, warnings: [],
            error: error)
    }

    public mutating func noteUnlocked() {
        warnings.append(.unlocked)
    }
}

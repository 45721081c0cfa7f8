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
            statistics: CleanupStatistics(completed: []), consistency: .unknown,
            outcome: error.isRefusal ? .refused : .failed, warnings: [], error: error)
    }

    public var hasChangedData: Bool { statistics.changes > 0 }

    public mutating func noteUnlocked() {
        warnings.append(.unlocked)
    }

    /// Says that the run failed after all.
    public mutating func fail(_ error: CleanupError) {
        outcome = .failed
        self.error = self.error ?? error
    }
}

/// How a clean-up or a restore ended, as its report tells.
public protocol RunReport {
    var outcome: CleanupOutcome { get set }
    /// Set when the outcome is `interrupted`.
    var stop: RunStop? { get }
    /// Set when the outcome is `failed`, or when something other than a safety check refused.
    var error: CleanupError? { get set }

    /// Whether anything was removed, changed or put back.
    var hasChangedData: Bool { get }

    /// Says that the run went on without a lock, as the server's memory is full.
    mutating func noteUnlocked()
}

/// How a run ended.
public enum CleanupOutcome: String, CaseIterable, Sendable {
    case completed
    /// Some keys could not be processed.
    case partial
    /// A safety check refused; nothing was removed.
    case refused
    /// Stopped between two batches, by a signal or the end of its time.
    case interrupted
    case failed
}

/// What the run says of the data.
public enum Consistency: String, Sendable {
    /// No orphaned entry was found.
    case good
    /// All that were found were removed.
    case repaired
    /// Some were left.
    case needsRepair = "needs_repair"
    /// Nothing that would tell was seen, or not all of it.
    case unknown
}

/// What a run that was stopped has left for the next one.
public struct LeftOver: Equatable, Sendable {
    /// Entries without a session, and how many of them lost it to this run.
    public var entries: Int
    public var entriesOfRemovedSessions = 0
    /// Expired and idle sessions.
    public var sessions = 0
    /// Pointers, companions and presence keys.
    public var dependents = 0
    /// Keys that were to get a TTL.
    public var ttls = 0
}

/// Why a run ends before its work is done, though nothing is wrong; thrown by its checkpoint, between batches.
public enum RunStop: Error, Equatable, Sendable {
    /// The number of the signal.
    case signal(Int32)
    /// The time granted is over.
    case timeIsUp
}

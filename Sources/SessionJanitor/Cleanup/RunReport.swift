/// How a clean-up or a restore ended, as its report tells.
public protocol RunReport {
    var outcome: CleanupOutcome { get set }
    /// Set when the outcome is `interrupted`.
    var stop: RunStop? { get }
    /// Set when the outcome is `failed`, or when something other than a safety check refused.
    var error: CleanupError? { get set }

    /// Says that the run went on without a lock, as the server's memory is full.
    mutating func noteUnlocked()
}

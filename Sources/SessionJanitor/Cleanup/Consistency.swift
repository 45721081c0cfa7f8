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

/// What the run says of the data.
public enum Consistency: String, Sendable {
    /// No orphaned entry was found.
    case good
    /// All that were found were removed.
    case repaired
    case needsRepair = "needs_repair"
}

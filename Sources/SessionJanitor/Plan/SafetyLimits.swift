/// What a run may remove at most without being told that it is meant.
public struct SafetyLimits: Equatable, Sendable {
    public enum MaximumRemovals: Equatable, Sendable {
        case count(Int)
        /// Of the entries and sessions that were found.
        case percent(Double)
    }

    public var maximumRemovals: MaximumRemovals?
    public var allowsNoLiveSessions: Bool

    public init(maximumRemovals: MaximumRemovals? = nil, allowsNoLiveSessions: Bool = false) {
        self.maximumRemovals = maximumRemovals
        self.allowsNoLiveSessions = allowsNoLiveSessions
    }
}

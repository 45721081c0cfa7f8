/// Refuses results that are implausible: pure, over the numbers of a plan.
public struct SafetyCheck: Sendable {
    /// So few may go without a second thought.
    static let unsuspicious = 100

    public var limits: SafetyLimits

    public init(limits: SafetyLimits) {
        self.limits = limits
    }

    /// `entriesRead` and `sessionsFound` are all there are; the others are what would go.
    public func refusal(
        entriesRead: Int, sessionsFound: Int, entriesToRemove: Int, sessionsToRemove: Int
    ) -> Refusal? {
        if !limits.allowsNoLiveSessions {
            if sessionsFound == 0, entriesToRemove > SafetyCheck.unsuspicious {
                return .noSessionExists(entries: entriesToRemove)
            }
            if sessionsFound > SafetyCheck.unsuspicious, sessionsToRemove >= sessionsFound {
                return .noSessionWouldRemain(sessions: sessionsFound)
            }
        }
        guard let maximum = limits.maximumRemovals else { return nil }
        let removals = entriesToRemove + sessionsToRemove
        let isTooMuch =
            switch maximum {
            case .count(let count): removals > count
            case .percent(let percent): Double(removals) * 100 > percent * Double(entriesRead + sessionsFound)
            }
        guard isTooMuch else { return nil }
        return .tooManyRemovals(entries: entriesToRemove, sessions: sessionsToRemove, limit: maximum)
    }
}

/// Refuses results that are implausible: pure, over the numbers of a plan.
public struct SafetyCheck: Sendable {
    /// So few may go without a second thought.
    static let unsuspicious = 100

    public var limits: SafetyLimits

    public init(limits: SafetyLimits) {
        self.limits = limits
    }

    /// `entriesRead` and `sessionsFound` are all there are, `sessionsWithoutVerdict` those among them that are undated or
    /// unreadable; the others are what would go or change.
    public func refusal(
        entriesRead: Int, sessionsFound: Int, sessionsWithoutVerdict: Int = 0, entriesToRemove: Int,
        sessionsToRemove: Int, ttlsToSet: Int = 0
    ) -> Refusal? {
        if !limits.allowsNoLiveSessions {
            if sessionsFound == 0, entriesToRemove > SafetyCheck.unsuspicious {
                return .noSessionExists(entries: entriesToRemove)
            }
            // What is kept for want of a date proves nothing: a wrong clock would not touch it either.
            if sessionsFound > SafetyCheck.unsuspicious, sessionsToRemove > 0,
                sessionsToRemove + sessionsWithoutVerdict >= sessionsFound
            {
                return .noSessionWouldRemain(sessions: sessionsToRemove)
            }
        }
        guard let maximum = limits.maximumRemovals else { return nil }
        let removals = entriesToRemove + sessionsToRemove + ttlsToSet
        let isTooMuch =
            switch maximum {
            case .count(let count): removals > count
            // A share that is written as 2.3 is a little less in binary; exactly that many must still pass.
            case .percent(let percent):
                Double(removals) * 100 > percent * Double(entriesRead + sessionsFound) * (1 + 1e-12)
            }
        guard isTooMuch else { return nil }
        return .tooManyRemovals(
            entries: entriesToRemove, sessions: sessionsToRemove, ttls: ttlsToSet, limit: maximum)
    }
}

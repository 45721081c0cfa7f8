/// Refuses results that are implausible: pure, over the numbers of a plan.
public struct SafetyCheck: Sendable {
    /// So few may go without a second thought.
    static let unsuspicious = 100

    /// What a run has found, and what would go or change of it.
    public struct Numbers: Sendable {
        public var entriesRead = 0
        public var dependentsRead = 0
        public var sessionsFound = 0
        /// Those of them that are undated or unreadable.
        public var sessionsWithoutVerdict = 0
        /// Keys that no template matches; nil where that cannot be told.
        public var otherKeys: Int?
        /// The templates by which nothing names a session that exists, with what would go of each.
        public var namingNone: [(template: NamingTemplate, removals: Int)] = []

        public var entriesToRemove = 0
        public var dependentsToRemove = 0
        public var sessionsToRemove = 0
        public var ttlsToSet = 0

        public init() {}
    }

    public var limits: SafetyLimits

    public init(limits: SafetyLimits) {
        self.limits = limits
    }

    public func refusal(_ numbers: Numbers) -> Refusal? {
        if !limits.allowsNoLiveSessions, let refusal = implausibility(numbers) { return refusal }
        guard let maximum = limits.maximumRemovals else { return nil }
        let removals =
            numbers.entriesToRemove + numbers.dependentsToRemove + numbers.sessionsToRemove + numbers.ttlsToSet
        let checked = numbers.entriesRead + numbers.dependentsRead + numbers.sessionsFound
        let isTooMuch =
            switch maximum {
            case .count(let count): removals > count
            // A share that is written as 2.3 is a little less in binary; exactly that many must still pass.
            case .percent(let percent): Double(removals) * 100 > percent * Double(checked) * (1 + 1e-12)
            }
        guard isTooMuch else { return nil }
        return .tooManyRemovals(
            entries: numbers.entriesToRemove, sessions: numbers.sessionsToRemove,
            dependents: numbers.dependentsToRemove, ttls: numbers.ttlsToSet, checked: checked, limit: maximum)
    }

    private func implausibility(_ numbers: Numbers) -> Refusal? {
        let orphans = numbers.entriesToRemove + numbers.dependentsToRemove
        let others = numbers.otherKeys ?? 0
        if numbers.sessionsFound == 0, orphans > (others > 0 ? 0 : SafetyCheck.unsuspicious) {
            return .noSessionExists(
                entries: numbers.entriesToRemove, dependents: numbers.dependentsToRemove, otherKeys: others)
        }
        if numbers.sessionsFound > 0, let odd = numbers.namingNone.first(where: { $0.removals > 0 }) {
            return .noSessionNamed(odd.template, removals: odd.removals)
        }
        // What is kept for want of a date proves nothing: a wrong clock would not touch it either.
        if numbers.sessionsFound > SafetyCheck.unsuspicious, numbers.sessionsToRemove > 0,
            numbers.sessionsToRemove + numbers.sessionsWithoutVerdict >= numbers.sessionsFound
        {
            return .noSessionWouldRemain(sessions: numbers.sessionsToRemove)
        }
        return nil
    }
}

/// Why a run removes nothing.
public enum Refusal: Equatable, Sendable {
    /// No session key exists, yet these would be removed, and so many other keys match no template: this usually means a wrong
    /// database, prefix or template.
    case noSessionExists(entries: Int, dependents: Int = 0, otherKeys: Int = 0)
    /// Sessions exist, and nothing that should name them by this template does: this usually means another form of the ids.
    case noSessionNamed(NamingTemplate, removals: Int)
    /// `sessions` sessions are expired, and no other is live: this usually means a wrong age or clock.
    case noSessionWouldRemain(sessions: Int)
    /// A cluster keeps `sessions` expired sessions in other slots than the scores by which they would be removed.
    case scoresApart(sessions: Int)
    /// The clock of one of a cluster's nodes is ahead of another's, by more than `--max-skew` allows.
    case clocksApart(behind: String, ahead: String, seconds: Double, limit: Duration)
    /// More would be removed or changed than `--max-removals` allows; `checked` is what a share is of.
    case tooManyRemovals(
        entries: Int, sessions: Int, dependents: Int = 0, ttls: Int = 0, checked: Int = 0,
        limit: SafetyLimits.MaximumRemovals)
}

/// A kind of key that names sessions.
public enum NamingTemplate: Equatable, Sendable {
    case entries(KeyTemplate)
    case pointers(PointerKey)
}

/// What a run may remove at most without being told that it is meant.
public struct SafetyLimits: Equatable, Sendable {
    public enum MaximumRemovals: Equatable, Sendable {
        case count(Int)
        /// Of everything that was checked.
        case percent(Double)
    }

    public var maximumRemovals: MaximumRemovals?
    public var allowsNoLiveSessions = false
}

/// Refuses results that are implausible: pure, over the numbers of a plan.
struct SafetyCheck {
    /// So few may go without a second thought.
    static let unsuspicious = 100

    /// What a run has found, and what would go or change of it.
    struct Numbers {
        var entriesRead = 0
        var dependentsRead = 0
        var sessionsFound = 0
        /// Those of them that are undated or unreadable.
        var sessionsWithoutVerdict = 0
        /// Keys that no template matches; nil where that cannot be told.
        var otherKeys: Int?
        /// The templates by which nothing names a session that exists, with what would go of each.
        var namingNone: [(template: NamingTemplate, removals: Int)] = []

        var entriesToRemove = 0
        var dependentsToRemove = 0
        var sessionsToRemove = 0
        var ttlsToSet = 0
    }

    var limits: SafetyLimits

    func refusal(_ numbers: Numbers) -> Refusal? {
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

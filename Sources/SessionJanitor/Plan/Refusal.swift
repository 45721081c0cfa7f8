/// Why a run removes nothing.
public enum Refusal: Equatable, Sendable {
    /// No session key exists, yet these would go, and so many other keys match no template: a wrong database, prefix or
    /// template looks like that.
    case noSessionExists(entries: Int, dependents: Int = 0, otherKeys: Int = 0)
    /// Sessions exist, and none of what would name them by this template does: another form of the ids looks like that.
    case noSessionNamed(NamingTemplate, removals: Int)
    /// `sessions` sessions are expired, and no other is live: a wrong age or clock looks like that.
    case noSessionWouldRemain(sessions: Int)
    /// A cluster keeps `sessions` expired sessions in other slots than the scores that they would go by.
    case scoresApart(sessions: Int)
    /// The clock of one of a cluster's nodes is ahead of another's, by more than `--max-skew` allows.
    case clocksApart(behind: String, ahead: String, seconds: Double, limit: Duration)
    /// More would go or change than `--max-removals` allows; `checked` is what a share is of.
    case tooManyRemovals(
        entries: Int, sessions: Int, dependents: Int = 0, ttls: Int = 0, checked: Int = 0,
        limit: SafetyLimits.MaximumRemovals)
}

/// A kind of key that names sessions.
public enum NamingTemplate: Equatable, Sendable {
    case entries(KeyTemplate)
    case pointers(PointerKey)
}

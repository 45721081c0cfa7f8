/// Why a run removes nothing.
public enum Refusal: Equatable, Sendable {
    /// No session key exists, yet `entries` entries would go: a wrong database, prefix or template looks like that.
    case noSessionExists(entries: Int)
    /// `sessions` sessions are expired, and no other is live: a wrong age or clock looks like that.
    case noSessionWouldRemain(sessions: Int)
    /// A cluster keeps `sessions` expired sessions in other slots than the scores that they would go by.
    case scoresApart(sessions: Int)
    /// The clock of one of a cluster's nodes is ahead of another's, by more than `--max-skew` allows.
    case clocksApart(behind: String, ahead: String, seconds: Double, limit: Duration)
    /// More would go or change than `--max-removals` allows.
    case tooManyRemovals(entries: Int, sessions: Int, ttls: Int = 0, limit: SafetyLimits.MaximumRemovals)
}

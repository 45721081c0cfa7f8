/// What a look at a session's value tells.
public enum SessionVerdict: Equatable, Sendable {
    case live
    case expired
    /// Neither date is usable; kept.
    case undated
    /// Not a JSON object in a string; kept.
    case unreadable
}

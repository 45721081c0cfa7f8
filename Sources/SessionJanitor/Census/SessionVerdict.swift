/// What a look at a session's value tells.
public enum SessionVerdict: Equatable, Sendable {
    case live
    case expired
    /// Not used for too long.
    case idle
    /// Neither date is usable; kept.
    case undated
    /// Of another type or form than the layout's; kept.
    case unreadable
}

/// What a look at a session's value tells.
public enum SessionVerdict: Equatable, Sendable {
    case live
    case expired
    /// Not used for too long.
    case idle
    /// Neither date is usable; kept.
    case undated
    /// As undated, and what stands for a date is of another unit than the layout says; kept.
    case misdated
    /// Of another type or form than the layout's; kept.
    case unreadable
}

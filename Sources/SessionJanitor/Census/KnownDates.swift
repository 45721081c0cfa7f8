/// The dates of a session that could be read, in epoch seconds.
struct KnownDates: Equatable {
    var created: Double?
    var lastAccess: Double?
    var expiry: Double?

    subscript(clock: SessionClock) -> Double? {
        get {
            switch clock {
            case .created: created
            case .lastAccess: lastAccess
            case .expiry: expiry
            }
        }
        set {
            switch clock {
            case .created: created = newValue
            case .lastAccess: lastAccess = newValue
            case .expiry: expiry = newValue
            }
        }
    }
}

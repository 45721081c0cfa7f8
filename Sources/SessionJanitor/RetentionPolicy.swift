/// Which sessions are expired: pure, given the server's clock.
public struct RetentionPolicy: Equatable, Sendable {
    /// The server's time, in epoch seconds.
    public let now: Double
    /// A session from before this, in epoch seconds, is expired.
    public let cutoff: Double

    public init(now: Double, maxAgeDays: Int) {
        self.now = now
        cutoff = now - Double(maxAgeDays) * 86_400
    }

    /// The verdict on a session with these dates; nil stands for a date that is missing, never for 0.
    public func verdict(created: Double?, expiry: Double?) -> SessionVerdict {
        if created == nil, expiry == nil { return .undated }
        if let created, created < cutoff { return .expired }
        if let expiry, expiry < now { return .expired }
        return .live
    }
}

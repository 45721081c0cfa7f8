/// Which sessions are expired or idle: pure, given the server's clock.
public struct RetentionPolicy: Equatable, Sendable {
    /// The server's time, in epoch seconds.
    public private(set) var now: Double
    /// A session from before this, in epoch seconds, is expired.
    public private(set) var cutoff: Double
    /// The dates by which a session is expired.
    let clocks: [SessionDate]
    /// Whether sessions are judged by their dates at all.
    let judgesAge: Bool
    /// A session that was last used before this, in epoch seconds, is idle; nil if that does not count.
    private(set) var idleCutoff: Double?

    /// Whether the server knows when a key was last asked for.
    let asksIdleTime: Bool

    /// `maxAgeDays` is nil where only idleness counts.
    public init(
        now: Double, maxAgeDays: Int?, clocks: [SessionDate] = [.created, .expiry], maxIdle: Duration? = nil,
        asksIdleTime: Bool = true
    ) {
        self.now = now
        cutoff = now - Double(maxAgeDays ?? 0) * 86_400
        self.clocks = maxAgeDays == nil ? [] : clocks
        judgesAge = maxAgeDays != nil
        self.asksIdleTime = asksIdleTime
        idleCutoff = maxIdle.map { now - $0 / .seconds(1) }
    }

    /// The same by a clock that shows this time.
    func at(_ time: Double) -> RetentionPolicy {
        var policy = self
        policy.now = time
        policy.cutoff += time - now
        policy.idleCutoff = idleCutoff.map { $0 + time - now }
        return policy
    }

    /// The verdict on a session with these dates; nil stands for a date that is missing, never for 0.
    public func verdict(created: Double?, expiry: Double?) -> SessionVerdict {
        var dates = SessionDates()
        dates.note(.created, created)
        dates.note(.expiry, expiry)
        return verdict(dates)
    }

    /// The same by the dates that count here.
    func verdict(_ dates: SessionDates) -> SessionVerdict {
        var isDated = false
        for clock in clocks {
            guard let date = dates[clock] else { continue }
            if date < (clock == .expiry ? now : cutoff) { return .expired }
            isDated = true
        }
        return isDated ? .live : dates.isMisdated ? .misdated : .undated
    }
}

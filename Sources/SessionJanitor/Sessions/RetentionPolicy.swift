/// What a look at a session's value tells.
public enum SessionVerdict: Equatable, Sendable {
    case live
    case expired
    /// Not used for too long.
    case idle
    /// No date that counts is usable; kept.
    case undated
    /// As undated, and what stands for a date is of another unit than the layout says; kept.
    case misdated
    /// Of another type or form than the layout's; kept.
    case unreadable

    /// Why the session goes; nil where it stays.
    var reason: Removal.Reason? {
        switch self {
        case .expired: .expired
        case .idle: .idle
        case .live, .undated, .misdated, .unreadable: nil
        }
    }
}

/// The dates of a session that could be read, in epoch seconds.
struct SessionDates {
    private var created: Double?
    private var lastAccess: Double?
    private var expiry: Double?
    /// Whether something stood for a date that is in another unit than was said.
    private(set) var isMisdated = false
    /// Whether one of them names no zone.
    var isTakenForUTC = false

    /// Beyond these, seconds were taken for milliseconds or the other way round: from 2000 to 2200.
    private static let years = 946_684_800.0..<7_258_118_400

    /// Takes in what stands for a date, wherever it was read; 0 or less stands for never, which is no date.
    mutating func note(_ clock: SessionDate, _ seconds: Double?) {
        guard let seconds, seconds > 0, self[clock] == nil else { return }
        guard SessionDates.years.contains(seconds) else {
            isMisdated = true
            return
        }
        switch clock {
        case .created: created = seconds
        case .lastAccess: lastAccess = seconds
        case .expiry: expiry = seconds
        }
    }

    subscript(clock: SessionDate) -> Double? {
        switch clock {
        case .created: created
        case .lastAccess: lastAccess
        case .expiry: expiry
        }
    }
}

/// Which sessions are expired or idle: pure, given the server's clock.
public struct RetentionPolicy: Equatable, Sendable {
    /// The server's time, in epoch seconds.
    private(set) var now: Double
    /// The dates by which a session is expired; none where only idleness counts.
    let clocks: [SessionDate]
    /// Whether the server knows when a key was last asked for.
    let asksIdleTime: Bool
    /// In seconds; nil where sessions are not judged by their dates at all.
    private let maxAge: Double?
    /// In seconds; nil where idleness does not count.
    private let maxIdle: Double?
    /// The date that tells which of two sessions is newer, where that has to be read.
    var rankedBy: SessionDate?

    /// `maxAgeDays` is nil where only idleness counts.
    public init(
        now: Double, maxAgeDays: Int?, clocks: [SessionDate] = [.created, .expiry], maxIdle: Duration? = nil,
        asksIdleTime: Bool = true
    ) {
        self.now = now
        self.clocks = maxAgeDays == nil ? [] : clocks
        self.asksIdleTime = asksIdleTime
        maxAge = maxAgeDays.map { Double($0) * 86_400 }
        self.maxIdle = maxIdle.map { $0 / .seconds(1) }
    }

    /// The same by a clock that shows this time.
    func at(_ time: Double) -> RetentionPolicy {
        var policy = self
        policy.now = time
        return policy
    }

    /// A session from before this, in epoch seconds, is expired.
    var cutoff: Double { now - (maxAge ?? 0) }
    /// A session that was last used before this, in epoch seconds, is idle; nil if that does not count.
    var idleCutoff: Double? { maxIdle.map { now - $0 } }

    /// The dates that have to be read.
    func fields(of layout: Layout) -> [DateField] {
        let wanted = clocks + (maxIdle == nil ? [] : [.lastAccess]) + (rankedBy.map { [$0] } ?? [])
        return layout.dates.filter { wanted.contains($0.clock) }
    }

    /// The verdict on a session with these dates; nil for one that cannot be read.
    func verdict(_ dates: SessionDates?) -> SessionVerdict {
        let verdict = maxAge == nil ? .live : dates.map(verdictByAge) ?? .unreadable
        guard verdict != .expired, let idleCutoff, let lastAccess = dates?[.lastAccess], lastAccess < idleCutoff else {
            return verdict
        }
        return .idle
    }

    /// The verdict on a session that has ended, whatever its dates say.
    var verdictOnDead: SessionVerdict { maxAge == nil ? .live : .expired }

    private func verdictByAge(_ dates: SessionDates) -> SessionVerdict {
        var isDated = false
        for clock in clocks {
            guard let date = dates[clock] else { continue }
            if date < (clock == .expiry ? now : cutoff) { return .expired }
            isDated = true
        }
        return isDated ? .live : dates.isMisdated ? .misdated : .undated
    }
}

/// Judges the values of sessions where nothing but a string has to be read of each.
struct SessionJudge {
    private let policy: RetentionPolicy
    private let fields: [DateField]
    private let reader: ValueReader
    /// Whether a date names no zone.
    var takesDatesForUTC: Bool { reader.takesDatesForUTC }

    /// Nil if the dates that count are no fields of JSON objects.
    init?(_ layout: Layout, _ policy: RetentionPolicy) {
        let fields = policy.fields(of: layout)
        let areInJSON = fields.flatMap(\.sources).allSatisfy { if case .json = $0 { true } else { false } }
        guard !fields.isEmpty, areInJSON else { return nil }
        self.init(policy: policy, fields: fields)
    }

    init(policy: RetentionPolicy, fields: [DateField]) {
        self.policy = policy
        self.fields = fields
        reader = ValueReader(fields.flatMap(\.sources))
    }

    func verdict(_ value: UnsafeRawBufferPointer) -> SessionVerdict {
        policy.verdict(reader.dates(of: reader.content(of: value), fields))
    }
}

/// How the sessions of a plan were judged, so that the removal can see that they are still the same.
struct ExpiryBasis {
    var reading = Reading.string
    /// Whether the scores of their members count, too.
    var countsScores = false
    /// For how many seconds nobody may have asked for a session that goes for that.
    var idleSeconds = 0
    /// By which clocks. What is expired by then stays expired; a server whose clock shows an earlier time can tell nothing.
    var clocks = ServerClocks()
    /// The values of sessions that are there and have ended.
    var deadValues: [[UInt8]] = []
}

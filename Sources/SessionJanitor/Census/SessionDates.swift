/// The dates of a session that could be read, in epoch seconds.
struct SessionDates: Equatable {
    private var created: Double?
    private var lastAccess: Double?
    private var expiry: Double?
    /// Whether something stood for a date that is in another unit than was said.
    private(set) var isMisdated = false

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

/// What a server's clock said a moment ago: from it follows until when, by that clock, a script may begin.
struct NodeClock {
    /// Epoch microseconds.
    private let time: Int
    /// When its answer was here. The clock showed ``time`` then or before, never later.
    private let readAt: ContinuousClock.Instant

    /// As many digits as every deadline has, so that one can take another's place.
    static let digits = 16
    private static let latest = 9_999_999_999_999_999

    /// How long a reading counts: clocks get set, and do not run equally fast.
    private static let lifetime = Duration.seconds(5)

    /// Takes in the answer to `TIME`, which has just arrived.
    init(_ reply: Reply) throws(RedisError) {
        time = try reply.microseconds()
        readAt = .now
    }

    var isFresh: Bool { ContinuousClock.now - readAt < NodeClock.lifetime }

    /// What the clock shows, at the latest, when something that is sent now has gone unanswered for this long; a little
    /// less, as no two clocks run equally fast.
    func deadline(in timeout: Duration) -> [UInt8] {
        let left = (ContinuousClock.now - readAt) + timeout * 0.99
        let microseconds = Int(clamping: min(left / .microseconds(1), 1e15))
        let text = String(min(time + microseconds, NodeClock.latest))
        return [UInt8](repeating: UInt8(ascii: "0"), count: NodeClock.digits - text.utf8.count) + text.utf8
    }
}

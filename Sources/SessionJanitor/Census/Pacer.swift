import RedisClient

/// Leaves the server time and memory for others: sleeps after each batch in proportion to what the batch took, and knows
/// how much may be under way.
struct Pacer {
    /// How many times as long as a batch took to sleep after it.
    let niceRatio: Double
    /// What one batch may take: with a nice ratio, the pause is part of the time that `--chunk-time` grants.
    let batchTime: Duration
    /// The time a command needs that does nothing: the network's and the kernel's part of every measurement.
    private(set) var roundTrip = Double.infinity
    private(set) var bound = ByteBound.standard

    init(chunkTime: Duration, niceRatio: Double) {
        self.niceRatio = niceRatio
        batchTime = chunkTime / (1 + niceRatio)
    }

    /// Measures how long a command takes that does nothing.
    init(measuredOn connection: any RedisPipeline, chunkTime: Duration, niceRatio: Double) throws(RedisError) {
        self.init(chunkTime: chunkTime, niceRatio: niceRatio)
        let reply = Reply()
        for _ in 0..<5 {
            let start = ContinuousClock.now
            try connection.append(.ping, CommandArguments())
            // Whatever the answer says: what counts is how long it takes.
            try connection.receiveAny(into: reply)
            noteRoundTrip(.now - start)
        }
        bound = try ByteBound(of: connection)
    }

    /// Whether the next batch may be on its way before the last one is dealt with.
    var overlaps: Bool { niceRatio == 0 }

    mutating func noteRoundTrip(_ duration: Duration) {
        roundTrip = min(roundTrip, duration / .seconds(1))
    }

    /// The seconds that the server had of a batch which took `duration` in all.
    func serverSeconds(_ duration: Duration) -> Double {
        max(duration / .seconds(1) - (roundTrip.isFinite ? roundTrip : 0), 0)
    }

    func rest(after duration: Duration) {
        guard niceRatio > 0 else { return }
        (duration * niceRatio).sleep()
    }

    /// Sleeps in short steps, and calls `checkpoint` before each: who waits for a run to stop waits for no longer.
    static func sleep(until end: ContinuousClock.Instant, _ checkpoint: () throws -> Void) rethrows {
        while end > .now {
            try checkpoint()
            min(end - .now, .milliseconds(100)).sleep()
        }
    }
}

import RedisClient

/// Reads the server's clock, by which sessions are judged: hosts need not agree on the time.
struct ServerClock {
    /// Epoch seconds.
    static func read(_ connection: any RedisPipeline) throws(RedisError) -> Double {
        let reply = try connection.call(.time)
        guard reply.count == 3, reply.kind(0) == .array, let seconds = Int(digits: reply.text(1)),
            let microseconds = Int(digits: reply.text(2)), microseconds < 1_000_000
        else { throw .unexpectedReply(command: .time, expected: "seconds and microseconds") }
        // By such a clock every session would be old.
        guard seconds < latest else { throw .unexpectedReply(command: .time, expected: "a time before the year 2200") }
        return Double(seconds) + Double(microseconds) / 1_000_000
    }

    private static let latest = 7_258_118_400
}

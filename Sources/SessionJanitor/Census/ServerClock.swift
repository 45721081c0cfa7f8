import RedisClient

/// Reads the server's clock, by which sessions are judged: hosts need not agree on the time.
struct ServerClock {
    /// Epoch seconds.
    static func read(_ connection: any RedisConversation) throws(RedisError) -> Double {
        let reply = try connection.call(.time)
        guard reply.count == 3, reply.kind(0) == .array, let seconds = Double(reply.text(1)),
            let microseconds = Double(reply.text(2))
        else { throw .unexpectedReply(command: .time, expected: "seconds and microseconds") }
        return seconds + microseconds / 1_000_000
    }
}

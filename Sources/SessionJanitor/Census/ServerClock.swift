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

    /// The clocks of all primaries of a cluster, else that of the server.
    static func readAll(_ connection: any RedisConversation) throws(RedisError) -> [Double] {
        guard let cluster = connection as? ClusterConnection else { return [try read(connection)] }
        var clocks: [Double] = []
        for shard in cluster.topology.shards { clocks.append(try read(cluster.sibling(at: shard))) }
        return clocks
    }
}

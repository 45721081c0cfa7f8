import RedisClient

/// What the clock of the server, or of each of a cluster's primaries, showed at one time: what is in a slot is judged by the
/// clock of the node that has it.
struct ServerClocks {
    private struct Reading {
        var address: String
        /// Epoch seconds.
        var time: Double
        /// In the middle of asking for it, and how far off that may be.
        var readAt: ContinuousClock.Instant
        var margin: Double
    }

    private var readings: [Reading] = []
    /// For each slot of a cluster the place of its node's reading; empty for one server.
    private var places: [Int] = []

    static func read(_ connection: any RedisPipeline) throws(RedisError) -> ServerClocks {
        var clocks = ServerClocks()
        if connection.isCluster { clocks.places = [Int](repeating: 0, count: HashSlot.count) }
        for shard in connection.topology.shards {
            let node = connection.sibling(at: shard)
            // The way to it is not part of what is measured.
            try node.openHome()
            if connection.isCluster {
                for slot in shard.slots.joined() { clocks.places[slot] = clocks.readings.count }
            }
            try clocks.append(shard.primary.address.description, node)
        }
        return clocks
    }

    private mutating func append(_ address: String, _ connection: any RedisPipeline) throws(RedisError) {
        let start = ContinuousClock.now
        let time = try ServerClock.read(connection)
        let half = (ContinuousClock.now - start) / 2
        readings.append(Reading(address: address, time: time, readAt: start + half, margin: half / .seconds(1)))
    }

    /// What the node of a slot showed, in epoch seconds.
    func time(ofSlot slot: Int) -> Double {
        readings.isEmpty ? 0 : readings[places.isEmpty ? 0 : places[slot]].time
    }

    /// What the node of a key showed, in epoch seconds.
    func time(of key: UnsafeRawBufferPointer) -> Double {
        time(ofSlot: places.isEmpty ? 0 : HashSlot.of(key))
    }

    /// What the node of a key showed, in epoch microseconds.
    func microseconds(of key: UnsafeRawBufferPointer) -> Int { Int(clamping: time(of: key) * 1_000_000) }

    /// What the clock of a key's node showed at this moment, in epoch milliseconds, unless it was set since it was read.
    func milliseconds(of key: UnsafeRawBufferPointer, at moment: ContinuousClock.Instant) -> Int {
        guard !readings.isEmpty else { return 0 }
        let reading = readings[places.isEmpty ? 0 : places[HashSlot.of(key)]]
        let time = reading.time + (moment - reading.readAt) / .seconds(1)
        return Int(clamping: time * 1_000)
    }

    /// The two that are furthest apart, by so many seconds at least.
    var spread: (behind: String, ahead: String, seconds: Double)? {
        guard let first = readings.first else { return nil }
        // How far each is ahead of ours, from where it may have been read.
        let offsets = readings.map { ($0, $0.time - ($0.readAt - first.readAt) / .seconds(1)) }
        guard let behind = offsets.min(by: { $0.1 < $1.1 }), let ahead = offsets.max(by: { $0.1 < $1.1 }) else {
            return nil
        }
        let seconds = ahead.1 - behind.1 - ahead.0.margin - behind.0.margin
        return (behind.0.address, ahead.0.address, max(seconds, 0))
    }
}

/// Reads the server's clock, by which sessions are judged: hosts need not agree on the time.
enum ServerClock {
    /// Epoch seconds.
    static func read(_ connection: any RedisPipeline) throws(RedisError) -> Double {
        let microseconds = try connection.call(.time).microseconds()
        // By such a clock every session would be old.
        guard microseconds < latest else {
            throw .unexpectedReply(command: .time, expected: "a time before the year 2200")
        }
        return Double(microseconds) / 1_000_000
    }

    private static let latest = 7_258_118_400_000_000
}

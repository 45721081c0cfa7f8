import RedisClient

/// Since when nobody may have touched a key: our own reading of it lies before, the proof that it is not needed after.
///
/// Told by the very clock that a server stamps its keys with, in ticks of a second. It stands still while the server hangs,
/// and so what is touched at the end of that looks older than it is; but no older than this clock then was. So a key that
/// was touched since has been idle for no more ticks than the clock has made since.
struct TouchProof {
    /// The earliest among a cluster's primaries; nil where nothing can be proven.
    private let tick: Int?
    let begin = ContinuousClock.now

    /// Proves nothing.
    static let none = TouchProof(tick: nil)

    /// How long the clock may take to move on, and how far the clocks of a cluster's nodes may be apart.
    private static let patience = Duration.seconds(60)

    /// Waits until the clocks show that our reading is over.
    static func take(_ connection: any RedisPipeline, _ checkpoint: () throws -> Void) throws -> TouchProof {
        let end = ContinuousClock.now + patience
        guard let read = try ticks(connection).max() else { return .none }
        while .now < end {
            try Pacer.sleep(until: .now + .milliseconds(100), checkpoint)
            guard let tick = try ticks(connection).min() else { break }
            if tick > read { return TouchProof(tick: tick) }
        }
        return .none
    }

    /// The clocks of all primaries; empty where one of them does not tell.
    private static func ticks(_ connection: any RedisPipeline) throws(RedisError) -> [Int] {
        var ticks: [Int] = []
        for shard in connection.topology.shards {
            guard let tick = try tick(connection.sibling(at: shard)) else { return [] }
            ticks.append(tick)
        }
        return ticks
    }

    private static func tick(_ connection: any RedisPipeline) throws(RedisError) -> Int? {
        do throws(RedisError) {
            let text = try connection.call(.info, CommandArguments([Array("server".utf8)])).text(0)
            return text.fields()["lru_clock"].flatMap { Int($0) }
        } catch .server {
            return nil
        }
    }

    /// What the scripts are told: the tick, and how many have to have passed by now, lest the clock has been set back.
    var argument: String {
        tick.map { "\($0) \(max((ContinuousClock.now - begin).components.seconds - 2, 0))" } ?? "none"
    }

    /// For scripts: how many ticks have passed since a proof; false where the server cannot tell, or its clock was set back.
    static let ticksSince = """
        local passed
        local function ticksSince(proof)
            if passed ~= nil then return passed end
            passed = false
            local tick, least = string.match(proof, '^(%d+) (%d+)$')
            local information = redis.pcall('INFO', 'server')
            local clock = type(information) == 'string' and string.match(information, 'lru_clock:(%d+)')
            if clock and tick then
                local ticks = (tonumber(clock) - tonumber(tick)) % 16777216
                if ticks >= tonumber(least) then passed = ticks end
            end
            return passed
        end
        """
}

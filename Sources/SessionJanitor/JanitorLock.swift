import FoundationEssentials
public import RedisClient

/// Keeps two runs from cleaning the same database: a key beside the data that one run at a time can set.
///
/// It expires by itself, so that a run that was killed blocks others for no longer than ``lifetime``; the holder renews
/// it between batches, on a connection of its own, and gives it back by a compare-and-delete.
public final class JanitorLock {
    /// In milliseconds; and how long a killed run keeps others out at most.
    static let lifetime = 60_000
    private static let renewalPause = Duration.milliseconds(lifetime / 3)

    private let connection: RedisConnection
    private let key: [UInt8]
    private let value: [UInt8]
    private var renewed = ContinuousClock.now
    private var renewal = ServerScript(
        source: """
            if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
            return 0
            """)
    private var removal = ServerScript(
        source: """
            if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
            return 0
            """)

    /// Takes the lock, or says who has it. `connection` is for the lock alone.
    public init(_ connection: RedisConnection, layout: Layout, holder: LockHolder) throws {
        self.connection = connection
        key = layout.lockKey
        value = Array(try JSONEncoder().encode(holder))
        var arguments = CommandArguments([key, value])
        for word in ["NX", "PX", String(JanitorLock.lifetime)] { arguments.append(word) }
        let reply = try connection.call(.set, arguments)
        guard reply.kind(0) == .status else { throw LockError.held(by: try currentHolder()) }
    }

    /// Makes the lock last, if it is time for that; throws if it is not ours any more.
    public func renewIfDue() throws {
        guard renewed.duration(to: .now) > JanitorLock.renewalPause else { return }
        let isOurs = try run(&renewal, [value, Array(String(JanitorLock.lifetime).utf8)])
        guard isOurs else { throw LockError.lost(to: try currentHolder()) }
        renewed = .now
    }

    /// Gives the lock back if it is still ours. What fails here is mended by the lock's own end.
    public func release() {
        _ = try? run(&removal, [value])
    }

    private func run(_ script: inout ServerScript, _ values: [[UInt8]]) throws(RedisError) -> Bool {
        let reply = Reply()
        try script.run(connection, keys: CommandArguments([key]), values: CommandArguments(values), into: reply)
        return reply.kind(0) == .integer && reply.integer(0) == 1
    }

    private func currentHolder() throws(RedisError) -> LockHolder? {
        let reply = try connection.call(.mget, CommandArguments([key]))
        guard reply.count == 2, reply.kind(1) == .string else { return nil }
        return try? JSONDecoder().decode(LockHolder.self, from: Data(reply.bytes(1)))
    }
}

import FoundationEssentials
public import RedisClient

/// Keeps two runs from cleaning the same database: a key beside the data that one run at a time can set.
///
/// It expires by itself, so that a run that was killed blocks others for no longer than ``lifetime``; the holder renews
/// it between batches, on a connection of its own, and gives it back by a compare-and-delete.
public final class JanitorLock {
    /// In milliseconds; and how long a killed run keeps others out at most.
    static let lifetime = 60_000

    private var connection: any RedisPipeline
    private let connect: () throws -> any RedisPipeline
    private let renewalPause: Duration
    private let key: [UInt8]
    private let value: [UInt8]
    private var renewed = ContinuousClock.now
    /// Gives the lock a new end, if it is ours. An end that is now removes it, which takes no further right.
    private var renewal = ServerScript(
        for: .other,
        source: """
            local value = redis.pcall('GET', KEYS[1])
            if type(value) == 'table' then return value end
            if value == ARGV[1] then return redis.pcall('PEXPIRE', KEYS[1], ARGV[2]) end
            return 0
            """)

    /// Takes the lock, or says who has it; `connect` opens a connection for the lock alone, and another one if a server
    /// has closed it for want of use.
    public static func take(
        key: [UInt8], holder: LockHolder, renewalPause: Duration = .seconds(20),
        connect: @escaping () throws -> any RedisPipeline
    ) throws -> JanitorLock {
        let lock = JanitorLock(
            try connect(), connect: connect, key: key, value: Array(try JSONEncoder().encode(holder)),
            renewalPause: renewalPause)
        do {
            guard try lock.isSet() else { throw LockError.held(by: try lock.currentHolder()) }
            return lock
        } catch let error as RedisError {
            lock.releaseIfUnanswered(error)
            throw error
        }
    }

    /// If the answer was lost or garbled the lock may be ours, and nobody is to wait for its end. A server that did not
    /// answer in time is not asked once more.
    private func releaseIfUnanswered(_ error: RedisError) {
        switch error {
        case .connectionLost, .notRedis, .unexpectedReply: release()
        default: break
        }
    }

    private init(
        _ connection: any RedisPipeline, connect: @escaping () throws -> any RedisPipeline, key: [UInt8],
        value: [UInt8],
        renewalPause: Duration
    ) {
        self.connection = connection
        self.connect = connect
        self.key = key
        self.value = value
        self.renewalPause = renewalPause
    }

    /// Sets the key if it is not there.
    private func isSet() throws -> Bool {
        var arguments = CommandArguments([key, value])
        for word in ["NX", "PX", String(JanitorLock.lifetime)] { arguments.append(word) }
        do throws(RedisError) {
            return try connection.call(.set, arguments).kind(0) == .status
        } catch {
            // A server whose memory is full says so before it looks whether the lock is there.
            guard error.serverCode == "OOM", try isHeld() else { throw error }
            return false
        }
    }

    /// Makes the lock last, if it is time for that; throws if it is not ours any more.
    public func renewIfDue() throws {
        guard renewed.duration(to: .now) > renewalPause else { return }
        do {
            let isOurs = try setEnd(in: JanitorLock.lifetime)
            guard isOurs else { throw LockError.lost(to: try currentHolder()) }
        } catch RedisError.unreachable {
            // Nobody else can take it either, until its node is back; and then we see who has it.
        }
        renewed = .now
    }

    /// Gives the lock back if it is still ours; returns the error if the user lacks a right to that.
    ///
    /// What else fails here is mended by the lock's own end.
    @discardableResult
    public func release() -> RedisError? {
        do {
            _ = try setEnd(in: 0)
            return nil
        } catch {
            guard let error = error as? RedisError, error.serverCode == "NOPERM" else { return nil }
            return error
        }
    }

    /// May be carried out twice, so a connection that was lost meanwhile is no reason to give up.
    private func setEnd(in milliseconds: Int) throws -> Bool {
        let reply = Reply()
        let arguments = ServerScript.Arguments(
            keys: CommandArguments([key]), values: CommandArguments([value, Array(String(milliseconds).utf8)]))
        do throws(RedisError) {
            try renewal.run(connection, arguments, into: reply)
        } catch {
            if case .server(.evalsha, _, let text) = error { throw RedisError(scriptFailure: text) }
            // A server that was restarted, and had saved its data, still has the lock.
            guard error.isLostConnection || error == .serverRestarted else { throw error }
            // A cluster's conversation opens what it has lost by itself, and any of its nodes may be the lost one.
            if !connection.isCluster { connection = try connect() }
            try renewal.run(connection, arguments, into: reply)
        }
        return reply.kind(0) == .integer && reply.integer(0) == 1
    }

    private func isHeld() throws(RedisError) -> Bool {
        let reply = try connection.call(.exists, CommandArguments([key]))
        return reply.kind(0) == .integer && reply.integer(0) == 1
    }

    private func currentHolder() throws(RedisError) -> LockHolder? {
        let reply = try connection.call(.mget, CommandArguments([key]))
        guard reply.count == 2, reply.kind(1) == .string else { return nil }
        return try? JSONDecoder().decode(LockHolder.self, from: Data(reply.bytes(1)))
    }
}

/// Who holds the lock; written into it as JSON, so that the one who is kept out can be told.
public struct LockHolder: Codable, Equatable, Sendable {
    public var host: String
    public var pid: Int32
    /// ISO 8601, UTC.
    public var since: String
    /// Tells this holder from every other one.
    public var token: String

    public init(host: String, pid: Int32, since: String) {
        self.host = host
        self.pid = pid
        self.since = since
        token = UUID().uuidString
    }
}

/// Why a run may not go on cleaning; the holder is nil where the lock's value is not one of ours.
public enum LockError: Error, Equatable, Sendable {
    /// Another run holds the lock.
    case held(by: LockHolder?)
    /// The lock ran out while this run was held up, and may be another one's now.
    case lost(to: LockHolder?)
}

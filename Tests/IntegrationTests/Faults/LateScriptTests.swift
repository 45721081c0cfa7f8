import Glibc
import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// A server that hangs comes to our scripts after we have given up on them: they do nothing then.
@Suite(.waiting) struct LateScriptTests {
    /// A removal on its own, and the key that it would change.
    struct Late: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var reading = Reading.string
        var mode = RemovalScript.Mode.whole
        var setUp: [[Bytes]]
        /// `content` is what DUMP gives of the key.
        var item: @Sendable (_ content: [UInt8]) -> RemovalItem

        init(
            _ name: String, _ setUp: [[Bytes]], reading: Reading = .string,
            mode: RemovalScript.Mode = .whole, _ item: @escaping @Sendable (_ content: [UInt8]) -> RemovalItem
        ) {
            testDescription = name
            self.setUp = setUp
            self.reading = reading
            self.mode = mode
            self.item = item
        }

        /// `text` is what was read of it.
        static func session(_ text: Bytes, sets: [String] = [], members: [String] = []) -> RemovalItem {
            var item = TriedRemoval.item(.session, "k")
            item.fingerprint = text.raw.withUnsafeBytes(\.sha1Prefix)
            for set in sets { item.sets.append(set) }
            for member in members { item.members.append(member) }
            return item
        }
    }

    static let removals = [
        Late("entries", [["ZADD", "k", "1", "m"]]) { _ in
            TriedRemoval.item(.entry, "k", .member(.sortedSet), session: "s", member: "m", score: 1)
        },
        Late("sessions", [["SET", "k", "v"]]) { _ in Late.session("v") },
        Late("hashes", [["HSET", "k", "f", "v"]], reading: Reading(fields: ["f"])) { _ in Late.session("1:v") },
        Late("scored sessions", [["SET", "k", "v"], ["ZADD", "z", "1", "m"]], reading: .nothing) { _ in
            Late.session("0:1:1", sets: ["z"], members: ["m"])
        },
        Late("pointers", [["SET", "k", "v"]]) { _ in TriedRemoval.item(.pointer, "k", session: "s", value: "v") },
        Late("companions", [["SET", "k", "v"]]) { _ in TriedRemoval.item(.companion, "k", session: "s") },
        Late("TTLs", [["SET", "k", "v"]]) { _ in
            TriedRemoval.item(.ttl, "k", .expiry(at: time(nil) * 1_000 + 90_000_000, ttl: 90_000_000))
        },
        Late("a cluster's entries", [["ZADD", "k", "1", "m"]], mode: .takingOut) { _ in
            TriedRemoval.item(.entry, "k", .member(.sortedSet), session: "s", member: "m", score: 1)
        },
        Late("a cluster's keys", [["SET", "k", "v"]], mode: .takingOut) { content in
            var item = TriedRemoval.item(.companion, "k", session: "s")
            item.payload = content
            return item
        },
        Late("a cluster's fields", [["HSET", "k", "f", "v"]], mode: .takingOut) { _ in
            TriedRemoval.item(.pointer, "k", .field("f"), session: "s", value: "v")
        },
    ]

    @Test(arguments: removals)
    func `a script that is carried out after we have given up changes nothing`(removal: Late) throws {
        let redis = try PrivateRedis()
        let client = try redis.client()
        let connection = try RedisConnection(
            to: redis.endpoint(), mode: .readWrite, timeout: .milliseconds(200), retries: RetryPolicy(pauses: []))
        for command in removal.setUp { try client.call(command) }
        func state() throws -> [RedisValue] {
            [try client.call("DUMP", "k"), .integer((try client.call("PTTL", "k").integer ?? 0).signum())]
        }
        let before = try state()
        let item = removal.item(before[0].bytes?.raw ?? [])
        let tried = TriedRemoval(connection, reading: removal.reading)
        // In time it does what it is for; and the server's clock is known from then on.
        #expect(tried.run(item, removal.mode).verdicts == [.removed])
        #expect(try state() != before)
        try client.call("FLUSHALL")
        for command in removal.setUp { try client.call(command) }
        redis.freeze()
        let answer = tried.run(item, removal.mode)
        #expect(answer.failure == .timedOut(command: .evalsha, seconds: 0.2))
        #expect(answer.lost == [0])
        redis.thaw()
        try Deadline.wait(for: "the script") { try redis.calls(of: "evalsha") == 2 }
        #expect(try state() == before)
    }

    @Test func `a script that comes too late as the server's clock was set is sent again`() throws {
        let redis = try PrivateRedis(clockOffset: .zero)
        let client = try redis.client()
        let connection = try RedisConnection(to: redis.endpoint(), mode: .readWrite, timeout: .seconds(5))
        let tried = TriedRemoval(connection)
        func remove() -> RemovalScript.Answer { tried.run(Late.session("v")) }
        #expect(remove().verdicts == [.gone])
        try client.call("SET", "k", "v")
        try redis.setClock(ahead: .seconds(7_200))
        let answer = remove()
        #expect(answer.failure == nil)
        #expect(answer.verdicts == [.removed])
    }
}

import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// The script that puts back what was taken out of a cluster: tried again where its answer was lost.
@Suite(.waiting) struct PutBackTests {
    private static let ttl = 100_000

    /// A key that is gone without what was taken out, and what that was.
    enum Form: CaseIterable {
        case key, field, entry

        var command: [Bytes] {
            switch self {
            case .key: ["SET", "k", "v"]
            case .field: ["HSET", "k", "f", "v"]
            case .entry: ["ZADD", "k", "1.5", "m"]
            }
        }

        func item(payload: Bytes) -> RemovalItem {
            var item =
                switch self {
                case .key: TriedRemoval.item(.companion, "k", session: "s")
                case .field: TriedRemoval.item(.pointer, "k", .field("f"), session: "s", value: "v")
                case .entry: TriedRemoval.item(.entry, "k", .member(.sortedSet), session: "s", member: "m", score: 1.5)
                }
            if self == .key { item.payload = payload.raw }
            item.lifetime = PutBackTests.ttl
            item.readAt = .now
            return item
        }
    }

    @Test(arguments: Form.allCases, [true, false])
    func `a TTL comes back once, whether or not what had it was gone`(form: Form, wasGone: Bool) throws {
        let redis = try PrivateRedis()
        let client = try redis.client()
        let connection = try RedisConnection(to: redis.endpoint(), mode: .readWrite, timeout: .seconds(20))
        try client.run([form.command, ["PEXPIRE", "k", Bytes(Self.ttl)]])
        let payload = try #require(try client.call("DUMP", "k").bytes)
        let before = try Snapshot(client)
        let item = form.item(payload: payload)
        if wasGone { try client.call("UNLINK", "k") }
        var script = PutBackScript()
        // The answer to the first was lost, or to the taking out, which had not come to pass.
        for _ in 0..<2 {
            try script.run([item], on: connection)
            #expect(before.difference(to: try Snapshot(client), within: 1_000) == nil)
            let left = try #require(try client.call("PTTL", "k").integer)
            #expect((1...Self.ttl).contains(left))
        }
        // One that was renewed since is not shortened.
        try client.call("PEXPIRE", "k", Bytes(2 * Self.ttl))
        try script.run([item], on: connection)
        #expect(try #require(try client.call("PTTL", "k").integer) > Self.ttl)
    }
}

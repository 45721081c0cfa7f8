import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// The script that takes a key out of a cluster takes it only as it was looked at.
@Suite(.waiting) struct TakeKeyTests {
    private let redis: PrivateRedis
    private let client: TestClient
    private let connection: RedisConnection

    init() throws {
        redis = try PrivateRedis()
        client = try redis.client()
        connection = try RedisConnection(to: redis.endpoint(), mode: .readWrite, timeout: .seconds(20))
    }

    private func item(_ payload: Bytes, left: Int = -1, value: Bytes? = nil) -> RemovalItem {
        var item = TriedRemoval.item(value == nil ? .companion : .pointer, "k", session: "s", value: value ?? "")
        item.payload = payload.raw
        item.lifetime = left
        item.readAt = .now
        return item
    }

    private func putBack(_ payload: Bytes) throws {
        var script = PutBackScript()
        try script.run([item(payload)], on: connection)
    }

    /// The script's verdict on a key of which this is known.
    private func verdict(_ payload: Bytes, left: Int, value: Bytes? = nil) throws -> Verdict? {
        let answer = TriedRemoval(connection).run(item(payload, left: left, value: value), .takingOut)
        #expect(answer.failure == nil)
        return answer.verdicts[0]
    }

    private func write(_ command: Bytes...) throws -> Bytes {
        try client.call("DEL", "k")
        try client.call(command)
        return try #require(try client.call("DUMP", "k").bytes)
    }

    private var isThere: Bool {
        get throws { try client.call("EXISTS", "k") == .integer(1) }
    }

    @Test func `one that is as it was goes`() throws {
        #expect(try verdict(write("SET", "k", "v"), left: -1, value: "v") == .removed)
        #expect(try !isThere)
        #expect(try verdict(write("SET", "k", "v", "EX", "100"), left: 100_000, value: "v") == .removed)
        #expect(try verdict(write("RPUSH", "k", "a", "b"), left: -1) == .removed)
        #expect(try !isThere)
    }

    @Test func `one goes from a full server, and comes back over nothing`() throws {
        let payload = try write("SET", "k", "v")
        try client.call("CONFIG", "SET", "maxmemory", "1")
        #expect(try verdict(payload, left: -1, value: "v") == .removed)
        #expect(try !isThere)
        try putBack(payload)
        #expect(try client.call("GET", "k").text == "v")
        try putBack(payload)
        #expect(try client.call("GET", "k").text == "v")
    }

    @Test func `one that is gone is gone`() throws {
        let payload = try write("SET", "k", "v")
        try client.call("DEL", "k")
        #expect(try verdict(payload, left: -1) == .gone)
    }

    @Test func `one with another content, or with another value than was judged, stays`() throws {
        let payload = try write("SET", "k", "v")
        try client.call("SET", "k", "w")
        #expect(try verdict(payload, left: -1, value: "v") == .kept)
        #expect(try verdict(write("SET", "k", "w"), left: -1, value: "v") == .kept)
        #expect(try verdict(write("RPUSH", "k", "v"), left: -1, value: "v") == .kept)
        #expect(try isThere)
    }

    @Test func `one whose TTL was set, taken away or renewed stays`() throws {
        #expect(try verdict(write("SET", "k", "v", "EX", "100"), left: -1) == .kept)
        #expect(try verdict(write("SET", "k", "v"), left: 5_000) == .kept)
        #expect(try verdict(write("SET", "k", "v", "EX", "100"), left: 5_000) == .kept)
        #expect(try isThere)
    }
}

import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// The script that takes a key out of a cluster takes it only as it was looked at.
struct TakeKeyTests {
    private let redis: PrivateRedis
    private let client: TestClient
    private let script: BatchScript
    private let putBack: BatchScript

    init() throws {
        redis = try PrivateRedis()
        client = try redis.client()
        let connection = try RedisConnection(to: redis.endpoint(), mode: .readWrite, timeout: .seconds(20))
        script = BatchScript(connection, ClusterRemovalScript.takeKey)
        putBack = BatchScript(connection, ClusterRemovalScript.putBackKey)
    }

    private func putBack(_ payload: Bytes) throws -> Int? {
        var items = ScriptItems()
        items.keys.append("k".utf8)
        items.values.append(0)
        items.values.append(payload.raw)
        items.endItem()
        let answer = putBack.run(items)
        #expect(answer.failure == nil)
        return answer.verdicts[0]
    }

    /// The script's verdict on a key of which this is known.
    private func verdict(_ payload: Bytes, left: Int, value: Bytes? = nil) throws -> Int? {
        var items = ScriptItems()
        items.keys.append("k".utf8)
        items.values.append(payload.raw)
        items.values.append(left)
        if let value { items.values.append(value.raw) }
        items.endItem()
        let answer = script.run(items)
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
        #expect(try verdict(write("SET", "k", "v"), left: -1, value: "v") == 1)
        #expect(try !isThere)
        #expect(try verdict(write("SET", "k", "v", "EX", "100"), left: 100_000, value: "v") == 1)
        #expect(try verdict(write("RPUSH", "k", "a", "b"), left: -1) == 1)
        #expect(try !isThere)
    }

    @Test func `one goes from a full server, and comes back over nothing`() throws {
        let payload = try write("SET", "k", "v")
        try client.call("CONFIG", "SET", "maxmemory", "1")
        #expect(try verdict(payload, left: -1, value: "v") == 1)
        #expect(try !isThere)
        #expect(try putBack(payload) == 1)
        #expect(try client.call("GET", "k").text == "v")
        #expect(try putBack(payload) == 0)
        #expect(try client.call("GET", "k").text == "v")
    }

    @Test func `one that is gone is gone`() throws {
        let payload = try write("SET", "k", "v")
        try client.call("DEL", "k")
        #expect(try verdict(payload, left: -1) == 0)
    }

    @Test func `one with another content, or with another value than was judged, stays`() throws {
        let payload = try write("SET", "k", "v")
        try client.call("SET", "k", "w")
        #expect(try verdict(payload, left: -1, value: "v") == -1)
        #expect(try verdict(write("SET", "k", "w"), left: -1, value: "v") == -1)
        #expect(try verdict(write("RPUSH", "k", "v"), left: -1, value: "v") == -1)
        #expect(try isThere)
    }

    @Test func `one whose TTL was set, taken away or renewed stays`() throws {
        #expect(try verdict(write("SET", "k", "v", "EX", "100"), left: -1) == -1)
        #expect(try verdict(write("SET", "k", "v"), left: 5_000) == -1)
        #expect(try verdict(write("SET", "k", "v", "EX", "100"), left: 5_000) == -1)
        #expect(try isThere)
    }
}

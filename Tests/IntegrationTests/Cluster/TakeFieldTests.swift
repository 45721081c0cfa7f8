import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// The scripts that take a field out of a cluster's hash and put it back: only as it was looked at, and over nothing.
@Suite(.waiting) struct TakeFieldTests {
    private let redis: PrivateRedis
    private let client: TestClient
    private let connection: RedisConnection

    init() throws {
        redis = try PrivateRedis()
        client = try redis.client()
        connection = try RedisConnection(to: redis.endpoint(), mode: .readWrite, timeout: .seconds(20))
    }

    private func item(left: Int) -> RemovalItem {
        var item = TriedRemoval.item(.pointer, "k", .field("f"), session: "s", value: "v")
        item.lifetime = left
        item.readAt = .now
        return item
    }

    /// The verdict on the field `f` that held `v`, of a hash that had so long left.
    private func take(left: Int = -1) -> Verdict? {
        let answer = TriedRemoval(connection).run(item(left: left), .takingOut)
        #expect(answer.failure == nil)
        return answer.verdicts[0]
    }

    private func putBack(left: Int = -1) throws {
        var script = PutBackScript()
        try script.run([item(left: left)], on: connection)
    }

    private func write(_ commands: [Bytes]...) throws {
        try client.call("DEL", "k")
        for command in commands { try client.call(command) }
    }

    private var content: [Bytes] {
        get throws { try client.call("HGETALL", "k").strings }
    }

    @Test func `a field that is as it was goes, and the rest of its hash stays`() throws {
        try write(["HSET", "k", "f", "v", "g", "v"])
        #expect(take() == .removed)
        #expect(try content == ["g", "v"])
        try write(["HSET", "k", "f", "v"], ["EXPIRE", "k", "100"])
        #expect(take(left: 100_000) == .removed)
        #expect(try client.call("EXISTS", "k") == .integer(0))
    }

    @Test func `a field that is gone is gone`() throws {
        #expect(take() == .gone)
        try write(["HSET", "k", "g", "v"])
        #expect(take() == .gone)
        #expect(try content == ["g", "v"])
    }

    @Test(arguments: [["HSET", "k", "f", "w"], ["SET", "k", "v"], ["SADD", "k", "f"]] as [[Bytes]])
    func `what holds something else by now stays`(command: [Bytes]) throws {
        try write(command)
        let before = try client.call("DUMP", "k").bytes
        #expect(take() == .kept)
        #expect(try client.call("DUMP", "k").bytes == before)
    }

    @Test func `a field stays whose hash got a TTL, lost it, or had it renewed`() throws {
        try write(["HSET", "k", "f", "v"])
        #expect(take(left: 5_000) == .kept)
        try client.call("EXPIRE", "k", "100")
        #expect(take() == .kept)
        #expect(take(left: 5_000) == .kept)
        #expect(try content == ["f", "v"])
    }

    @Test func `a field goes although the server is full, and comes back`() throws {
        try write(["HSET", "k", "f", "v", "g", "v"])
        try client.call("CONFIG", "SET", "maxmemory", "1")
        #expect(take() == .removed)
        #expect(try content == ["g", "v"])
        try putBack()
        #expect(try content == ["g", "v", "f", "v"])
    }

    @Test func `a field goes back over nothing, and a hash that is made anew for it gets the former TTL`() throws {
        try putBack(left: 50_000)
        #expect(try content == ["f", "v"])
        #expect((1...50_000).contains(try client.call("PTTL", "k").integer ?? 0))
        try client.call("DEL", "k")
        try putBack()
        #expect(try client.call("PTTL", "k").integer == -1)
    }

    @Test func `what is there when a field goes back is left as it is`() throws {
        try write(["HSET", "k", "g", "w"])
        try putBack(left: 50_000)
        #expect(try content == ["g", "w", "f", "v"])
        #expect(try client.call("PTTL", "k").integer == -1)
        try write(["HSET", "k", "f", "new"])
        try putBack(left: 50_000)
        #expect(try content == ["f", "new"])
        #expect(try client.call("PTTL", "k").integer == -1)
        try write(["SET", "k", "text"])
        try putBack(left: 50_000)
        #expect(try client.call("GET", "k").text == "text")
    }
}

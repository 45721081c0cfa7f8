import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// Fields of hashes that hold the ids of sessions: of each only the field goes.
@Suite(.waiting) struct HashPointerTests {
    private static let options: [LayoutOption] = [
        LayoutOption(.sessionKey, "s:{id}"), LayoutOption(.pointerKey, "user:{user}=hash:web"),
        LayoutOption(.pointerKey, "user:{name}=hash:app"), LayoutOption(.pointerKey, "device:{token}=hash:session"),
        LayoutOption(.backCheck, "hash:device"), LayoutOption(.date, "expiry=hash:ends:s"),
    ]
    private let store: Store

    init() throws {
        store = try Store(["--layout", "custom"] + Self.options.flatMap { [$0.name.rawValue, $0.value] })
        try store.write(
            ["HSET", "s:a", "ends", "7000000000", "device", "d1"],
            ["HSET", "s:old", "ends", "1000000000", "device", "d3"],
            ["HSET", "user:ann", "web", "a", "app", "gone", "name", "Ann"], ["HSET", "user:zoe", "app", "a"],
            ["HSET", "user:bob", "web", "gone", "app", "lost"], ["PEXPIREAT", "user:bob", "7000000000000"],
            ["HSET", "user:eve", "name", "gone"], ["HSET", "user:old", "web", "old", "name", "Old"],
            ["HSET", "device:d1", "session", "a"], ["HSET", "device:d2", "session", "a", "kind", "phone"],
            ["HSET", "device:d3", "session", "gone"], ["SET", "user:string", "gone"], ["SADD", "device:set", "gone"])
    }

    private var all: Set<Bytes> {
        [
            "s:a", "s:old", "user:ann", "user:bob", "user:eve", "user:old", "device:d1", "device:d2", "device:d3",
            "user:string", "user:zoe", "device:set",
        ]
    }

    private func fields(_ key: Bytes) throws -> Set<Bytes> {
        Set(try store.client.call("HKEYS", key).strings)
    }

    @Test func `fields go whose session is gone or names another, and nothing else of their hashes`() throws {
        let numbers = try store.cleanTwice()
        #expect(numbers["orphaned_pointers_found"] == 5)
        #expect(numbers["orphaned_pointers_removed"] == 5)
        #expect(try store.keys() == all.subtracting(["user:bob", "device:d3"]))
        #expect(try fields("user:ann") == ["web", "name"])
        #expect(try fields("device:d2") == ["kind"])
        #expect(try fields("user:eve") == ["name"])
        #expect(try store.cleanTwice()["orphaned_pointers_found"] == nil)
    }

    @Test func `an expired session takes its fields along`() throws {
        let numbers = try store.cleanTwice("--include-expired")
        #expect(numbers["expired_dependents_removed"] == 1)
        #expect(try fields("user:old") == ["name"])
    }

    @Test func `what is removed can be put back, and what is there by then is left as it is`() throws {
        let before = try Snapshot(store.client)
        let folder = try TemporaryFolder()
        let file = folder.file("backup")
        try store.clean("--include-expired", "--backup", file)
        #expect(try Snapshot(store.client) != before)
        func restore(_ words: String...) throws -> [String: Int] {
            let result = try JanitorProcess.run(
                ["restore", file, "--json"] + words, environment: ["REDIS_URL": store.redis.url])
            #expect(result.status == .exited(0))
            return try RestoreReading(result).stats
        }
        let dry = try restore("--dry-run")
        #expect(dry["restorable"] == 7)
        #expect(dry["write_commands_sent"] == 0)
        #expect(try restore()["entries_restored"] == 6)
        // A remaining time is read a moment before or after the clock.
        #expect(before.difference(to: try Snapshot(store.client), within: 100) == nil)
        try store.write(["HSET", "user:bob", "web", "a"], ["HDEL", "user:bob", "app"])
        let again = try restore()
        #expect(again["entries_restored"] == 1)
        #expect(again["present"] == 6)
        #expect(try store.client.call("HGET", "user:bob", "web").text == "a")
    }

    @Test func `a field stays whose session came back, or that points elsewhere, or whose key is another type`() throws
    {
        let cleanup = try store.plan()
        #expect(cleanup.plan.count(.pointer, .companion, .presence) == 5)
        try store.write(
            ["HSET", "user:ann", "app", "a"], ["HSET", "s:lost", "ends", "7000000000"], ["DEL", "device:d3"],
            ["SET", "device:d3", "gone"], ["HDEL", "user:bob", "web"])
        let report = try cleanup.execute()
        #expect(report.outcome == .completed)
        #expect(report.statistics.orphanedPointersRemoved == 1)
        #expect(try store.keys() == all.union(["s:lost"]))
        #expect(try fields("user:ann") == ["web", "app", "name"])
        #expect(try fields("user:bob") == ["app"])
        #expect(try fields("device:d2") == ["kind"])
    }
}

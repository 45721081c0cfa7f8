import TestSupport
import Testing

/// An index that is a hash, as Moodle's: its fields are the ids of sessions.
@Suite(.waiting) struct HashIndexTests {
    private let store: Store

    init() throws {
        store = try Store(
            "--layout", "custom", "--session-key", "sess_{id:[0-9a-f]+}", "--index-key", "user_{user}", "--entries",
            "hash",
            "--date", "expiry=json:ends:s")
        try store.write(
            ["SET", "sess_a1", "{\"ends\":7000000000}", "EX", "9999"],
            ["SET", "sess_a2", "{\"ends\":1500000000}", "EX", "9999"],
            ["HSET", "user_ann", "a1", "1700000000", "a2", "1700000001", "a3", "1700000002", "name", "Ann", "", "x"],
            ["EXPIRE", "user_ann", "5000"], ["HSET", "user_bob", "b1", "1", "b2", "2"], ["SADD", "user_eve", "a3"],
            ["SET", "user_x", "a3"])
    }

    private func fields(_ key: Bytes) throws -> Set<Bytes> { Set(try store.client.call("HKEYS", key).strings) }

    @Test func `what is no id, what names a session, and what is no hash stays`() throws {
        let (status, report) = try store.clean()
        #expect(status == .exited(3))
        #expect(report.stat("unreadable_index_keys") == 2)
        #expect(report.stat("orphaned_sessions_removed") == 3)
        #expect(report.stat("valid_sessions_found") == 2)
        #expect(report.stat("empty_user_sessions_removed") == 1)
        #expect(report.warnings.contains { $0.hasPrefix("2 entries, pointers and companions cannot name") })
        #expect(try fields("user_ann") == ["a1", "a2", "name", ""])
        #expect(try store.keys() == ["sess_a1", "sess_a2", "user_ann", "user_eve", "user_x"])
        #expect(try store.client.call("TTL", "user_ann").integer ?? 0 > 4_000)
    }

    @Test func `a hash that the layout does not declare holds nothing that could go`() throws {
        let store = try Store("--layout", "custom", "--session-key", "sess_{id}", "--index-key", "user_{user}")
        try store.write(["SET", "sess_a", "x"], ["SADD", "user_bob", "a"], ["HSET", "user_ann", "name", "Ann"])
        let before = try Snapshot(store.client)
        #expect(try store.clean().status == .exited(3))
        #expect(try Snapshot(store.client) == before)
    }

    @Test func `an expired session takes its field along, and everything comes back as it was`() throws {
        let before = try Snapshot(store.client)
        let folder = try TemporaryFolder()
        let file = folder.file("backup")
        let (_, report) = try store.clean("--include-expired", "--backup", file)
        #expect(report.stat("expired_sessions_removed") == 1)
        #expect(report.stat("expired_entries_removed") == 1)
        #expect(try fields("user_ann") == ["a1", "name", ""])
        // A field that has been written again is newer than the backup.
        try store.write(["HSET", "user_bob", "b2", "new"])
        let result = try JanitorProcess.run(
            ["restore", file, "--entries-without-session"], environment: ["REDIS_URL": store.redis.url])
        #expect(result.status == .exited(0), "\(result)")
        #expect(try store.client.call("HGET", "user_bob", "b2") == .string("new"))
        try store.write(["HSET", "user_bob", "b2", "2"])
        #expect(before.difference(to: try Snapshot(store.client), within: 1_000) == nil)
    }

    @Test func `a field that is written anew before the removal stays, and so does one whose session appears`() throws {
        let client = store.client
        let proxy = try RedisProxy(to: store.redis) { command, _ in
            if command[0] == "EVALSHA", command.contains("a3") {
                try client.run([["HSET", "user_ann", "a3", "1800000000"], ["SET", "sess_b1", "{}"]])
            }
            return .forward
        }
        let result = try JanitorProcess.run(
            [
                "--layout", "custom", "--session-key", "sess_{id:[0-9a-f]+}", "--index-key", "user_{user}", "--entries",
                "hash",
                "--json", "--grace", "0",
            ], environment: ["REDIS_URL": proxy.url])
        #expect(try RunReport(result).stat("orphaned_sessions_removed") == 1)
        #expect(try fields("user_ann") == ["a1", "a2", "a3", "name", ""])
        #expect(try fields("user_bob") == ["b1"])
    }

    @Test func `the field of an expired session that ends by itself during the run goes`() throws {
        let client = store.client
        let proxy = try RedisProxy(to: store.redis) { command, _ in
            if command[0] == "EVALSHA", command.contains("sess_a2") { try client.call("DEL", "sess_a2") }
            return .forward
        }
        let result = try JanitorProcess.run(
            [
                "--layout", "custom", "--session-key", "sess_{id:[0-9a-f]+}", "--index-key", "user_{user}", "--entries",
                "hash", "--date", "expiry=json:ends:s", "--include-expired", "--json", "--grace", "0",
            ], environment: ["REDIS_URL": proxy.url])
        #expect(try RunReport(result).stat("expired_entries_removed") == 1)
        #expect(try fields("user_ann") == ["a1", "name", ""])
    }

    @Test func `of thousands of fields in one hash each is judged by its own session`() throws {
        try store.client.run(
            [["HSET", "user_many"] + (0..<5_000).flatMap { [Bytes(String($0, radix: 16)), "1"] }]
                + (0..<5_000).filter { $0 % 5 == 0 }.map { ["SET", "sess_" + Bytes(String($0, radix: 16)), "{}"] })
        let (_, report) = try store.clean()
        #expect(report.stat("user_sessions_checked") == 3)
        let kept = (0..<5_000).filter { $0 % 5 == 0 }.map { Bytes(String($0, radix: 16)) }
        #expect(try fields("user_many") == Set(kept + ["a1", "a2"]))
    }
}

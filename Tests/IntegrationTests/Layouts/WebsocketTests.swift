import TestSupport
import Testing

/// Seed 5: bare ids, presence keys named by users, and no TTL on either.
@Suite(.waiting) struct WebsocketTests {
    private let store: Store

    init() throws {
        store = try Store("--layout", "websocket")
        try store.write(
            ["SET", "3de3-9980b633-000d", "ann"], ["SET", "3de3-9980b633-000e", "bob", "EX", "9999"],
            ["SET", "ann", ""], ["SET", "bob", "", "EX", "9999"], ["SET", "eve", ""],
            ["SET", "mallory", "", "EX", "9999"],
            ["SET", "queue:1", ""], ["SET", "counter", "5"], ["SADD", "group", "x"], ["SET", "3de3-9980b633-000", "x"])
    }

    @Test func `the presence of a user without a session goes`() throws {
        let numbers = try store.cleanTwice()
        #expect(
            numbers == [
                "sessions_checked": 2, "orphaned_presence_keys_found": 2, "orphaned_presence_keys_removed": 2,
                "sessions_without_ttl_found": 1, "presence_keys_without_ttl_found": 2,
            ])
        #expect(
            try store.keys() == [
                "3de3-9980b633-000d", "3de3-9980b633-000e", "ann", "bob", "queue:1", "counter", "group",
                "3de3-9980b633-000",
            ])
    }

    @Test func `missing TTLs are set to what the layout wants`() throws {
        let (_, report) = try store.clean("--set-missing-ttl", "layout")
        #expect(report.stat("ttls_set") == 2)
        func hours(_ key: Bytes) throws -> Double {
            Double(try store.client.call("PTTL", key).integer ?? 0) / 3_600_000
        }
        #expect((23.9...24).contains(try hours("3de3-9980b633-000d")))
        #expect((1.9...2).contains(try hours("ann")))
        #expect((2.7...2.8).contains(try hours("bob")))
        #expect(try store.client.call("TTL", "counter") == .integer(-1))
    }

    @Test func `a dry run says how many TTLs would be set, those of keys that go not among them`() throws {
        let before = try Snapshot(store.client)
        let (_, report) = try store.clean("--set-missing-ttl", "layout", "--dry-run")
        #expect(report.stat("missing_ttls_found") == 2)
        #expect(report.stat("ttls_set") == 0)
        #expect(try Snapshot(store.client) == before)
        let numbers = try store.cleanTwice("--set-missing-ttl", "layout")
        #expect(numbers["missing_ttls_found"] == 2)
        #expect(numbers["ttls_set"] == 2)
    }

    @Test func `TTLs that would be set count toward --max-removals`() throws {
        let before = try Snapshot(store.client)
        let limited = ["--set-missing-ttl", "1s", "--max-removals"]
        for (limit, status) in [("0", 4), ("3", 4), ("4", 0)] as [(String, Int32)] {
            let result = try JanitorProcess.run(
                ["--layout", "websocket", "--grace", "0", "--json"] + limited + [limit],
                environment: ["REDIS_URL": store.redis.url])
            #expect(result.status == .exited(status))
            let report = try RunReport(result)
            #expect(report.outcome == (status == 0 ? "completed" : "refused"))
            #expect(report.stat("missing_ttls_found") == 2)
            #expect(report.stat("ttls_set") == (status == 0 ? 2 : 0))
            guard status == 4 else { continue }
            #expect(report.error?.message.contains("and 2 TTLs would be set") == true)
            #expect(try Snapshot(store.client) == before)
        }
    }

    /// As the application names everything by one generator.
    @Test func `of keys that are named alike what they hold tells sessions, presence keys and codes apart`() throws {
        func id(_ number: Int) -> Bytes { Bytes("3de3-9980b633-\(1_000 + number)") }
        for key in try store.keys() { try store.write(["DEL", key]) }
        // Ten users with a session and a presence key, five without a session, codes, and what nothing tells.
        for number in 0..<10 { try store.write(["SET", id(number), id(100 + number)], ["SET", id(100 + number), ""]) }
        for number in 10..<15 { try store.write(["SET", id(100 + number), ""]) }
        try store.write(
            ["SET", id(200), "0042", "EX", "300"], ["SET", id(201), "1234", "EX", "300"],
            ["SET", id(202), "two words"],
            ["SADD", id(203), id(100)], ["HSET", id(204), "user", id(114)], ["SET", id(205), "77"])
        let before = try Snapshot(store.client)
        let (_, dry) = try store.clean("--set-missing-ttl", "layout", "--dry-run")
        #expect(dry.stat("missing_ttls_found") == 20)
        #expect(try Snapshot(store.client) == before)
        let numbers = try store.cleanTwice()
        #expect(
            numbers == [
                "sessions_checked": 10, "orphaned_presence_keys_found": 5, "orphaned_presence_keys_removed": 5,
                "sessions_without_ttl_found": 10, "presence_keys_without_ttl_found": 15,
            ])
        #expect(try store.keys().count == before.keys.count - 5)
        let (_, report) = try store.clean("--set-missing-ttl", "layout")
        #expect(report.stat("ttls_set") == 20)
        func ttl(_ number: Int) throws -> Int { try store.client.call("TTL", id(number)).integer ?? 0 }
        #expect((86_000...86_400).contains(try ttl(0)))
        #expect((7_000...7_200).contains(try ttl(100)))
        #expect((1...300).contains(try ttl(200)))
        for number in 202...205 { #expect(try ttl(number) == -1) }
    }

    @Test(.enabled(if: !ServerProgram.has(.noTouch)))
    func `where reading counts as use nothing is idle, and the run says so`() throws {
        let before = try Snapshot(store.client)
        let (status, report) = try store.clean("--max-idle", "1s")
        #expect(status == .exited(1))
        #expect(report.error?.code == "idle_times_unknown")
        #expect(report.error?.message.contains("Redis 7.2") == true)
        #expect(try Snapshot(store.client) == before)
    }

    @Test(.enabled(if: ServerProgram.has(.noTouch)))
    func `the presence of a user whose sessions were all idle goes with them`() throws {
        // Redis can be told that a key was not asked for; a DUMP asks for it, and so comes before.
        for key in ["3de3-9980b633-000e", "3de3-9980b633-000d"] as [Bytes] {
            let value = try #require(try store.client.call("DUMP", key).bytes)
            let idle: Bytes = key == "3de3-9980b633-000d" ? "7200" : "0"
            try store.write(["RESTORE", key, "0", value, "REPLACE", "IDLETIME", idle])
        }
        let idle = try #require(try store.client.call("DUMP", "eve").bytes)
        try store.write(["RESTORE", "3de3-9980b633-000f", "0", idle, "REPLACE", "IDLETIME", "7200"])
        let (status, report) = try store.clean("--max-idle", "1h")
        #expect(status == .exited(0))
        #expect(report.stat("idle_sessions_removed") == 1)
        #expect(report.stat("orphaned_presence_keys_removed") == 3)
        #expect(report.stat("expired_dependents_removed") == 1)
        #expect(try store.client.call("EXISTS", "3de3-9980b633-000d", "ann", "3de3-9980b633-000f") == .integer(0))
        #expect(try store.client.call("EXISTS", "3de3-9980b633-000e", "bob") == .integer(2))
    }

    @Test func `idleness is refused where the server counts how often keys are used`() throws {
        let store = try Store("--layout", "websocket", server: ["--maxmemory-policy", "allkeys-lfu"])
        try store.write(["SET", "3de3-9980b633-000d", "ann"], ["SET", "eve", ""])
        let (status, report) = try store.clean("--max-idle", "1h")
        #expect(status == .exited(1))
        #expect(report.error?.code == "idle_times_unknown")
        // And presence keys cannot be proven there: kept, and told.
        let (_, second) = try store.clean()
        #expect(second.stat("orphaned_presence_keys_found") == 1)
        #expect(second.stat("orphaned_presence_keys_removed") == 0)
        #expect(second.warnings.contains { $0.contains("maxmemory-policy") })
        #expect(try store.keys() == ["3de3-9980b633-000d", "eve"])
    }

    @Test func `a presence key comes back with restore`() throws {
        let before = try Snapshot(store.client)
        let folder = try TemporaryFolder()
        let file = folder.file("backup")
        let (_, report) = try store.clean("--backup", file)
        #expect(report.stat("orphaned_presence_keys_removed") == 2)
        let result = try JanitorProcess.run(["restore", file], environment: ["REDIS_URL": store.redis.url])
        #expect(result.status == .exited(0))
        #expect(before.difference(to: try Snapshot(store.client), within: 1_000) == nil)
    }

    /// A run that sets TTLs and removes the presence of eve and mallory, with a backup.
    private func setTTLs(_ folder: borrowing TemporaryFolder) throws -> String {
        let file = folder.file("backup")
        let (status, report) = try store.clean("--set-missing-ttl", "layout", "--backup", file)
        #expect(status == .exited(0))
        #expect(report.stat("ttls_set") == 2)
        return file
    }

    private func restore(_ file: String, _ arguments: String...) throws -> RestoreReading {
        let result = try JanitorProcess.run(
            ["restore", file, "--json"] + arguments, environment: ["REDIS_URL": store.redis.url])
        #expect(result.status == .exited(0))
        return try RestoreReading(result)
    }

    @Test func `a TTL that a run has set is taken back with restore`() throws {
        let before = try Snapshot(store.client)
        let folder = try TemporaryFolder()
        let file = try setTTLs(folder)
        let cleaned = try Snapshot(store.client)
        let dry = try restore(file, "--dry-run")
        #expect(dry.stat("restorable") == 4)
        #expect(dry.stat("expired") == 0)
        #expect(dry.stat("write_commands_sent") == 0)
        #expect(try cleaned == Snapshot(store.client))
        let reading = try restore(file)
        #expect(reading.stat("restored") == 4)
        #expect(reading.stat("ttls_cleared") == 2)
        #expect(before.difference(to: try Snapshot(store.client), within: 1_000) == nil)
        let again = try restore(file)
        #expect(again.stat("restored") == 0)
        #expect(again.stat("present") == 4)
    }

    @Test func `a backup that holds nothing but TTLs is kept`() throws {
        try store.write(["DEL", "eve", "mallory"])
        let before = try Snapshot(store.client)
        let folder = try TemporaryFolder()
        let reading = try restore(try setTTLs(folder))
        #expect(reading.stat("ttls_cleared") == 2)
        #expect(before.difference(to: try Snapshot(store.client), within: 1_000) == nil)
    }

    @Test func `a TTL that somebody else has changed meanwhile stays`() throws {
        let folder = try TemporaryFolder()
        let file = try setTTLs(folder)
        try store.write(["EXPIRE", "ann", "5000"], ["DEL", "3de3-9980b633-000d"])
        let reading = try restore(file)
        #expect(reading.stat("present") == 1)
        #expect(reading.stat("expired") == 1)
        #expect(reading.stat("ttls_cleared") == 0)
        let left = try store.client.call("TTL", "ann").integer ?? 0
        #expect((4_900...5_000).contains(left))
    }
}

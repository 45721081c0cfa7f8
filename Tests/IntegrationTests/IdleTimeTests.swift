import TestSupport
import Testing

/// `--max-idle` where only the server knows when a session was used.
@Suite(.waiting) struct IdleTimeTests {
    private let store: Store

    init() throws {
        store = try Store("--layout", "flask")
        try store.write(["SET", "session:used", "value"])
        for id in ["a", "b"] as [Bytes] { try writeIdle(id) }
    }

    /// A session that nobody has asked for in two hours.
    private func writeIdle(_ id: Bytes, value: Bytes = "value") throws {
        try store.write(["SET", "donor", value])
        let payload = try #require(try store.client.call("DUMP", "donor").bytes)
        try store.write(["DEL", "donor"], ["RESTORE", "session:" + id, "0", payload, "IDLETIME", "7200"])
    }

    @Test func `what goes because nobody has used it is in the backup, and comes back`() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("backup")
        let before = try Snapshot(store.client)
        // The snapshot has touched them.
        try store.write(["DEL", "session:a", "session:b"])
        for id in ["a", "b"] as [Bytes] { try writeIdle(id) }
        let (status, report) = try store.clean("--max-idle", "1h", "--backup", file)
        #expect(status == .exited(0))
        #expect(report.stat("idle_sessions_removed") == 2)
        #expect(try store.keys() == ["session:used"])
        let result = try JanitorProcess.run(["restore", file], environment: ["REDIS_URL": store.redis.url])
        #expect(result.status == .exited(0))
        #expect(before.difference(to: try Snapshot(store.client)) == nil)
    }

    @Test func `one that is used after it was written down stays`() throws {
        let folder = try TemporaryFolder()
        let client = store.client
        let proxy = try RedisProxy(to: store.redis) { command, number in
            if command[0] == "EVALSHA", command.contains("session:a") { _ = try client.call("GET", "session:a") }
            return .forward
        }
        let result = try JanitorProcess.run(
            ["--layout", "flask", "--json", "--max-idle", "1h", "--backup", folder.file("backup")],
            environment: ["REDIS_URL": proxy.url])
        #expect(try RunReport(result).stat("idle_sessions_removed") == 1)
        #expect(try store.keys() == ["session:a", "session:used"])
    }

    /// Where reading leaves no trace, the removal itself asks how long nobody has used it.
    @Test(.enabled(if: !ServerProgram.has(.noTouch)))
    func `one that is used before it is written down stays`() throws {
        let folder = try TemporaryFolder()
        let client = store.client
        let proxy = try RedisProxy(to: store.redis) { command, number in
            // The first script only looks.
            if command[0] == "EVALSHA", number == 1 {
                _ = try client.pipeline(["a", "b"].map { ["GET", "session:" + $0] })
            }
            return .forward
        }
        let result = try JanitorProcess.run(
            ["--layout", "flask", "--json", "--max-idle", "1h", "--backup", folder.file("backup")],
            environment: ["REDIS_URL": proxy.url])
        #expect(try RunReport(result).stat("idle_sessions_removed") == 0)
        #expect(try store.keys() == ["session:a", "session:b", "session:used"])
        #expect(try Unattended.names(folder) == [])
    }

    @Test func `a dry run that reads no values leaves the idle times`() throws {
        for _ in 0..<2 {
            let (_, report) = try store.clean("--max-idle", "1h", "--dry-run")
            #expect(report.stat("idle_sessions_found") == 2)
            #expect(report.warnings == [])
        }
        #expect(try (store.client.call("OBJECT", "IDLETIME", "session:a").integer ?? 0) >= 7_200)
    }

    @Test func `reading that counts as use is told of, and leaves no trace from Redis 7.2`() throws {
        let store = try Store("--layout", "lucia")
        try store.write(["SET", "donor", "{\"idle_expires\":99999999999999}"])
        let payload = try #require(try store.client.call("DUMP", "donor").bytes)
        try store.write(["DEL", "donor"], ["RESTORE", "session:a", "0", payload, "IDLETIME", "1800"])
        let (_, report) = try store.clean("--max-idle", "1h", "--include-expired", "--dry-run")
        let idle = try store.client.call("OBJECT", "IDLETIME", "session:a").integer ?? 0
        let leavesNoTrace = ServerProgram.has(.noTouch)
        #expect((idle >= 1_800) == leavesNoTrace)
        #expect(report.warnings.contains { $0.contains("counts as using it") } == !leavesNoTrace)
        let (_, plain) = try store.clean("--max-idle", "1h", "--dry-run")
        #expect(plain.warnings == [])
    }
}

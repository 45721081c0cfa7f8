import TestSupport
import Testing

/// The lock during a run and after it, however the run ends.
@Suite(.waiting) struct LockRunTests {
    private let appauth: Store
    private static let copy: Bytes = "copy of the lock"

    init() throws {
        appauth = try Store.withOrphan()
    }

    /// Keeps what is in the lock, its time to live included, as it is just before the first command of this name.
    private func proxy(
        copyingBefore name: String, then action: RedisProxy.Action = .forward
    ) throws -> RedisProxy {
        let client = appauth.client
        return try RedisProxy(to: appauth.redis) { command, count in
            guard command[0].text == name, count == 1 else { return .forward }
            try LockRunTests.copyLock(client)
            return action
        }
    }

    /// As `COPY` does, which came with Redis 6.2.
    private static func copyLock(_ client: TestClient) throws {
        let left = try client.call("PTTL", Unattended.lockKey).integer ?? 0
        guard case .string(let value) = try client.call("DUMP", Unattended.lockKey) else { return }
        try client.call("RESTORE", copy, Bytes(max(left, 0)), value, "REPLACE")
    }

    /// What a run had in its lock.
    private func expectLockWasHeld(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let holder = try Unattended.object(try appauth.client.call("GET", LockRunTests.copy).text ?? "{}")
        let host = try Unattended.lines("/proc/sys/kernel/hostname").first
        #expect(holder["host"] as? String == host, sourceLocation: sourceLocation)
        #expect(holder["pid"] as? Int ?? 0 > 1, sourceLocation: sourceLocation)
        let since = holder["since"] as? String ?? ""
        #expect(since.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil, sourceLocation: sourceLocation)
        #expect((holder["token"] as? String ?? "").count >= 32, sourceLocation: sourceLocation)
        let left = try appauth.client.call("PTTL", LockRunTests.copy).integer ?? -1
        #expect((1...60_000).contains(left), sourceLocation: sourceLocation)
    }

    private func expectNoLock(sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(
            try appauth.client.call("EXISTS", Unattended.lockKey) == .integer(0), sourceLocation: sourceLocation)
    }

    @Test(arguments: ["SCAN", "ZRANGE", "EXISTS"])
    func `the lock is there while a run goes on, ends by itself, and is gone afterwards`(moment: String) throws {
        let proxy = try proxy(copyingBefore: moment)
        let (status, report) = try appauth.clean(url: proxy.url)
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 1)
        try expectLockWasHeld()
        try expectNoLock()
    }

    @Test func `the lock is gone after a failed run`() throws {
        let proxy = try proxy(copyingBefore: "SCAN", then: .answer("-ERR no\r\n"))
        let (status, _) = try appauth.clean(url: proxy.url)
        #expect(status == .exited(1))
        try expectLockWasHeld()
        try expectNoLock()
    }

    @Test func `the lock is gone after a refused run`() throws {
        let proxy = try proxy(copyingBefore: "EXISTS")
        let (status, _) = try appauth.clean(["--max-removals", "0"], url: proxy.url)
        #expect(status == .exited(4))
        try expectLockWasHeld()
        try expectNoLock()
    }

    @Test func `the lock is gone after a partial run`() throws {
        try appauth.client.call("HSET", Appauth.index("odd"), "field", "value")
        let (status, _) = try appauth.clean()
        #expect(status == .exited(3))
        try expectNoLock()
    }

    @Test func `the lock is gone after a run whose lock connection was dropped`() throws {
        let client = appauth.client
        let proxy = try RedisProxy(to: appauth.redis) { command, count in
            guard command[0].text == "SCAN", count == 1 else { return .forward }
            // All but the one that asks: the run's two come back.
            try client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            return .forward
        }
        let (status, _) = try appauth.clean(url: proxy.url)
        #expect(status == .exited(0))
        try expectNoLock()
    }

    @Test func `the lock is gone after both halves of an initial run`() throws {
        let result = try appauth.run("initial", "--yes", "--grace", "0")
        #expect(result.status == .exited(0))
        try expectNoLock()
    }

    @Test func `a run without a lock writes none`() throws {
        let client = appauth.client
        let proxy = try RedisProxy(to: appauth.redis) { command, _ in
            if command[0].text == "ZRANGE" { try LockRunTests.copyLock(client) }
            return .forward
        }
        let (status, _) = try appauth.clean(["--no-lock"], url: proxy.url)
        #expect(status == .exited(0))
        #expect(proxy.count(of: "SET") == 0)
        #expect(try appauth.client.call("EXISTS", LockRunTests.copy) == .integer(0))
    }

    @Test func `a lock that became somebody else's is not given back`() throws {
        let client = appauth.client
        let proxy = try RedisProxy(to: appauth.redis) { command, count in
            if command[0].text == "ZRANGE", count == 1 {
                try client.call("SET", Unattended.lockKey, Unattended.foreignLock, "PX", "600000")
            }
            return .forward
        }
        _ = try appauth.clean(url: proxy.url)
        #expect(try client.call("GET", Unattended.lockKey) == .string(Unattended.foreignLock))
        #expect(try client.call("PTTL", Unattended.lockKey).integer ?? 0 > 60_000)
    }

    @Test func `a run that is killed leaves a lock that ends by itself`() throws {
        let janitor = try JanitorProcess(["--grace", "1h"], environment: ["REDIS_URL": appauth.redis.url])
        try Deadline.wait(for: "the reading of the index") {
            try appauth.client.call("INFO", "commandstats").text?.contains("cmdstat_zrange:") == true
        }
        janitor.send(signal: 9)
        #expect(try janitor.finish().status == .killed(signal: 9))
        let left = try appauth.client.call("PTTL", Unattended.lockKey).integer ?? -1
        #expect((1...60_000).contains(left))
        let result = try appauth.run("--grace", "0")
        #expect(result.status == .exited(5))
        #expect(result.error.contains("process \(janitor.processIdentifier) on "))
        #expect(result.error.contains("a run that was killed blocks for at most a minute"))
        // And with its end the next run cleans.
        try appauth.client.call("PEXPIRE", Unattended.lockKey, "1")
        try Deadline.wait(for: "the end of the lock") {
            try appauth.client.call("EXISTS", Unattended.lockKey) == .integer(0)
        }
        #expect(try appauth.run("--grace", "0").status == .exited(0))
        #expect(try appauth.listed() == ["living"])
    }

    @Test func `of two runs at once exactly one cleans`() throws {
        let commands = Collector<String>()
        let proxy = try RedisProxy(to: appauth.redis) { command, _ in
            switch command[0].text {
            case "SET":
                // Both are there before either is answered.
                commands.append("SET")
                try Deadline.wait(for: "the other run") { commands.values.count { $0 == "SET" } == 2 }
            case "MGET": commands.append("MGET")
            case "SCAN":
                // The loser asks who the winner is.
                try Deadline.wait(for: "the loser's question") { commands.values.contains("MGET") }
            default: break
            }
            return .forward
        }
        let runs = try (0..<2).map { _ in
            try JanitorProcess(["--json", "--grace", "0"], environment: ["REDIS_URL": proxy.url])
        }
        let results = try runs.map { try $0.finish() }
        let reports = try results.map { try RunReport($0) }
        #expect(Set(results.map { "\($0.status)" }) == ["exited(0)", "exited(5)"])
        #expect(reports.reduce(0) { $0 + ($1.stat("orphaned_sessions_removed") ?? 0) } == 1)
        let winner = try #require(results.firstIndex { $0.status == .exited(0) })
        #expect(results[1 - winner].error.contains("process \(runs[winner].processIdentifier) on "))
        #expect(try appauth.listed() == ["living"])
        try expectNoLock()
    }

    // MARK: The lock is no session

    @Test(arguments: [
        ["--session-key", "{prefix}:{id}", "--index-key", "list:{user}"],
        ["--session-key", "{prefix}:janitor:{id}", "--index-key", "list:{user}"],
        ["--session-key", "{id}:lock", "--index-key", "list:{user}:"],
        ["--session-key", "x:{id}", "--index-key", "{prefix}:{user}"],
        ["--session-key", "x:{id}", "--index-key", "{prefix}:janitor:{user}"],
    ])
    func `the lock is neither a session nor an index key, whatever the templates`(templates: [String]) throws {
        try appauth.client.call("FLUSHDB")
        for arguments in [["--include-expired"], ["--no-lock"], ["--dry-run"], ["--include-expired", "--dry-run"]] {
            if arguments != ["--include-expired"] {
                try appauth.client.call("SET", Unattended.lockKey, Unattended.foreignLock)
            }
            let (status, report) = try appauth.clean(templates + arguments)
            #expect(status == .exited(0))
            #expect(report.stat("sessions_checked") == 0)
            #expect(report.stat("unindexed_sessions_found") == 0)
            #expect(report.stat("undated_sessions_found") == 0)
            #expect(report.stat("unreadable_index_keys") == 0)
        }
        #expect(try appauth.client.call("GET", Unattended.lockKey) == .string(Unattended.foreignLock))
    }
}

import TestSupport
import Testing

/// Logins and logouts in the middle of a run, each at an exact moment.
@Suite(.waiting) struct RunRaceTests {
    private let appauth: Store

    init() throws {
        appauth = try Store()
        try appauth.write(sessions: "living")
        try appauth.list("living", "orphan", "late")
    }

    /// A way to the server on which `action` happens just before the first command of this name.
    private func proxy(before name: String, number: Int = 1, _ action: @escaping @Sendable (TestClient) throws -> Void)
        throws -> RedisProxy
    {
        let client = appauth.client
        return try RedisProxy(to: appauth.redis) { command, count in
            if command[0].text == name, count == number { try action(client) }
            return .forward
        }
    }

    private func check(_ report: RunReport, orphaned: Int, removed: Int, valid: Int, revived: Int) {
        #expect(report.stat("orphaned_sessions_found") == orphaned)
        #expect(report.stat("orphaned_sessions_removed") == removed)
        #expect(report.stat("valid_sessions_found") == valid)
        #expect(report.stat("revived_sessions_found") == revived)
        let total = report.stat("total_sessions_checked")
        #expect(total == orphaned + valid + (report.stat("expired_entries_found") ?? 0))
    }

    @Test func `a session written between the census and the second look keeps its entry`() throws {
        let proxy = try proxy(before: "EXISTS") { try $0.call("SET", Appauth.session("late"), Appauth.living) }
        let (status, report) = try appauth.clean(url: proxy.url)
        #expect(status == .exited(0))
        check(report, orphaned: 1, removed: 1, valid: 2, revived: 1)
        #expect(report.consistency == "repaired")
        #expect(try appauth.listed() == ["living", "late"])
    }

    @Test func `a session written between the second look and the removal keeps its entry`() throws {
        let proxy = try proxy(before: "EVALSHA") { try $0.call("SET", Appauth.session("late"), Appauth.living) }
        let (status, report) = try appauth.clean(url: proxy.url)
        #expect(status == .exited(0))
        check(report, orphaned: 1, removed: 1, valid: 2, revived: 1)
        #expect(report.consistency == "repaired")
        #expect(try appauth.listed() == ["living", "late"])
    }

    @Test(arguments: [false, true])
    func `a session written within the grace time keeps its entry`(isDryRun: Bool) throws {
        let proxy = try RedisProxy(to: appauth.redis) { _, _ in .forward }
        let janitor = try JanitorProcess(
            ["--json", "--grace", "3s"] + (isDryRun ? ["--dry-run"] : []), environment: ["REDIS_URL": proxy.url])
        try Deadline.wait(for: "the reading of the index") { proxy.count(of: "ZRANGE") > 0 }
        try appauth.write(sessions: "late")
        let report = try RunReport(try janitor.finish())
        check(report, orphaned: 1, removed: isDryRun ? 0 : 1, valid: 2, revived: 1)
        #expect(try appauth.listed() == (isDryRun ? ["living", "orphan", "late"] : ["living", "late"]))
    }

    @Test func `a login that lists its id first and writes its session later is not disturbed`() throws {
        let client = appauth.client
        let proxy = try RedisProxy(to: appauth.redis) { command, count in
            switch (command[0].text, count) {
            // The census is over: only the survey sees the entry.
            case ("ZRANGE", 1): try client.call("ZADD", Appauth.index("a@example.org"), "9", "login")
            case ("EXISTS", 1): try client.call("SET", Appauth.session("login"), Appauth.living)
            default: break
            }
            return .forward
        }
        let (_, report) = try appauth.clean(url: proxy.url)
        check(report, orphaned: 2, removed: 2, valid: 2, revived: 1)
        #expect(try appauth.listed() == ["living", "login"])
    }

    @Test func `a slow survey takes nothing off the grace time of what it read last`() throws {
        let client = appauth.client
        let proxy = try RedisProxy(to: appauth.redis) { command, count in
            if command[0].text == "ZRANGE", count == 1 {
                // A survey longer than the grace time; a login comes in just before its end.
                let end = Deadline(in: .milliseconds(2_100))
                try Deadline.wait(for: "a slow survey") { end.hasPassed }
                try client.call("ZADD", Appauth.index("a@example.org"), "9", "login")
            }
            return .forward
        }
        let janitor = try JanitorProcess(["--json", "--grace", "2s"], environment: ["REDIS_URL": proxy.url])
        // The second look comes at once then and sees no session; the removal has to wait and see.
        try Deadline.wait(for: "the second look") {
            try client.call("INFO", "commandstats").text?.contains("cmdstat_exists:") == true
        }
        try appauth.write(sessions: "login")
        let report = try RunReport(try janitor.finish())
        check(report, orphaned: 2, removed: 2, valid: 2, revived: 1)
        #expect(try appauth.listed() == ["living", "login"])
    }

    @Test func `a session that ends after the census leaves its entry for the next run`() throws {
        let proxy = try proxy(before: "ZRANGE") { try $0.call("DEL", Appauth.session("living")) }
        let (_, report) = try appauth.clean(url: proxy.url)
        check(report, orphaned: 2, removed: 2, valid: 1, revived: 0)
        #expect(try appauth.listed() == ["living"])
        let (_, second) = try appauth.clean()
        check(second, orphaned: 1, removed: 1, valid: 0, revived: 0)
    }

    @Test(arguments: ["EXISTS", "EVALSHA"])
    func `an expired session that is renewed at the last moment stays with its entry`(command: String) throws {
        try appauth.write(sessions: "renewed", "outdated", value: Appauth.expired)
        try appauth.list("renewed", "outdated")
        let proxy = try proxy(before: command) {
            try $0.call("SET", Appauth.session("renewed"), Appauth.living)
        }
        let (status, report) = try appauth.clean(["--include-expired"], url: proxy.url)
        #expect(status == .exited(0))
        check(report, orphaned: 2, removed: 2, valid: 2, revived: 0)
        #expect(report.stat("expired_entries_found") == 1)
        #expect(report.stat("expired_entries_removed") == 1)
        #expect(report.stat("expired_sessions_removed") == 1)
        #expect(report.warnings.contains { $0.contains("changed during the run") })
        #expect(try appauth.listed() == ["living", "renewed"])
        #expect(try appauth.exists(session: "renewed"))
    }

    @Test(arguments: ["DUMP", "EVALSHA"])
    func `a login that comes back with an expired session's id, index first, keeps its entry`(command: String) throws {
        try appauth.write(sessions: "outdated", value: Appauth.expired)
        try appauth.list("outdated")
        let folder = try TemporaryFolder()
        let key = Appauth.index("a@example.org")
        let proxy = try proxy(before: command) {
            try $0.call("ZADD", key, "9", "outdated")
        }
        let backup = command == "DUMP" ? ["--backup", folder.file("backup")] : []
        let (_, report) = try appauth.clean(["--include-expired"] + backup, url: proxy.url)
        #expect(proxy.count(of: command) > 0)
        // The session is written now, with the id that it had.
        try appauth.write(sessions: "outdated")
        #expect(report.stat("expired_entries_removed") == 0)
        #expect(try appauth.client.call("ZSCORE", key, "outdated") == .string("9"))
    }

    @Test func `an entry that was recorded and then added anew stays, as a restore would bring the former one back`()
        throws
    {
        try appauth.write(sessions: "outdated", value: Appauth.expired)
        try appauth.list("outdated")
        let folder = try TemporaryFolder()
        let key = Appauth.index("a@example.org")
        // The session ends by itself between the record and the script; the first one only looks.
        let proxy = try proxy(before: "EVALSHA", number: 2) {
            try $0.run([["DEL", Appauth.session("outdated")], ["ZADD", key, "9", "outdated"]])
        }
        let (_, report) = try appauth.clean(["--include-expired", "--backup", folder.file("backup")], url: proxy.url)
        #expect(report.stat("expired_entries_removed") == 0)
        #expect(report.stat("orphaned_sessions_removed") == 2)
        #expect(try appauth.client.call("ZSCORE", key, "outdated") == .string("9"))
    }

    @Test func `a pointer that was recorded while it led elsewhere stays, as a restore would have it lead there`()
        throws
    {
        let layout = [
            "--layout", "custom", "--session-key", "s:{id}", "--pointer-key", "cur:{user}", "--date", "expiry=json:exp",
            "--expire-by", "expiry",
        ]
        let store = try Store(layout)
        try store.write(
            ["SET", "s:a", "{\"exp\": 1000000001}"], ["SET", "s:b", "{\"exp\": 7000000000}"], ["SET", "cur:ann", "a"],
            ["SET", "cur:bob", "b"])
        let client = store.client
        let proxy = try RedisProxy(to: store.redis) { command, count in
            switch (command[0].text, count) {
            case ("DUMP", 1): try client.call("SET", "cur:ann", "b")
            case ("EVALSHA", 2): try client.run([["DEL", "s:a"], ["SET", "cur:ann", "a"]])
            default: break
            }
            return .forward
        }
        let folder = try TemporaryFolder()
        let result = try JanitorProcess.run(
            ["--json", "--grace", "0", "--include-expired", "--backup", folder.file("backup")] + layout,
            environment: ["REDIS_URL": proxy.url])
        #expect(result.status == .exited(0), "\(result)")
        #expect(try client.call("GET", "cur:ann") == .string("a"))
    }

    @Test func `an index key that becomes another type during the run makes the run partial`() throws {
        try appauth.list("lost", under: "retyped")
        let proxy = try proxy(before: "EVALSHA") { client in
            try client.call("DEL", Appauth.index("retyped"))
            try client.call("SET", Appauth.index("retyped"), "lost")
        }
        let (status, report) = try appauth.clean(url: proxy.url)
        #expect(status == .exited(3))
        #expect(report.outcome == "partial")
        #expect(report.consistency == "needs_repair")
        #expect(report.stat("orphaned_sessions_removed") == 2)
        #expect(try appauth.client.call("GET", Appauth.index("retyped")) == .string("lost"))
    }

    @Test(arguments: ["ZRANGE", "EXISTS", "EVALSHA"])
    func `an index key that goes during the run does no harm`(command: String) throws {
        try appauth.list("lost", under: "vanishing")
        let proxy = try proxy(before: command) { try $0.call("DEL", Appauth.index("vanishing")) }
        let (status, report) = try appauth.clean(url: proxy.url)
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 2)
        #expect(report.consistency == "repaired")
        #expect(try appauth.snapshot()[Appauth.index("vanishing")] == nil)
    }

    @Test(arguments: [1, 2])
    func `scripts that the server forgets in the middle of a run are loaded again`(number: Int) throws {
        try appauth.write(sessions: "outdated", value: Appauth.expired)
        try appauth.list("outdated")
        let proxy = try proxy(before: "EVALSHA", number: number) { try $0.call("SCRIPT", "FLUSH") }
        let (status, report) = try appauth.clean(["--include-expired"], url: proxy.url)
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 2)
        #expect(report.stat("expired_sessions_removed") == 1)
        #expect(try appauth.listed() == ["living"])
    }
}

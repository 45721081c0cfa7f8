import TestSupport
import Testing

/// `scheduled` towards cron: silent while all is well, else one line and the status.
@Suite(.waiting) struct ScheduledTests {
    private let appauth: Store
    private let folder: TemporaryFolder

    init() throws {
        appauth = try Store.withOrphan()
        folder = try TemporaryFolder()
    }

    private func run(
        _ arguments: String..., environment: [String: String] = [:], url: String? = nil
    ) throws -> JanitorResult {
        try JanitorProcess.run(
            ["scheduled", "--grace", "0"] + arguments,
            environment: environment.merging(["REDIS_URL": url ?? appauth.redis.url]) { $1 })
    }

    @Test func `success is silent, with orphans and without`() throws {
        for _ in 0..<2 {
            let result = try run()
            #expect(result.status == .exited(0))
            #expect(result.isSilent)
            #expect(try appauth.listed() == ["living"])
        }
    }

    @Test func `success is silent with verbose, progress and a dry run as well`() throws {
        for arguments in [["--verbose"], ["--progress=always"], ["--dry-run"], ["--color=always"]] {
            let result = try JanitorProcess.run(
                ["scheduled", "--grace", "0"] + arguments, environment: ["REDIS_URL": appauth.redis.url])
            #expect(result.status == .exited(0))
            #expect(result.isSilent)
        }
    }

    @Test func `a dry run removes nothing`() throws {
        let before = try appauth.snapshot()
        #expect(try run("--dry-run").isSilent)
        #expect(try appauth.snapshot() == before)
    }

    @Test func `warnings of a good run do not make cron send mail`() throws {
        try appauth.write(sessions: "undated", value: "{}")
        let log = folder.file("log")
        let result = try run("--include-expired", "--log-file", log)
        #expect(result.status == .exited(0))
        #expect(result.isSilent)
        let lines = try Unattended.lines(log)
        #expect(lines.contains { $0.contains(" warning session cleanup: 1 session without a usable date was kept") })
    }

    @Test func `a server that is not there gives one line and status 1`() throws {
        let url = "unix://\(folder.file("no.sock"))"
        let result = try run(url: url)
        expectFailure(
            result,
            "cannot connect to \(url)?db=0: No such file or directory; is the server running, and is the address right "
                + "(--url, REDIS_URL)?")
        #expect(result.output.isEmpty)
    }

    @Test func `a server's error gives one line and status 1`() throws {
        let proxy = try RedisProxy(to: appauth.redis) { command, _ in
            command[0].text == "SCAN" ? .answer("-ERR no\r\n") : .forward
        }
        let result = try run(url: proxy.url)
        #expect(result.status == .exited(1))
        #expect(result.errorLines.count == 1)
        #expect(result.error.hasPrefix("session-janitor: \(proxy.url)?db=0 answered SCAN with 'ERR no'"))
        #expect(result.output.isEmpty)
    }

    @Test func `a refusal gives one line and status 4`() throws {
        let before = try appauth.snapshot()
        let result = try run("--max-removals", "0")
        expectFailure(
            result,
            "refused, nothing was removed: 1 entry would be removed, more than --max-removals 0 "
                + "allows; a larger --max-removals permits it", status: 4)
        #expect(result.output.isEmpty)
        #expect(try appauth.snapshot() == before)
    }

    @Test func `a partial run gives one line and status 3, and cleans the rest`() throws {
        try appauth.client.call("HSET", Appauth.index("odd\nname\u{1b}[31m"), "field", "value")
        let result = try run()
        expectFailure(
            result,
            "partly done: 1 index key cannot hold session ids and was left alone: "
                + "\"appauth:usess:odd\\nname\\x1b[31m\" (hash)", status: 3)
        #expect(result.output.isEmpty)
        #expect(try appauth.listed() == ["living"])
    }

    @Test func `a lock of another run gives one line and status 5`() throws {
        try appauth.client.call("SET", Unattended.lockKey, Unattended.foreignLock)
        let before = try appauth.snapshot()
        let result = try run()
        expectFailure(result, Unattended.lockedLine(appauth.redis.url), status: 5)
        #expect(result.output.isEmpty)
        #expect(try appauth.snapshot() == before)
    }

    @Test func `a value that is not valid gives one line and status 2`() throws {
        let connections = try Unattended.connections(appauth.client)
        for environment in [["CLEANUP_INCLUDE_EXPIRED": "maybe"], ["CLEANUP_MAX_AGE_DAYS": "thirty"]] {
            let result = try run(environment: environment)
            #expect(result.status == .exited(2))
            #expect(result.errorLines.count == 1)
            #expect(result.error.contains(environment.keys.first ?? "?"))
            #expect(result.output.isEmpty)
        }
        #expect(try Unattended.connections(appauth.client) == connections)
    }

    @Test func `the variables say what is removed`() throws {
        try appauth.write(sessions: "outdated", value: Appauth.expired)
        let day = 86_400
        let now = try #require(try appauth.client.call("TIME").strings.first.flatMap { Int($0.text) })
        try appauth.write(sessions: "week", value: "{\"ts\": \(now - 8 * day)}")
        #expect(try run(environment: ["CLEANUP_INCLUDE_EXPIRED": "true", "CLEANUP_MAX_AGE_DAYS": "9"]).isSilent)
        #expect(try !appauth.exists(session: "outdated"))
        #expect(try appauth.exists(session: "week"))
        #expect(try run(environment: ["CLEANUP_INCLUDE_EXPIRED": "true", "CLEANUP_MAX_AGE_DAYS": "7"]).isSilent)
        #expect(try !appauth.exists(session: "week"))
        #expect(try appauth.exists(session: "living"))
    }

    @Test func `JSON is printed when it is asked for`() throws {
        let result = try run("--json")
        #expect(result.status == .exited(0))
        #expect(result.error.isEmpty)
        #expect(try Unattended.object(result.output)["command"] as? String == "scheduled")
        #expect(try RunReport(result).stat("orphaned_sessions_removed") == 1)
    }

    @Test func `metrics that cannot be written give one line and status 1`() throws {
        let path = folder.file("missing/metrics.prom")
        let result = try run("--metrics-file", path)
        #expect(result.status == .exited(1))
        #expect(result.errorLines.count == 1)
        #expect(result.error.contains(path))
        #expect(result.output.isEmpty)
    }
}

import Glibc
import TestSupport
import Testing

/// Signals and `--run-time`: a run stops between two batches, and says what is left.
@Suite(.waiting) struct StopTests {
    private let appauth: Store

    init() throws {
        appauth = try Store.withOrphan()
        try appauth.writeOrphans(20_000)
    }

    /// A way to the server on which a run is in its removals, and slow, so that a test can get at it.
    private func slowProxy() throws -> RedisProxy {
        try RedisProxy(to: appauth.redis) { command, _ in
            if command[0].text == "EVALSHA" { usleep(20_000) }
            return .forward
        }
    }

    private func start(_ proxy: RedisProxy, _ arguments: String...) throws -> JanitorProcess {
        try JanitorProcess(
            ["--json", "--grace", "0", "--no-lock"] + arguments, environment: ["REDIS_URL": proxy.url])
    }

    @Test(arguments: [
        (SIGINT, Int32(130), "SIGINT"), (SIGTERM, Int32(143), "SIGTERM"), (SIGHUP, Int32(143), "SIGHUP"),
    ])
    func `a signal lets the batch in hand finish and the report be printed`(
        signal: Int32, status: Int32, name: String
    ) throws {
        let proxy = try slowProxy()
        let janitor = try start(proxy)
        try Deadline.wait(for: "the first removals") { proxy.count(of: "EVALSHA") > 2 }
        janitor.send(signal: signal)
        let result = try janitor.finish()
        #expect(result.status == .exited(status))
        let report = try RunReport(result)
        #expect(report.outcome == "interrupted")
        #expect(report.consistency == "needs_repair")
        let removed = try #require(report.stat("orphaned_sessions_removed"))
        #expect(removed > 0 && removed < 20_001)
        #expect(try appauth.listed().count == 20_002 - removed)
        #expect(result.error.contains("stopped by \(name) after the current batch"))
        #expect(try appauth.run("--grace", "0").status == .exited(0))
        #expect(try appauth.listed() == ["living"])
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `a second signal ends the run at once`(signal: Int32) throws {
        let proxy = try RedisProxy(to: appauth.redis) { command, _ in
            if command[0].text == "EVALSHA" { usleep(3_000_000) }
            return .forward
        }
        let janitor = try start(proxy)
        try Deadline.wait(for: "the first removal") { proxy.count(of: "EVALSHA") > 0 }
        janitor.send(signal: signal)
        let deadline = Deadline(in: .seconds(20))
        // The first one has to be noted before the second: they do not queue.
        var ending: ChildProcess.Ending?
        while ending == nil, !deadline.hasPassed {
            janitor.send(signal: signal)
            ending = janitor.ending(within: .milliseconds(10))
        }
        #expect(ending == .killed(signal: signal))
    }

    @Test func `a second hang-up does not end the run at once, as a terminal that closes sends several`() throws {
        let proxy = try slowProxy()
        let janitor = try start(proxy)
        try Deadline.wait(for: "the first removals") { proxy.count(of: "EVALSHA") > 2 }
        var ending: ChildProcess.Ending?
        let deadline = Deadline(in: .seconds(20))
        while ending == nil, !deadline.hasPassed {
            janitor.send(signal: SIGHUP)
            ending = janitor.ending(within: .milliseconds(1))
        }
        #expect(ending == .exited(143))
        #expect(try RunReport(janitor.finish()).outcome == "interrupted")
    }

    @Test func `a report that a closed terminal cannot show does not change what a hang-up ends with`() throws {
        let proxy = try slowProxy()
        let janitor = try JanitorProcess(
            ["--grace", "0", "--no-lock"], environment: ["REDIS_URL": proxy.url], prelude: "exec >/dev/full")
        try Deadline.wait(for: "the first removals") { proxy.count(of: "EVALSHA") > 2 }
        janitor.send(signal: SIGHUP)
        #expect(try janitor.finish().status == .exited(143))
    }

    @Test func `a hang-up that the run was started to ignore, as by nohup, does not stop it`() throws {
        let proxy = try RedisProxy(to: appauth.redis) { command, _ in
            if command[0].text == "SCAN" { usleep(100_000) }
            return .forward
        }
        let janitor = try JanitorProcess(
            ["--json", "--grace", "0", "--dry-run"], environment: ["REDIS_URL": proxy.url], prelude: "trap '' HUP")
        try Deadline.wait(for: "the census") { proxy.count(of: "SCAN") > 0 }
        janitor.send(signal: SIGHUP)
        let result = try janitor.finish()
        #expect(result.status == .exited(0))
        #expect(try RunReport(result).outcome == "completed")
    }

    @Test func `a signal during the census ends a dry run, too`() throws {
        let proxy = try RedisProxy(to: appauth.redis) { command, _ in
            if command[0].text == "SCAN" { usleep(200_000) }
            return .forward
        }
        let janitor = try start(proxy, "--dry-run")
        try Deadline.wait(for: "the census") { proxy.count(of: "SCAN") > 0 }
        janitor.send(signal: SIGTERM)
        let result = try janitor.finish()
        #expect(result.status == .exited(143))
        let report = try RunReport(result)
        #expect(report.outcome == "interrupted")
        #expect(report.consistency == "unknown")
        #expect(report.unknown.isSuperset(of: ["sessions_checked", "orphaned_sessions_found"]))
        #expect(result.error.contains("not everything was looked at"))
    }

    @Test func `the end of the run time stops a run with status 0 and says what is left`() throws {
        let proxy = try slowProxy()
        let result = try start(proxy, "--run-time", "400ms").finish()
        let report = try RunReport(result)
        #expect(report.outcome == "interrupted")
        let removed = try #require(report.stat("orphaned_sessions_removed"))
        // On a busy machine the time may be over before the first removal.
        #expect(result.status == .exited(removed > 0 ? 0 : 3))
        let left = 20_001 - removed
        #expect(left > 0)
        #expect(report.warnings.contains { $0.contains("--run-time") })
        #expect(try appauth.run("--grace", "0").status == .exited(0))
        #expect(try appauth.listed() == ["living"])
    }

    @Test(arguments: [["--grace", "60s"], ["--dry-run", "--grace", "60s"]])
    func `a run time that ends before anything was removed leaves the work undone, status 3`(words: [String]) throws {
        let result = try JanitorProcess.run(
            ["--json", "--run-time", "300ms"] + words, environment: ["REDIS_URL": appauth.redis.url])
        #expect(result.status == .exited(3))
        #expect(try RunReport(result).outcome == "interrupted")
        #expect(try appauth.listed().count == 20_002)
    }

    @Test func `a grace time is no reason to wait longer for a stop`() throws {
        let janitor = try JanitorProcess(
            ["--json", "--grace", "60s"], environment: ["REDIS_URL": appauth.redis.url])
        let client = try appauth.redis.client()
        try Deadline.wait(for: "the lock") { try client.call("EXISTS", Unattended.lockKey) == .integer(1) }
        janitor.send(signal: SIGINT)
        #expect(try janitor.finish(within: .seconds(20)).status == .exited(130))
        // Given back, not left to its end.
        #expect(try client.call("EXISTS", Unattended.lockKey) == .integer(0))
    }
}

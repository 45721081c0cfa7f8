import TestSupport
import Testing

/// Sessions that flask-session itself has written; `make test` installs it.
@Suite(.waiting, .enabled(if: SessionStores.areInstalled))
struct FlaskTests {
    private let store: Store

    init() throws {
        store = try Store("--layout", "flask")
        let process = try ChildProcess(
            SessionStores.python, ["-B", SessionStores.flask, store.redis.socketPath, "5"],
            environment: [:])
        guard process.waitForEnd(within: .seconds(60)) == .exited(0) else { throw SupportError("flask-session failed") }
    }

    @Test func `its sessions are found, and nothing about them is amiss`() throws {
        #expect(try store.cleanTwice() == ["sessions_checked": 5])
        #expect(try store.keys().count == 5)
    }

    @Test func `they have no date that could be read, so none is expired`() throws {
        #expect(
            try store.cleanTwice("--include-expired", "--max-age-days", "0")
                == ["sessions_checked": 5, "undated_sessions_found": 5])
        #expect(try store.keys().count == 5)
    }

    @Test func `one that lost its TTL is counted, and gets one when that is asked for`() throws {
        let key = try #require(try store.keys().first)
        try store.write(["PERSIST", key])
        let (_, report) = try store.clean()
        #expect(report.stat("sessions_without_ttl_found") == 1)
        #expect(report.stat("ttls_set") == 0)
        let (_, second) = try store.clean("--set-missing-ttl", "2h")
        #expect(second.stat("ttls_set") == 1)
        #expect((1...7_200).contains(try store.client.call("TTL", key).integer ?? 0))
    }

    @Test func `one that nobody has used goes by --max-idle, and one that was used stays`() throws {
        let key = try #require(try store.keys().first)
        let value = try #require(try store.client.call("DUMP", key).bytes)
        try store.write(["RESTORE", key, "9999999", value, "REPLACE", "IDLETIME", "90000"])
        let (_, dry) = try store.clean("--max-idle", "1d", "--dry-run")
        #expect(dry.stat("idle_sessions_found") == 1)
        let (_, report) = try store.clean("--max-idle", "1d")
        #expect(report.stat("idle_sessions_removed") == 1)
        #expect(try store.keys().count == 4)
        #expect(try !store.keys().contains(key))
    }

    @Test func `the layout is detected from what it wrote`() throws {
        let result = try JanitorProcess.run(
            ["layouts", "--detect"], environment: ["REDIS_URL": store.redis.url])
        #expect(result.status == .exited(0))
        #expect(result.output.contains("--layout flask\n      5 session:{id}"))
    }
}

import TestSupport
import Testing

/// What other clients do while a user is signed out.
@Suite(.waiting) struct RevocationRaceTests {
    private let appauth: Store

    init() throws {
        appauth = try Store()
        for number in 0..<20 {
            try appauth.write(sessions: "session-\(number)")
            try appauth.list("session-\(number)")
        }
    }

    /// A way to the server on which something happens just before the removal.
    private func proxy(_ act: @escaping @Sendable (TestClient) throws -> Void) throws -> RedisProxy {
        let client = try appauth.redis.client()
        return try RedisProxy(to: appauth.redis) { command, _ in
            if command[0].text == "EVALSHA" { try? act(client) }
            return .forward
        }
    }

    @Test func `a login between the list and the removal stays with its entry`() throws {
        let proxy = try proxy { client in
            try client.call("SET", Appauth.session("new-login"), Appauth.living)
            try client.call("ZADD", Appauth.index("a@example.org"), "1900000000", "new-login")
        }
        #expect(try appauth.run("revoke", "a@example.org", url: proxy.url).status == .exited(0))
        #expect(try appauth.listed() == ["new-login"])
        #expect(try appauth.exists(session: "new-login"))
    }

    @Test func `an entry whose session has ended by itself goes as well`() throws {
        let proxy = try proxy { client in try client.call("UNLINK", Appauth.session("session-3")) }
        #expect(try appauth.run("revoke", "a@example.org", url: proxy.url).status == .exited(0))
        #expect(try appauth.listed().isEmpty)
    }

    @Test func `two revocations at once leave nothing, and neither fails`() throws {
        let environment = ["REDIS_URL": appauth.redis.url]
        let both = try (0..<2).map { _ in try JanitorProcess(["revoke", "a@example.org"], environment: environment) }
        for janitor in both { #expect(try janitor.finish().status == .exited(0)) }
        #expect(try appauth.client.call("DBSIZE") == .integer(0))
    }

    @Test func `a revocation works while another run holds the lock`() throws {
        let name: Bytes = "appauth:janitor:lock"
        try appauth.client.call("SET", name, "held")
        #expect(try appauth.run("revoke", "a@example.org").status == .exited(0))
        #expect(try appauth.listed().isEmpty)
    }

    @Test func `a plan that is applied later removes nothing that has come back meanwhile`() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("plan.jsonl")
        try appauth.client.run((0..<20).map { ["UNLINK", Appauth.session("session-\($0)")] })
        #expect(try appauth.run("--dry-run", "--allow-no-live-sessions", "--plan", file).status == .exited(0))
        for number in stride(from: 0, to: 20, by: 2) { try appauth.write(sessions: "session-\(number)") }
        #expect(try appauth.run("apply", file, "--grace", "0").status == .exited(0))
        #expect(try appauth.listed() == Set(stride(from: 0, to: 20, by: 2).map { Bytes("session-\($0)") }))
    }

    @Test func `on a cluster a user is signed out across slots, put back, and kept to a number`() throws {
        let cluster = try ClusterStore()
        try cluster.fill(sessions: 12, orphans: 3, users: 3)
        let environment = ["REDIS_URL": cluster.cluster.url()]
        let folder = try TemporaryFolder()
        let backup = folder.file("backup.jsonl")
        let before = Set(try cluster.listed(users: 3))
        func run(_ words: String...) throws -> JanitorResult { try JanitorProcess.run(words, environment: environment) }
        #expect(try run("sessions", "user-1", "--show-ids").output.contains("live-1 "))
        let revoked = try run("revoke", "user-1", "--backup", backup)
        #expect(revoked.status == .exited(0), "\(revoked.error)")
        #expect(try cluster.client.call("ZRANGE", Appauth.index("user-1"), "0", "-1").strings == ["gone-1"])
        #expect(try cluster.client.call("EXISTS", Appauth.session("live-1")) == .integer(0))
        #expect(try cluster.client.call("EXISTS", Appauth.session("live-2")) == .integer(1))
        #expect(try run("restore", backup).status == .exited(0))
        #expect(Set(try cluster.listed(users: 3)) == before)
        let (status, report) = try cluster.clean("--max-sessions-per-user", "1")
        #expect(status == .exited(0))
        #expect(report.stat("excess_sessions_removed") == 9)
        #expect(try cluster.listed(users: 3).count == 3)
    }
}

import TestSupport
import Testing

/// Sessions without a TTL are counted in every run; on a large server, where that would cost a command a session,
/// estimated.
@Suite(.waiting) struct MissingTTLCountTests {
    private let appauth: Store

    init() throws {
        appauth = try Store()
    }

    /// Sessions of which the first ones have no TTL.
    private func write(_ count: Int, withoutTTL: Int) throws {
        try appauth.client.run(
            (0..<count).map { number in
                let key = Appauth.session("session-\(number)")
                return ["SET", key, Appauth.living] + (number < withoutTTL ? [] : ["EX", "9999"] as [Bytes])
            })
    }

    @Test(arguments: [[], ["--include-expired"]])
    func `on a small server each is counted, but not those that go`(options: [String]) throws {
        try write(500, withoutTTL: 123)
        try appauth.write(sessions: "outdated", value: Appauth.expired)
        let (_, report) = try appauth.clean(["--dry-run"] + options)
        #expect(report.stat("sessions_without_ttl_found") == (options.isEmpty ? 124 : 123))
        #expect(report.stat("sessions_without_ttl_estimated") == nil)
    }

    @Test func `on a large server they are estimated, and the report says about`() throws {
        try write(50_000, withoutTTL: 20_000)
        let (_, report) = try appauth.clean(["--dry-run"])
        #expect(report.stat("sessions_without_ttl_found") == nil)
        let estimate = try #require(report.stat("sessions_without_ttl_estimated"))
        // Of 12,500 in the sample; this is nine standard deviations.
        #expect((18_000...22_000).contains(estimate))
        let text = try appauth.run("--dry-run").output
        #expect(text.contains("sessions without a TTL, about"))
    }

    @Test func `who may not ask for a TTL is cleaned for without that number`() throws {
        try write(10, withoutTTL: 3)
        try appauth.client.call("ACL", "SETUSER", "janitor", "on", ">pw", "~*", "+@all", "-pttl")
        let result = try JanitorProcess.run(
            ["--dry-run", "--json"], environment: ["REDIS_URL": appauth.redis.url(user: "janitor", password: "pw")])
        #expect(result.status == .exited(0))
        let report = try RunReport(result)
        #expect(report.stat("sessions_checked") == 10)
        #expect(report.stat("sessions_without_ttl_found") == nil)
        #expect(report.stat("sessions_without_ttl_estimated") == nil)
    }
}

import Foundation
import TestSupport
import Testing

/// `--plan` and `apply`: what a dry run has found, to be looked through, and just that removed.
@Suite(.waiting) struct PlanFileTests {
    private let appauth: Store
    private let folder: TemporaryFolder
    private let file: String

    init() throws {
        appauth = try Store.withOrphan()
        try appauth.write(sessions: "old", "older", value: Appauth.expired)
        try appauth.list("old", "older", "lost", under: "b@example.org")
        folder = try TemporaryFolder()
        file = folder.file("plan.jsonl")
    }

    @discardableResult
    private func plan(_ arguments: String...) throws -> JanitorResult {
        try JanitorProcess.run(
            ["--dry-run", "--plan", file] + arguments, environment: ["REDIS_URL": appauth.redis.url])
    }

    private func apply(_ arguments: String...) throws -> (status: ChildProcess.Ending, report: RunReport) {
        let result = try JanitorProcess.run(
            ["apply", file, "--json", "--grace", "0"] + arguments, environment: ["REDIS_URL": appauth.redis.url])
        return (result.status, try RunReport(result))
    }

    private func lines() throws -> [String] { try Unattended.lines(file) }

    private func edit(_ change: (inout [String]) -> Void) throws {
        var lines = try lines()
        change(&lines)
        try lines.map { $0 + "\n" }.joined().write(toFile: file, atomically: false, encoding: .utf8)
    }

    @Test func `a plan lists each removal with its reason, for its owner alone, and writes nothing to the server`()
        throws
    {
        let before = try appauth.snapshot()
        #expect(try plan("--include-expired").status == .exited(0))
        #expect(try before.difference(to: appauth.snapshot()) == nil)
        let lines = try lines()
        #expect(lines.count == 1 + 2 + 2 + 2)
        #expect(lines.count { $0.contains(#""kind":"session""#) && $0.contains(#""reason":"expired""#) } == 2)
        let orphan = try #require(lines.first { $0.contains(#""id":"orphan""#) })
        for part in [
            #""kind":"entry""#, #""reason":"orphaned""#, #""key":"appauth:usess:a@example.org""#,
            #""user":"a@example.org""#, #""condition":"session_absent""#,
        ] { #expect(orphan.contains(part)) }
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func `what a plan lists is removed, with the options it was made with, and can be put back`() throws {
        try plan("--include-expired", "--max-age-days", "7")
        let before = try appauth.snapshot()
        let backup = folder.file("backup.jsonl")
        let (status, report) = try apply("--backup", backup)
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 2)
        #expect(report.stat("expired_sessions_removed") == 2)
        #expect(try appauth.listed() == ["living"])
        #expect(try appauth.listed(under: "b@example.org").isEmpty)
        #expect(
            try JanitorProcess.run(
                ["restore", backup, "--entries-without-session"], environment: ["REDIS_URL": appauth.redis.url]
            ).status == .exited(0))
        #expect(try before.difference(to: appauth.snapshot(), within: 1_000) == nil)
    }

    @Test func `lines that were taken out by hand are kept`() throws {
        try plan("--include-expired")
        try edit { $0.removeAll { $0.contains(#""id":"orphan""#) || $0.contains(#""id":"old""#) } }
        let (status, report) = try apply()
        #expect(status == .exited(0))
        #expect(report.consistency == "needs_repair")
        #expect(report.stat("orphaned_sessions_found") == 2)
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(report.stat("expired_sessions_removed") == 1)
        #expect(try appauth.exists(session: "old"))
        #expect(try !appauth.exists(session: "older"))
        #expect(try appauth.listed(under: "b@example.org") == ["old"])
        #expect(try appauth.listed() == ["living", "orphan"])
    }

    @Test func `an entry whose line was taken out stays when its session goes`() throws {
        try plan("--include-expired")
        try edit { $0.removeAll { $0.contains(#""id":"old""#) && $0.contains(#""kind":"entry""#) } }
        #expect(try apply().status == .exited(0))
        #expect(try !appauth.exists(session: "old"))
        #expect(try appauth.listed(under: "b@example.org") == ["old"])
    }

    @Test func `what has lost its reason since is kept, and what came since is not touched`() throws {
        try plan("--include-expired")
        try appauth.write(sessions: "orphan", "old")
        try appauth.list("new", under: "c@example.org")
        let (status, report) = try apply()
        #expect(status == .exited(0))
        #expect(report.warnings.contains { $0.contains("3 of the plan's 6 removals no longer apply") })
        #expect(try appauth.listed() == ["living", "orphan"])
        #expect(try appauth.listed(under: "b@example.org") == ["old"])
        #expect(try appauth.listed(under: "c@example.org") == ["new"])
    }

    @Test(arguments: [
        (#"appauth:usess:a@example.org"#, "settings"), (#""reason":"orphaned""#, #""reason":"bored""#),
        (#""kind":"entry""#, #""kind":"everything""#), ("{", "["),
    ])
    func `a line that no run on the layout would write refuses the whole file`(this: String, that: String) throws {
        try plan()
        let before = try appauth.snapshot()
        try edit { $0[1] = $0[1].replacing(this, with: that).replacing("appauth:usess:b@example.org", with: that) }
        let (status, report) = try apply()
        #expect(status == .exited(4))
        #expect(report.outcome == "refused")
        #expect(try before.difference(to: appauth.snapshot()) == nil)
    }

    @Test(arguments: ["--allow-no-live-sessions", "--backup=x", "--url=redis://h", "restore", "--grace=0"])
    func `a header that holds another option is none`(option: String) throws {
        try plan()
        try edit { $0[0] = $0[0].replacing(#""--prefix=appauth""#, with: #""--prefix=appauth","\#(option)""#) }
        #expect(try apply().status == .exited(1))
    }

    @Test func `a plan of another database or server is refused`() throws {
        try plan()
        let elsewhere = try JanitorProcess.run(
            ["apply", file], environment: ["REDIS_URL": appauth.redis.url(database: 1)])
        #expect(elsewhere.status == .exited(4))
        #expect(elsewhere.error.contains("was made on"))
        try appauth.redis.restart()
        try edit { $0[0] = $0[0].replacing("unix:", with: "unix:/other") }
        #expect(try apply().status == .exited(4))
    }

    @Test func `names that are not UTF-8 survive the file`() throws {
        let odd = Bytes([0xff, 0x00, 0x22, 0x0a, 0x5c])
        try appauth.list(odd, under: odd)
        try plan()
        try edit { $0.removeAll { !$0.contains("base64") && !$0.contains("format") } }
        #expect(try apply().report.stat("orphaned_sessions_removed") == 1)
        #expect(try appauth.listed(under: odd).isEmpty)
        #expect(try appauth.listed() == ["living", "orphan"])
    }

    @Test func `a dry run says by its status that there is something to remove, if it is asked to`() throws {
        #expect(try appauth.run("--dry-run").status == .exited(0))
        #expect(try appauth.run("--dry-run", "--exit-code").status == .exited(10))
        #expect(try appauth.run("scheduled", "--dry-run", "--exit-code").status == .exited(10))
        #expect(try appauth.run("--grace", "0").status == .exited(0))
        #expect(try appauth.run("--dry-run", "--exit-code").status == .exited(0))
    }

    @Test func `a plan that cannot be written fails the dry run and leaves an earlier one`() throws {
        let result = try JanitorProcess.run(
            ["--dry-run", "--plan", folder.file("none/plan")], environment: ["REDIS_URL": appauth.redis.url])
        #expect(result.status == .exited(1))
        #expect(result.error.contains("the plan"))
    }

    // MARK: Users

    @Test func `the users of whom something goes are written without any id`() throws {
        let users = folder.file("users.csv")
        try appauth.list("lost2", under: "say \"hi\", you")
        #expect(try plan("--include-expired", "--plan-users", users).status == .exited(0))
        let text = try String(contentsOfFile: users, encoding: .utf8)
        #expect(
            text == """
                user,orphans,sessions
                "b@example.org",1,2
                "a@example.org",1,0
                "say ""hi"", you",1,0

                """)
    }

    @Test func `a report names the users of whom most goes, if it is asked to`() throws {
        let result = try appauth.run("--dry-run", "--include-expired", "--top", "1", "--json")
        #expect(result.output.contains("\"user\" : \"b@example.org\""))
        #expect(!result.output.contains("\"user\" : \"a@example.org\""))
        #expect(try appauth.run("--dry-run", "--include-expired", "--top", "1").output.contains("b@example.org"))
        #expect(try !appauth.run("--dry-run", "--include-expired").output.contains("@example.org"))
    }

    @Test func `a clean-up that proves itself says that nothing is orphaned any more`() throws {
        let result = try appauth.run("--verify", "--grace", "0")
        #expect(result.status == .exited(0))
        #expect(result.output.hasSuffix("Verified: nothing is left to remove.\n"))
    }

    @Test(arguments: [false, true])
    func `what is orphaned again after a clean-up is told with its users`(isJSON: Bool) throws {
        let client = try appauth.redis.client()
        let proxy = try RedisProxy(to: appauth.redis) { command, _ in
            // Another look has begun once the lock of the run is given back.
            if command[0].text == "EVALSHA" {
                _ = try? client.call("ZADD", Appauth.index("c@example.org"), "1", "again")
            }
            return .forward
        }
        let metrics = folder.file("metrics.prom")
        let result = try appauth.run(
            "--verify", "--grace", "0", "--metrics-file", metrics, isJSON ? "--json" : "--no-lock", url: proxy.url)
        #expect(result.status == .exited(3))
        #expect(result.output.contains("c@example.org"))
        let text = try String(contentsOfFile: metrics, encoding: .utf8)
        #expect(text.contains("session_janitor_verified_orphaned_entries{"))
        #expect(!text.contains("c@example.org"))
    }
}

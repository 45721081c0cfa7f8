import TestSupport
import Testing

/// `initial` where nobody is there to ask.
@Suite(.waiting) struct InitialUnattendedTests {
    private let appauth: Store

    init() throws {
        appauth = try Store.withOrphan()
    }

    @Test func `without a terminal and without yes nothing is sent to the server`() throws {
        let before = try appauth.snapshot()
        let connections = try Unattended.connections(appauth.client)
        for arguments in [[], ["--json"], ["--include-expired"], ["--no-lock"]] {
            let result = try JanitorProcess.run(["initial"] + arguments, environment: ["REDIS_URL": appauth.redis.url])
            #expect(result.status == .exited(2))
            #expect(result.errorLines.count == 1)
            #expect(result.error.contains("--yes"))
            #expect(result.output.isEmpty)
        }
        #expect(try connections != nil && Unattended.connections(appauth.client) == connections)
        #expect(try appauth.snapshot() == before)
    }

    @Test func `yes goes on without asking`() throws {
        let result = try appauth.run("initial", "--grace", "0", "--yes")
        #expect(result.status == .exited(0))
        #expect(result.error.isEmpty)
        #expect(result.output.hasSuffix("\nVerified: nothing is left to remove.\n"))
        #expect(try appauth.listed() == ["living"])
    }

    @Test func `yes and JSON give one object`() throws {
        let result = try appauth.run("initial", "--grace", "0", "--yes", "--json")
        #expect(result.status == .exited(0))
        #expect(try Unattended.object(result.output)["command"] as? String == "initial")
        let report = try RunReport(result)
        #expect(report.mode == "clean")
        #expect(report.stat("orphaned_sessions_found") == 1)
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(report.stat("write_commands_sent") ?? 0 > 0)
        #expect(report.consistency == "repaired")
        #expect(try appauth.listed() == ["living"])
    }

    @Test func `with nothing to remove JSON gives one object, too`() throws {
        try appauth.client.call("ZREM", Appauth.index("a@example.org"), "orphan")
        let result = try appauth.run("initial", "--yes", "--json")
        #expect(result.status == .exited(0))
        #expect(try RunReport(result).consistency == "good")
    }

    @Test func `yes does not get around a safety check`() throws {
        try appauth.client.call("DEL", Appauth.session("living"))
        try appauth.writeOrphans(101)
        let before = try appauth.snapshot()
        let text = try appauth.run("initial", "--grace", "0", "--yes")
        #expect(text.status == .exited(4))
        #expect(text.error.contains("refused, nothing was removed: no session key exists"))
        #expect(text.error.contains("--allow-no-live-sessions"))
        #expect(!text.output.contains("Verified"))
        let json = try appauth.run("initial", "--grace", "0", "--yes", "--json")
        #expect(json.status == .exited(4))
        let report = try RunReport(json)
        #expect(report.outcome == "refused")
        #expect(report.error?.code == "refused")
        #expect(try appauth.snapshot() == before)
    }

    @Test func `what a safety check refuses is not removed by a yes at the terminal`() throws {
        let terminal = try PseudoTerminal()
        let before = try appauth.snapshot()
        let janitor = try JanitorProcess(
            ["initial", "--grace", "0", "--max-removals", "0"], environment: ["REDIS_URL": appauth.redis.url],
            input: terminal.device)
        // Typed in advance, whether there is a question or not.
        try terminal.type("y\n")
        let result = try janitor.finish()
        #expect(result.status == .exited(4))
        #expect(result.error.contains("--max-removals"))
        #expect(try appauth.snapshot() == before)
    }

    @Test func `an index key that cannot be read makes the run partial, and the rest is cleaned`() throws {
        try appauth.client.call("HSET", Appauth.index("odd"), "field", "value")
        let result = try appauth.run("initial", "--grace", "0", "--yes")
        #expect(result.status == .exited(3))
        #expect(try appauth.listed() == ["living"])
        #expect(result.output.contains("Verified: nothing is left to remove."))
    }

    @Test func `a server that is not there is an error in one line`() throws {
        let folder = try TemporaryFolder()
        let result = try JanitorProcess.run(
            ["initial", "--yes"], environment: ["REDIS_URL": "unix://\(folder.file("no.sock"))"])
        #expect(result.status == .exited(1))
        #expect(result.errorLines.count == 1)
        #expect(result.output.isEmpty)
    }

    @Test func `variables for scheduled mean nothing here`() throws {
        try appauth.write(sessions: "outdated", value: Appauth.expired)
        let environment = [
            "REDIS_URL": appauth.redis.url, "CLEANUP_INCLUDE_EXPIRED": "1", "CLEANUP_MAX_AGE_DAYS": "rubbish",
        ]
        for arguments in [["initial", "--yes", "--grace", "0"], ["clean", "--grace", "0"]] {
            #expect(try JanitorProcess.run(arguments, environment: environment).status == .exited(0))
        }
        #expect(try appauth.exists(session: "outdated"))
    }
}

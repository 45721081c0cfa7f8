import Glibc
import TestSupport
import Testing

/// `initial` before a terminal: what is asked, and what comes of the answer.
@Suite(.waiting) struct InitialTests {
    private let appauth: Store
    private let terminal: PseudoTerminal

    init() throws {
        appauth = try Store()
        terminal = try PseudoTerminal()
        try appauth.write(sessions: "living", "also living")
        try appauth.list("living", "orphan", "returning")
        try appauth.list("also living", "lost", under: "b@example.org")
    }

    private static let suggestion =
        "session-janitor: without --backup FILE this cannot be undone\n"
    private static let question = suggestion + "Remove 3 orphaned entries of 2 users? [y/N] "

    /// Reads from the terminal; its output goes into pipes.
    private func start(_ arguments: String...) throws -> JanitorProcess {
        try JanitorProcess(
            ["initial", "--grace", "0"] + arguments, environment: ["REDIS_URL": appauth.redis.url],
            input: terminal.device)
    }

    private func waitForQuestion(_ janitor: JanitorProcess) throws {
        try Deadline.wait(for: "a question") { janitor.errorSoFar.hasSuffix("[y/N] ") }
    }

    @Test(arguments: ["y", "Y", "yes", "YES", " yes ", "\ty"])
    func `yes cleans and verifies`(answer: String) throws {
        let janitor = try start()
        try waitForQuestion(janitor)
        try terminal.type(answer + "\n")
        let result = try janitor.finish()
        #expect(result.status == .exited(0))
        #expect(result.error == InitialTests.question)
        #expect(result.output.hasSuffix("\nVerified: nothing is left to remove.\n"))
        #expect(try appauth.listed() == ["living"])
        #expect(try appauth.listed(under: "b@example.org") == ["also living"])
        #expect(try appauth.client.call("EXISTS", Unattended.lockKey) == .integer(0))
    }

    @Test(arguments: ["n\n", "\n", "\u{4}", "no\n", "nay yes\n", "yy\n", "1\n", "ja\n", "y\u{308}\n", "y\u{4}\u{4}"])
    func `any other answer removes nothing`(answer: String) throws {
        let before = try appauth.snapshot()
        let janitor = try start()
        try waitForQuestion(janitor)
        try terminal.type(answer)
        let result = try janitor.finish()
        #expect(result.status == .exited(0))
        #expect(result.error == InitialTests.question + "session-janitor: nothing was removed\n")
        #expect(try appauth.snapshot() == before)
    }

    /// In a session of its own, whose terminal is standard input.
    private func startInSession(_ arguments: String...) throws -> JanitorProcess {
        try JanitorProcess(
            ["initial", "--grace", "0"] + arguments,
            environment: ["REDIS_URL": appauth.redis.url, "PATH": "/usr/local/bin:/usr/bin:/bin"],
            prelude: "exec setsid --ctty \"$0\" \"$@\"", input: terminal.device)
    }

    @Test func `a Ctrl-C at the question ends the run at once, and the terminal is as it was`() throws {
        let before = try appauth.snapshot()
        var shown = termios()
        tcgetattr(terminal.device, &shown)
        let janitor = try startInSession()
        try waitForQuestion(janitor)
        try terminal.type("y\u{3}")
        let result = try janitor.finish(within: .seconds(20))
        #expect(result.status == .exited(130))
        #expect(
            result.error == InitialTests.question + """

                session-janitor: stopped by SIGINT after the current batch; left: 3 orphaned entries, for the next run
                session-janitor: nothing was removed

                """)
        #expect(try appauth.snapshot() == before)
        var after = termios()
        tcgetattr(terminal.device, &after)
        #expect(after.c_lflag == shown.c_lflag)
    }

    @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143)), (SIGHUP, Int32(143))])
    func `a signal at the question ends the run with the report of an interrupted one`(
        signal: Int32, status: Int32
    ) throws {
        let before = try appauth.snapshot()
        let janitor = try start("--json")
        try waitForQuestion(janitor)
        janitor.send(signal: signal)
        let result = try janitor.finish(within: .seconds(20))
        #expect(result.status == .exited(status))
        let report = try RunReport(result)
        #expect(report.outcome == "interrupted")
        #expect(report.stat("orphaned_sessions_found") == 3)
        #expect(report.stat("orphaned_sessions_removed") == 0)
        #expect(result.error.hasSuffix("session-janitor: nothing was removed\n"))
        #expect(try appauth.snapshot() == before)
    }

    @Test func `the very plan that was shown is carried out`() throws {
        let janitor = try start()
        try waitForQuestion(janitor)
        try appauth.list("later")
        try appauth.write(sessions: "returning")
        try terminal.type("y\n")
        let result = try janitor.finish()
        #expect(result.status == .exited(0))
        #expect(try appauth.listed() == ["living", "returning", "later"])
        #expect(
            result.output.hasSuffix(
                "\nVerified: since then the application has left 1 orphaned entry of 1 user; the next run removes that.\n"
            ))
    }

    @Test func `the report before the question is that of a dry run`() throws {
        let janitor = try start()
        try waitForQuestion(janitor)
        try terminal.type("n\n")
        let result = try janitor.finish()
        #expect(result.output.hasPrefix("DRY RUN, nothing was changed: "))
        #expect(result.output.contains("Would be removed"))
        #expect(!result.output.contains("\nRemoved "))
    }

    @Test func `the report after the answer is that of a clean-up`() throws {
        let janitor = try start()
        try waitForQuestion(janitor)
        try terminal.type("y\n")
        let result = try janitor.finish()
        let after = try #require(result.output.split(separator: "would be removed.\n").dropFirst().first)
        #expect(after.contains("\nClean-up: "))
        #expect(after.contains("\nRemoved "))
        #expect(
            after.contains("3 orphaned entries of 2 users were removed.\nThis cannot be undone without --backup.\n"))
    }

    @Test func `all of it on one terminal reads as it should`() throws {
        let janitor = try JanitorProcess(
            ["initial", "--grace", "0"], environment: ["REDIS_URL": appauth.redis.url, "NO_COLOR": "1"],
            prelude: "exec >&0 2>&0", input: terminal.device)
        try Deadline.wait(for: "a question") { terminal.text.hasSuffix("[y/N] ") }
        try terminal.type("y\n")
        #expect(try janitor.finish().status == .exited(0))
        try Deadline.wait(for: "the verdict") { terminal.text.contains("Verified: nothing is left to remove.\n") }
        #expect(terminal.text.contains(InitialTests.question + "y\n"))
        #expect(try appauth.listed() == ["living"])
    }

    @Test func `expired sessions are asked about as well`() throws {
        try appauth.write(sessions: "outdated", "expired", value: Appauth.expired)
        try appauth.list("outdated", under: "c@example.org")
        let janitor = try start("--include-expired")
        try waitForQuestion(janitor)
        #expect(
            janitor.errorSoFar == InitialTests.suggestion
                + "Remove 3 orphaned entries of 2 users and sign out 2 sessions of 1 user? [y/N] ")
        try terminal.type("y\n")
        #expect(try janitor.finish().status == .exited(0))
        #expect(try !appauth.exists(session: "outdated"))
        #expect(try !appauth.exists(session: "expired"))
        #expect(try appauth.listed(under: "c@example.org").isEmpty)
    }

    @Test func `whatever else would go or change is asked about as well`() throws {
        try appauth.client.run([
            ["SET", "token:orphaned", "gone"], ["SET", "token:x", "living"],
            ["HSET", "user_session:living", "token", "x"],
        ])
        let janitor = try start("--layout", "user-sessions", "--set-missing-ttl", "1h")
        try waitForQuestion(janitor)
        #expect(
            janitor.errorSoFar == InitialTests.suggestion + "Remove 1 orphaned pointer and set the TTL of 1 key? [y/N] "
        )
        try terminal.type("y\n")
        #expect(try janitor.finish().status == .exited(0))
        #expect(try appauth.client.call("EXISTS", "token:orphaned") == .integer(0))

        try appauth.client.call("PERSIST", "user_session:living")
        let again = try start("--layout", "user-sessions", "--set-missing-ttl", "1h")
        try waitForQuestion(again)
        #expect(again.errorSoFar == InitialTests.suggestion + "Set the TTL of 1 key? [y/N] ")
        try terminal.type("n\n")
        #expect(try again.finish().status == .exited(0))
    }

    @Test func `large numbers are grouped`() throws {
        try appauth.writeOrphans(1_234, under: "c@example.org")
        let janitor = try start()
        try waitForQuestion(janitor)
        #expect(janitor.errorSoFar == InitialTests.suggestion + "Remove 1,237 orphaned entries of 3 users? [y/N] ")
        try terminal.type("n\n")
        #expect(try janitor.finish().status == .exited(0))
    }

    @Test func `with JSON there is one object on standard output, whatever the answer`() throws {
        for answer in ["n\n", "y\n"] {
            let janitor = try start("--json")
            try waitForQuestion(janitor)
            #expect(janitor.errorSoFar == InitialTests.question)
            try terminal.type(answer)
            let result = try janitor.finish()
            #expect(result.status == .exited(0))
            let object = try Unattended.object(result.output)
            #expect(object["command"] as? String == "initial")
            let report = try RunReport(result)
            // What was declined is a dry run's result: its user_sessions_cleaned says what would lose an entry.
            #expect(report.mode == (answer == "y\n" ? "clean" : "dry-run"))
            #expect(report.stat("orphaned_sessions_found") == 3)
            #expect(report.stat("orphaned_sessions_removed") == (answer == "y\n" ? 3 : 0))
            #expect(report.stat("user_sessions_cleaned") == 2)
        }
    }

    @Test func `a dry run never asks`() throws {
        let before = try appauth.snapshot()
        for arguments in [["--dry-run"], ["--dry-run", "--json"], ["--dry-run", "--yes"]] {
            let result = try JanitorProcess(
                ["initial"] + arguments, environment: ["REDIS_URL": appauth.redis.url], input: terminal.device
            ).finish()
            #expect(result.status == .exited(0))
            #expect(result.error.isEmpty)
        }
        #expect(try appauth.snapshot() == before)
    }

    @Test func `where there is nothing to remove there is no question`() throws {
        let clean = try Store()
        try clean.write(sessions: "living")
        try clean.list("living")
        let result = try JanitorProcess(
            ["initial", "--grace", "0"], environment: ["REDIS_URL": clean.redis.url], input: terminal.device
        ).finish()
        #expect(result.status == .exited(0))
        #expect(result.error.isEmpty)
        #expect(result.output.contains("There is nothing to clean up: every entry has its session."))
    }

    @Test func `a lock that somebody took while the question stood is respected`() throws {
        let janitor = try start()
        try waitForQuestion(janitor)
        try appauth.client.call("SET", Unattended.lockKey, Unattended.foreignLock)
        try terminal.type("y\n")
        let result = try janitor.finish()
        #expect(result.status == .exited(5))
        #expect(
            result.error
                == "\(InitialTests.question)session-janitor: \(Unattended.lockedLine(appauth.redis.url))\n")
        #expect(try appauth.listed() == ["living", "orphan", "returning"])
    }

    @Test func `a server that goes while the question stands makes it a failure`() throws {
        let janitor = try start()
        try waitForQuestion(janitor)
        appauth.redis.stop()
        try terminal.type("y\n")
        let result = try janitor.finish()
        #expect(result.status == .exited(1))
        #expect(result.error.contains("session-janitor: cannot connect to "))
        #expect(!result.output.contains("Verified"))
    }
}

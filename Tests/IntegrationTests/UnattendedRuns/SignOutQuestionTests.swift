import Glibc
import TestSupport
import Testing

/// A real run that signs users out shows its figures and asks, where somebody can answer.
@Suite(.waiting) struct SignOutQuestionTests {
    private let appauth: Store
    private let terminal: PseudoTerminal

    init() throws {
        appauth = try Store.withOrphan()
        try appauth.write(sessions: "old", value: Appauth.expired)
        try appauth.list("old", under: "b@example.org")
        terminal = try PseudoTerminal()
    }

    private static let question = """
        session-janitor: without --backup FILE this cannot be undone
        Remove 1 orphaned entry of 1 user and sign out 1 session of 1 user? [y/N] 
        """

    private func start(_ arguments: String...) throws -> JanitorProcess {
        try JanitorProcess(
            ["--grace", "0"] + arguments, environment: ["REDIS_URL": appauth.redis.url], input: terminal.device)
    }

    private func waitForQuestion(_ janitor: JanitorProcess) throws {
        try Deadline.wait(for: "a question") { janitor.errorSoFar.hasSuffix("[y/N] ") }
    }

    @Test func `a no removes nothing, not even the orphaned entries`() throws {
        let before = try appauth.snapshot()
        let janitor = try start("--include-expired")
        try waitForQuestion(janitor)
        #expect(janitor.errorSoFar == SignOutQuestionTests.question)
        try terminal.type("n\n")
        let result = try janitor.finish()
        #expect(result.status == .exited(0))
        #expect(result.output.hasPrefix("DRY RUN, nothing was changed: "))
        #expect(result.output.contains("1 session of 1 user is older than 30 days or past their expiry: they would be"))
        #expect(result.error.hasSuffix("session-janitor: nothing was removed\n"))
        #expect(try appauth.snapshot() == before)
    }

    @Test func `a yes removes just what was shown, and the report ends with what came of it`() throws {
        let janitor = try start("--include-expired")
        try waitForQuestion(janitor)
        try appauth.list("later")
        try terminal.type("y\n")
        let result = try janitor.finish()
        #expect(result.status == .exited(0))
        #expect(result.output.contains("\nClean-up: "))
        #expect(result.output.hasSuffix("\nThis cannot be undone without --backup.\n"))
        #expect(try !appauth.exists(session: "old"))
        #expect(try appauth.listed() == ["living", "later"])
    }

    @Test func `with JSON there is one object, of a run that cleaned`() throws {
        let janitor = try start("--include-expired", "--json")
        try waitForQuestion(janitor)
        try terminal.type("y\n")
        let report = try RunReport(try janitor.finish())
        #expect(report.mode == "clean")
        #expect(report.stat("expired_sessions_removed") == 1)
    }

    @Test(arguments: [
        ["--include-expired", "--yes"], ["--include-expired", "--dry-run"], [],
        ["--include-expired", "--max-age-days", "99999"],
    ])
    func `where nobody is signed out, or yes was said, nobody is asked`(words: [String]) throws {
        if words.contains("99999") {
            try appauth.client.call("DEL", Appauth.session("old"))
            try appauth.client.call("ZREM", Appauth.index("b@example.org"), "old")
        }
        let result = try JanitorProcess(
            ["--json", "--grace", "0"] + words, environment: ["REDIS_URL": appauth.redis.url], input: terminal.device
        ).finish()
        #expect(result.status == .exited(0))
        #expect(!result.error.contains("[y/N]"))
        let report = try RunReport(result)
        #expect(report.mode == (words.contains("--dry-run") ? "dry-run" : "clean"))
        #expect(report.stat("orphaned_sessions_removed") == (words.contains("--dry-run") ? 0 : 1))
    }

    @Test(arguments: [["--include-expired"], ["scheduled", "--include-expired"]])
    func `without a terminal a purge goes on, as cron wants it`(words: [String]) throws {
        let result = try JanitorProcess.run(
            words + ["--grace", "0"], environment: ["REDIS_URL": appauth.redis.url])
        #expect(result.status == .exited(0))
        #expect(result.error.isEmpty)
        #expect(try !appauth.exists(session: "old"))
    }

    @Test func `a plan that signs users out is asked about as well`() throws {
        let folder = try TemporaryFolder()
        let plan = folder.file("plan.jsonl")
        #expect(try appauth.run("-n", "--include-expired", "--plan", plan).status == .exited(0))
        let janitor = try JanitorProcess(
            ["apply", plan, "--grace", "0"], environment: ["REDIS_URL": appauth.redis.url], input: terminal.device)
        try waitForQuestion(janitor)
        #expect(janitor.errorSoFar == SignOutQuestionTests.question)
        try terminal.type("y\n")
        #expect(try janitor.finish().status == .exited(0))
        #expect(try !appauth.exists(session: "old"))
    }
}

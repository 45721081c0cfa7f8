import TestSupport
import Testing

/// What is refused before the first removal.
@Suite(.waiting) struct SafetyTests {
    private let appauth: Store

    init() throws {
        appauth = try Store()
    }

    private static let noSession =
        "no session key exists, and 101 entries would be removed; that usually means a wrong database, prefix or template; "
        + "if it is right, --allow-no-live-sessions permits it"
    private static let allExpired =
        "101 sessions would be removed as expired, and no live session would remain; that usually means a wrong "
        + "--max-age-days or clock; if it is right, --allow-no-live-sessions permits it"

    /// Refused with this reason, whatever the output is; a dry run only warns.
    private func expectRefusal(
        _ reason: String, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try appauth.snapshot()
        try appauth.client.call("CONFIG", "RESETSTAT")
        let environment = ["REDIS_URL": appauth.redis.url]
        let text = try JanitorProcess.run(["--grace", "0", "--no-lock"] + arguments, environment: environment)
        expectFailure(
            text, "refused, nothing was removed: \(reason)", status: 4, sourceLocation: sourceLocation)

        let (status, report) = try appauth.clean(arguments + ["--no-lock"])
        #expect(status == .exited(4), sourceLocation: sourceLocation)
        #expect(report.outcome == "refused", sourceLocation: sourceLocation)
        #expect(report.error == RunReport.Failure(code: "refused", message: reason), sourceLocation: sourceLocation)
        for (name, number) in report.stats where name.hasSuffix("_removed") || name == "write_commands_sent" {
            #expect(number == 0, "\(name)", sourceLocation: sourceLocation)
        }

        let (dryStatus, dryReport) = try appauth.clean(arguments + ["--dry-run"])
        #expect(dryStatus == .exited(0), sourceLocation: sourceLocation)
        #expect(dryReport.outcome == "completed", sourceLocation: sourceLocation)
        #expect(dryReport.warnings.contains("a real run would be refused: \(reason)"), sourceLocation: sourceLocation)
        #expect(dryReport.error == nil, sourceLocation: sourceLocation)

        #expect(try appauth.snapshot() == before, sourceLocation: sourceLocation)
        let calls = try appauth.client.call("INFO", "commandstats").text ?? ""
        #expect(!calls.contains("cmdstat_eval"), sourceLocation: sourceLocation)
        #expect(!calls.contains("cmdstat_script"), sourceLocation: sourceLocation)
    }

    @Test func `more than a hundred entries and no session at all are refused`() throws {
        try appauth.writeOrphans(101)
        try expectRefusal(SafetyTests.noSession)
    }

    @Test func `a hundred entries and no session at all are removed`() throws {
        try appauth.writeOrphans(100)
        let (status, report) = try appauth.clean()
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 100)
        #expect(try appauth.snapshot().keys.isEmpty)
    }

    @Test func `one session is enough to believe in the others' absence`() throws {
        try appauth.writeOrphans(5_000)
        try appauth.write(sessions: "living")
        try appauth.list("living")
        let (status, report) = try appauth.clean()
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 5_000)
        #expect(try appauth.listed() == ["living"])
    }

    @Test func `no live session is permitted by name`() throws {
        try appauth.writeOrphans(101)
        let (status, report) = try appauth.clean(["--allow-no-live-sessions"])
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 101)
        #expect(report.stat("empty_user_sessions_removed") == 1)
        #expect(try appauth.snapshot().keys.isEmpty)
    }

    @Test func `a wrong prefix meets an index of its own and is refused`() throws {
        try appauth.writeSessions(200)
        try appauth.client.call(["SADD", "other:usess:a"] + (0..<101).map { "session-\($0)" as Bytes })
        try expectRefusal(
            SafetyTests.noSession.replacing("exists, and", with: "exists, 200 other keys match no template, and"),
            "--prefix", "other")
    }

    @Test func `a single entry is refused where no session exists and other keys do`() throws {
        try appauth.list("orphan")
        try appauth.client.call("SET", "unrelated", "x")
        let reason = SafetyTests.noSession.replacing(
            "exists, and 101 entries", with: "exists, 1 other key matches no template, and 1 entry")
        try expectRefusal(reason)
        // The janitor's own lock is no other key.
        try appauth.client.run([["DEL", "unrelated"], ["SET", Unattended.lockKey, "x"]])
        #expect(try appauth.clean(["--no-lock"]).status == .exited(0))
    }

    @Test func `entries of which none names a session are refused`() throws {
        try appauth.writeOrphans(2)
        try appauth.write(sessions: "living")
        try expectRefusal(
            "there are sessions, nothing in appauth:usess:{user} names one of them, and 2 entries would be removed; that "
                + "usually means ids in another form, or a wrong --session-key or --member; if it is right, "
                + "--allow-no-live-sessions permits it")
        #expect(try appauth.clean(["--allow-no-live-sessions"]).report.stat("orphaned_sessions_removed") == 2)
    }

    @Test func `a layout that fits no key of a full database is unknown, and told`() throws {
        try appauth.list("living")
        try appauth.write(sessions: "living")
        for words in [["--dry-run"], [], ["scheduled"]] as [[String]] {
            let isScheduled = words == ["scheduled"]
            let result = try JanitorProcess.run(
                (isScheduled ? words : []) + ["--json", "--prefix", "shop"] + (isScheduled ? [] : words),
                environment: ["REDIS_URL": appauth.redis.url])
            #expect(result.status == .exited(isScheduled ? 3 : 0))
            let report = try RunReport(result)
            #expect(report.consistency == "unknown")
            #expect(report.outcome == (isScheduled ? "partial" : "completed"))
            #expect(report.warnings.contains { $0.contains("2 other keys") && $0.contains("layouts --detect") })
            #expect(result.error.contains("layouts --detect"))
        }
        try appauth.client.call("FLUSHDB")
        let (status, report) = try appauth.clean()
        #expect(status == .exited(0))
        #expect(report.consistency == "good")
    }

    @Test func `to expire all of more than a hundred sessions is refused`() throws {
        try appauth.writeSessions(101, value: Appauth.expired)
        try appauth.list("session-0", "session-1", "orphan")
        try expectRefusal(SafetyTests.allExpired, "--include-expired")
        // Without the option nothing is judged, and the orphan may go.
        let (status, report) = try appauth.clean()
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 1)
    }

    @Test func `sessions that are kept for want of a date are no live ones`() throws {
        try appauth.writeSessions(101, value: Appauth.expired)
        try appauth.write(sessions: "undated", value: "{}")
        try appauth.write(sessions: "unreadable", value: "")
        try expectRefusal(SafetyTests.allExpired, "--include-expired")
    }

    @Test func `to expire all of a hundred sessions is done`() throws {
        try appauth.writeSessions(100, value: Appauth.expired)
        let (status, report) = try appauth.clean(["--include-expired"])
        #expect(status == .exited(0))
        #expect(report.stat("expired_sessions_removed") == 100)
    }

    @Test func `one live session beside many expired ones is enough`() throws {
        try appauth.writeSessions(300, value: Appauth.expired)
        try appauth.write(sessions: "living")
        let (status, report) = try appauth.clean(["--include-expired"])
        #expect(status == .exited(0))
        #expect(report.stat("expired_sessions_removed") == 300)
        #expect(Array(try appauth.snapshot().keys.keys) == [Appauth.session("living")])
    }

    @Test func `to expire all is permitted by name`() throws {
        try appauth.writeSessions(101, value: Appauth.expired)
        let (status, report) = try appauth.clean(["--include-expired", "--allow-no-live-sessions"])
        #expect(status == .exited(0))
        #expect(report.stat("expired_sessions_removed") == 101)
        #expect(try appauth.snapshot().keys.isEmpty)
    }

    @Test func `more removals than permitted are refused and just as many are not`() throws {
        try appauth.writeSessions(3, value: Appauth.expired)
        try appauth.write(sessions: "living", "also living")
        try appauth.list("session-0", "living", "orphan", "lost")
        try expectRefusal(
            "3 entries and 3 sessions would be removed, more than --max-removals 5 allows; a larger --max-removals permits it",
            "--include-expired", "--max-removals", "5")
        try expectRefusal(
            "3 entries and 3 sessions would be removed, 66.7% of the 9 that were checked, more than --max-removals 66% allows; a larger --max-removals permits it",
            "--include-expired", "--max-removals=66%")
        try expectRefusal(
            "2 entries would be removed, more than --max-removals 0 allows; a larger --max-removals permits it",
            "--max-removals", "0")
        // Six of nine.
        let (status, report) = try appauth.clean(["--include-expired", "--max-removals", "66.7%"])
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 2)
        #expect(report.stat("expired_sessions_removed") == 3)
    }

    @Test func `permission for no live session is none for too many removals`() throws {
        try appauth.writeOrphans(101)
        try expectRefusal(
            "101 entries would be removed, more than --max-removals 100 allows; a larger --max-removals permits "
                + "it", "--allow-no-live-sessions", "--max-removals", "100")
        let (status, _) = try appauth.clean(["--allow-no-live-sessions", "--max-removals", "101"])
        #expect(status == .exited(0))
    }
}

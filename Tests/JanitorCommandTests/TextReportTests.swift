import RedisClient
import SessionJanitor
import Testing

@testable import JanitorCommand

struct TextReportTests {
    private func text(_ record: RunRecord, isColored: Bool = false) -> String {
        record.text(TextStyle(isColored: isColored))
    }

    private static func head(_ first: String = "Clean-up") -> String {
        """
        \(first): redis://user:***@db.example.org:7000/3 (Redis\(first == dryRun ? "\n  " : " ")7.2.4)
        appauth:sess:{id}, appauth:usess:{user}, 2023-11-14T22:13:20Z, 1.50 s


        """
    }

    private static let dryRun = "DRY RUN, nothing was changed"

    @Test func `a dry run that includes expired sessions shows all it found and would remove`() throws {
        var statistics = Sample.found
        statistics.indexKeysCleaned = 900
        (statistics.usersOfOrphans, statistics.usersOfExpired) = (800, 700)
        let report = Sample.report(.completed, .needsRepair, statistics, warnings: [.undatedSessions(3)])
        let record = try Sample.record(["-n", "--include-expired", "--max-age-days", "7"], report: report)
        #expect(
            text(record) == Self.head(Self.dryRun) + """
                Checked           index keys                                     1,234
                                  entries                                    1,234,567
                                  sessions                                   1,034,600
                Found             valid entries                              1,000,000
                                  orphaned entries                             200,000
                                  entries of expired sessions                   34,567
                                  index keys without a valid entry                  17
                                  sessions in no index key                          33
                                  expired sessions                              34,567
                                  entries whose session came back                    1
                Would be removed  orphaned entries                             200,000
                                  entries of expired sessions                   34,567
                                  expired sessions                              34,567
                                  index keys left empty                             17
                ! 3 sessions without a usable date were kept

                34,567 sessions of 700 users are older than 7 days or past their expiry: they
                  would be signed out.
                200,000 orphaned entries of 800 users would be removed.
                To do it: session-janitor --include-expired --max-age-days 7 --backup FILE

                """)
        #expect(text(record).split(separator: "\n", omittingEmptySubsequences: false).count <= 25)
    }

    private static func small(removed: Int = 7) -> CleanupStatistics {
        var statistics = CleanupStatistics()
        statistics.indexKeysChecked = 12
        statistics.entriesChecked = 40
        statistics.validEntriesFound = 33
        statistics.orphanedEntriesFound = 7
        statistics.usersOfOrphans = 3
        statistics.sessionsChecked = 33
        statistics.orphanedEntriesRemoved = removed
        statistics.emptyIndexKeysFound = 1
        if removed > 0 { (statistics.indexKeysCleaned, statistics.emptyIndexKeysRemoved) = (3, 1) }
        return statistics
    }

    private static let checked = """
        Checked  index keys                                                 12
                 entries                                                    40
                 sessions                                                   33
        Found    valid entries                                              33
                 orphaned entries                                            7
                 index keys without a valid entry                            1

        """

    private static let nothingRemoved = """
        Removed  orphaned entries                                            0
                 index keys left empty                                       0


        """

    @Test func `a clean-up shows what it removed, and that it cannot be undone or how`() throws {
        var record = try Sample.record(report: Sample.report(.completed, .repaired, Self.small()))
        let expected =
            Self.head() + Self.checked + """
                Removed  orphaned entries                                            7
                         index keys left empty                                       1

                7 orphaned entries of 3 users were removed.

                """
        #expect(text(record) == expected + "This cannot be undone without --backup.\n")
        record.options.language = .chinese
        #expect(text(record).hasSuffix("\n已移除 3 个用户的 7 条孤儿记录。\n没有 --backup，此操作无法撤销。\n"))
    }

    @Test func `a number that nobody found out is a dash, not a 0`() throws {
        var statistics = CleanupStatistics(completed: [.census])
        statistics.sessionsChecked = 1_234
        statistics.orphanedEntriesFound = 5
        let text = text(
            try Sample.record(report: Sample.report(.failed, .unknown, statistics, error: .serverRestarted)))
        #expect(
            text == Self.head() + """
                Checked  index keys                                                  –
                         entries                                                     –
                         sessions                                                1,234
                Found    valid entries                                               –
                         orphaned entries                                            –

                """ + Self.nothingRemoved + """
                    Failed: redis://user:***@db.example.org:7000/3 was restarted during the run; run
                      again.

                    """)
    }

    @Test func `a row that has nothing to say is left out, but for those of the former tool`() throws {
        let text = text(try Sample.record(["-n"], report: Sample.report(.completed, .good)))
        #expect(
            text == Self.head(Self.dryRun) + """
                Checked           index keys                                         0
                                  entries                                            0
                Found             valid entries                                      0
                                  orphaned entries                                   0
                Would be removed  orphaned entries                                   0
                                  index keys left empty                              0

                There is nothing to clean up.

                """)
    }

    @Test func `what a layout keeps beside index keys is in the table and in the sentence`() throws {
        var statistics = CleanupStatistics()
        (statistics.orphanedPointersFound, statistics.orphanedPresenceKeysFound) = (12, 1)
        (statistics.missingTTLsFound, statistics.sessionsWithoutTTLFound) = (3, 3)
        let report = Sample.report(.completed, .good, statistics)
        let text = text(try Sample.record(["-n", "--set-missing-ttl", "1h"], report: report))
        #expect(text.contains("\nWould be changed  TTLs set                                           3\n"))
        #expect(
            text.contains(
                "\n12 orphaned pointers and 1 orphaned presence key would be removed.\n3 keys would get a TTL.\nTo do it: "
            ))
        let chinese = try Sample.record(["-n", "--set-missing-ttl", "1h", "--lang=zh"], report: report)
        #expect(self.text(chinese).contains("将设置的 TTL"))
    }

    @Test func `a refused run removed nothing and says so`() throws {
        let report = Sample.report(
            .refused, .needsRepair, Self.small(removed: 0), refusal: .noSessionExists(entries: 5_000))
        let refusal = """
            Refused, nothing was removed: no session key exists, and 5,000 entries would be
              removed; that usually means a wrong database, prefix or template; if it is
              right, --allow-no-live-sessions permits it.

            """
        #expect(
            text(try Sample.record(report: report)) == Self.head() + Self.checked + Self.nothingRemoved + refusal)
    }

    @Test func `a dry run that a real one would be refused for gives no command`() throws {
        let report = Sample.report(
            .completed, .needsRepair, Self.small(removed: 0),
            warnings: [.wouldBeRefused(.tooManyRemovals(entries: 7, sessions: 0, limit: .count(1)))])
        let text = text(try Sample.record(["-n"], report: report))
        #expect(text.hasSuffix("removed.\nBut a real run would be refused: see the warnings.\n"))
        #expect(!text.contains("To do it"))
    }

    @Test(arguments: [
        (CleanupOutcome.partial, Consistency.unknown, 0, "Not everything could be checked: the warnings say why."),
        (.partial, .needsRepair, 6, "1 orphaned entry is left: the warnings say why."),
    ])
    func `a run that could not do all says what is missing`(
        outcome: CleanupOutcome, consistency: Consistency, removed: Int, expected: String
    ) throws {
        let report = Sample.report(
            outcome, consistency, removed > 0 ? Self.small(removed: removed) : CleanupStatistics())
        #expect(text(try Sample.record(report: report)).contains("\n\(expected)\n"))
    }

    @Test(arguments: [
        "appauth", String(repeating: "x", count: 1 << 20), String(repeating: "long ", count: 100),
        String(repeating: "x", count: 500), String(repeating: "{x}:", count: 125), "a\nb\u{1b}[31m\u{202e}c", " ",
    ])
    func `no line is longer than 80 columns, and nothing in it is obeyed by a terminal`(prefix: String) throws {
        var statistics = CleanupStatistics()
        statistics.entriesChecked = .max
        statistics.orphanedEntriesFound = .max
        for words in [["--prefix", prefix], ["-n", "--include-expired", "--prefix", prefix]] {
            let report = Sample.report(.completed, .needsRepair, statistics, warnings: try Sample.warnings())
            let name = String(repeating: "user", count: 60) + "\n\u{1b}]0;x\u{7}"
            let environment = ["REDIS_URL": "", "REDIS_HOST": "h" + name.prefix(240), "REDIS_USERNAME": name]
            let text = text(try Sample.record(words, environment, report: report, version: "7\u{1b}[1m"))
            #expect(text.split(separator: "\n").map(\.count).max() ?? 0 <= 80)
            #expect(text.replacing("\n", with: "").isOneTameLine)
            #expect(!text.split(separator: "\n", omittingEmptySubsequences: false).contains { $0.hasSuffix(" ") })
        }
    }

    @Test
    func `colours are there only when asked for, and change nothing else`() throws {
        for (outcome, consistency) in [(CleanupOutcome.completed, Consistency.repaired), (.failed, .needsRepair)] {
            let report = Sample.report(outcome, consistency, Sample.found, warnings: [.undatedSessions(3)])
            let record = try Sample.record(["--include-expired"], report: report)
            let plain = text(record)
            let colored = text(record, isColored: true)
            #expect(!plain.contains("\u{1b}"))
            #expect(colored.contains("\u{1b}[1mClean-up: "))
            #expect(colored.replacing(/\u{1b}\[[0-9]+m/, with: "") == plain)
            #expect(colored.matches(of: /\u{1b}\[0m/).count * 2 == colored.matches(of: /\u{1b}/).count)
        }
    }
}

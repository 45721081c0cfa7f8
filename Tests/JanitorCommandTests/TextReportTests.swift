import RedisClient
import SessionJanitor
import Testing

@testable import JanitorCommand

@Suite struct TextReportTests {
    private func text(_ record: RunRecord, isColored: Bool = false) -> String {
        record.text(TextStyle(isColored: isColored))
    }

    private static let head = """
        Mode
          run               clean-up
          server            redis://user:***@db.example.org:7000/3 (Redis 7.2.4)
          session keys      appauth:sess:{id}
          index keys        appauth:usess:{user}
          expired sessions  kept (--include-expired removes them)

        Time
          started           2023-11-14T22:13:20Z
          finished          2023-11-14T22:13:21Z
          duration          1.50 s


        """

    @Test("A dry run that includes expired sessions shows all it found and would remove")
    func dryRun() throws {
        var statistics = Sample.found
        statistics.indexKeysCleaned = 900
        let report = Sample.report(
            .completed, .needsRepair, statistics,
            warnings: [
                .undatedSessions(3),
                .wouldBeRefused(.tooManyRemovals(entries: 234_567, sessions: 34_567, limit: .count(10))),
            ])
        let record = try Sample.record(["-n", "--include-expired", "--max-age-days", "7"], report: report)
        #expect(
            text(record) == """
                Mode
                  run               dry run: nothing is changed
                  server            redis://user:***@db.example.org:7000/3 (Redis 7.2.4)
                  session keys      appauth:sess:{id}
                  index keys        appauth:usess:{user}
                  expired sessions  would be removed: older than 7 days, or past exp

                Time
                  started           2023-11-14T22:13:20Z
                  finished          2023-11-14T22:13:21Z
                  duration          1.50 s

                Checked
                  index keys                                            1,234
                  entries                                           1,234,567
                  sessions                                          1,034,600

                Found
                  valid entries                                     1,000,000
                  orphaned entries                                    200,000
                  entries of expired sessions                          34,567
                  index keys without a valid entry                         17
                  sessions in no index key                                 33
                  expired sessions                                     34,567
                  undated sessions                                          3
                  unreadable sessions                                       2
                  entries whose session came back                           1
                  unreadable index keys                                     0

                Would be removed (dry run: nothing was)
                  orphaned entries                                    200,000
                  entries of expired sessions                          34,567
                  expired sessions                                     34,567
                  index keys that would lose an entry                     900

                Consistency
                  needs repair: 200,000 orphaned entries

                Warnings
                  ! 3 sessions without a usable date were kept
                  ! a real run would be refused: 234,567 entries and 34,567 sessions would be
                    removed, more than --max-removals 10 allows; a larger --max-removals permits
                    it

                """)
    }

    @Test("A clean-up shows what it removed")
    func clean() throws {
        var statistics = CleanupStatistics()
        statistics.indexKeysChecked = 12
        statistics.entriesChecked = 40
        statistics.validEntriesFound = 33
        statistics.orphanedEntriesFound = 7
        statistics.sessionsChecked = 33
        statistics.orphanedEntriesRemoved = 7
        statistics.indexKeysCleaned = 3
        statistics.emptyIndexKeysRemoved = 1
        statistics.emptyIndexKeysFound = 1
        let record = try Sample.record(report: Sample.report(.completed, .repaired, statistics))
        #expect(
            text(record) == Self.head + """
                Checked
                  index keys                                               12
                  entries                                                  40
                  sessions                                                 33

                Found
                  valid entries                                            33
                  orphaned entries                                          7
                  index keys without a valid entry                          1
                  sessions in no index key                                  0
                  entries whose session came back                           0
                  unreadable index keys                                     0

                Removed
                  orphaned entries                                          7
                  index keys that lost an entry                             3
                  index keys gone with their last entry                     1

                Consistency
                  repaired: all orphaned entries that were found are removed

                """)
    }

    @Test("A number that nobody found out is a dash, not a 0")
    func unknown() throws {
        var statistics = CleanupStatistics(completed: [.census])
        statistics.sessionsChecked = 1_234
        statistics.orphanedEntriesFound = 5
        let text = text(try Sample.record(report: Sample.report(.interrupted, .unknown, statistics)))
        #expect(
            text.contains(
                """
                Checked
                  index keys                                                –
                  entries                                                   –
                  sessions                                              1,234

                Found
                  valid entries                                             –
                  orphaned entries                                          –
                  index keys without a valid entry                          –
                  sessions in no index key                                  –
                  entries whose session came back                           –
                  unreadable index keys                                     –

                Removed
                  orphaned entries                                          0
                  index keys that lost an entry                             –
                  index keys gone with their last entry                     0

                """))
    }

    @Test("TTLs that were set stand under a heading of their own, those of a dry run as well")
    func ttls() throws {
        var statistics = CleanupStatistics()
        (statistics.missingTTLsFound, statistics.ttlsSet) = (12, 11)
        for (words, heading, label) in [
            (["--lang=en"], "Changed", "TTLs set                                                 11\n"),
            (["--lang=zh"], "更改", "设置的 TTL                                               11\n"),
            (
                ["--lang=en", "-n"], "Would be changed (dry run: nothing was)",
                "TTLs set                                                 12\n"
            ),
            (["--lang=zh", "-n"], "将更改（模拟运行，未作更改）", "设置的 TTL                                               12\n"),
        ] {
            let report = Sample.report(.completed, .good, statistics)
            #expect(
                text(try Sample.record(["--set-missing-ttl", "1h"] + words, report: report)).contains(
                    "\n\n\(heading)\n  \(label)\n"))
            #expect(!text(try Sample.record(words, report: report)).contains("TTL"))
        }
    }

    private static func small(orphaned: Int) -> CleanupStatistics {
        var statistics = CleanupStatistics()
        statistics.orphanedEntriesFound = orphaned
        return statistics
    }

    private static func body(orphaned: String, consistency: String) -> String {
        """
        Checked
          index keys                                                0
          entries                                                   0
          sessions                                                  0

        Found
          valid entries                                             0
          orphaned entries                                \(orphaned)
          index keys without a valid entry                          0
          sessions in no index key                                  0
          entries whose session came back                           0
          unreadable index keys                                     0

        Removed
          orphaned entries                                          0
          index keys that lost an entry                             0
          index keys gone with their last entry                     0

        Consistency
          \(consistency)

        """
    }

    @Test("A refused run removed nothing and says so")
    func refused() throws {
        let report = Sample.report(
            .refused, .needsRepair, Self.small(orphaned: 5_000), refusal: .noSessionExists(entries: 5_000))
        let expected = Self.body(
            orphaned: "      5,000", consistency: "needs repair: 5,000 orphaned entries; the run was refused")
        let refusal = """

            Refused, nothing was removed
              no session key exists, and 5,000 entries would be removed; that usually means
              a wrong database, prefix or template; if it is right, --allow-no-live-sessions
              permits it

            """
        #expect(text(try Sample.record(report: report)) == Self.head + expected + refusal)
    }

    @Test("A failed run does not know whether the data is consistent")
    func failed() throws {
        let report = Sample.report(
            .failed, .unknown, Self.small(orphaned: 1), error: .connectionLost(command: .scan, reason: "reset"))
        let expected = Self.body(orphaned: "          1", consistency: "unknown: the run failed before its end")
        #expect(text(try Sample.record(report: report)) == Self.head + expected)
    }

    @Test(
        "The consistency is put into words",
        arguments: [
            (CleanupOutcome.completed, Consistency.good, 0, "good: no orphaned entry"),
            (.partial, .good, 0, "good: no orphaned entry"),
            (.refused, .good, 0, "good: no orphaned entry"),
            (.completed, .needsRepair, 1, "needs repair: 1 orphaned entry"),
            (.partial, .needsRepair, 1_000, "needs repair: 1,000 orphaned entries"),
            (.failed, .needsRepair, 1, "needs repair: 1 orphaned entry; the run failed"),
            (.failed, .unknown, 0, "unknown: the run failed before its end"),
            (.interrupted, .unknown, 0, "unknown: the run was stopped before it had seen everything"),
            (.partial, .unknown, 0, "unknown: not everything could be looked at"),
        ])
    func consistency(outcome: CleanupOutcome, consistency: Consistency, orphaned: Int, expected: String) throws {
        let record = try Sample.record(report: Sample.report(outcome, consistency, Self.small(orphaned: orphaned)))
        #expect(text(record).contains("\n\nConsistency\n  \(expected)\n"))
    }

    @Test(
        "No line is longer than 80 columns, and nothing in it is obeyed by a terminal",
        arguments: [
            "appauth", String(repeating: "x", count: 1 << 20), String(repeating: "long ", count: 100),
            String(repeating: "x", count: 500), String(repeating: "{x}:", count: 125), "a\nb\u{1b}[31m\u{202e}c", " ",
        ])
    func width(prefix: String) throws {
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

    @Test("Colours are there only when asked for, and change nothing else")
    func colors() throws {
        for (outcome, consistency) in [(CleanupOutcome.completed, Consistency.repaired), (.failed, .needsRepair)] {
            let report = Sample.report(outcome, consistency, Sample.found, warnings: [.undatedSessions(3)])
            let record = try Sample.record(["--include-expired"], report: report)
            let plain = text(record)
            let colored = text(record, isColored: true)
            #expect(!plain.contains("\u{1b}"))
            #expect(colored.contains("\u{1b}[1mMode\u{1b}[0m"))
            #expect(colored.replacing(/\u{1b}\[[0-9]+m/, with: "") == plain)
            #expect(colored.matches(of: /\u{1b}\[0m/).count * 2 == colored.matches(of: /\u{1b}/).count)
        }
    }
}

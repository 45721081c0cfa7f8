import SessionJanitor
import Testing

@testable import JanitorCommand

struct ChangesTests {
    private func changes(
        _ statistics: CleanupStatistics, isDone: Bool = false, _ words: [String] = []
    ) throws -> Changes {
        Changes(try Sample.record(words, report: Sample.report(.completed, .good, statistics)), isDone: isDone)
    }

    @Test func `kinds of which there is nothing are not named`() throws {
        let none = try changes(CleanupStatistics())
        #expect(none.isEmpty)
        #expect(none.sentences.isEmpty)
        #expect(AttendedRun.verdict(none).english == "Verified: nothing is left to remove.")
    }

    @Test func `every kind that there is is counted, the last after an and`() throws {
        var found = CleanupStatistics()
        found.orphanedEntriesFound = 1_234
        #expect(try changes(found).list.english == "1,234 orphaned entries")
        found.usersOfOrphans = 1
        found.expiredSessionsFound = 1
        found.idleSessionsFound = 1
        found.usersOfExpired = 2
        #expect(try changes(found).list.english == "1,234 orphaned entries of 1 user and 2 sessions of 2 users")
        found.orphanedPointersFound = 1
        found.orphanedCompanionsFound = 2
        found.orphanedPresenceKeysFound = 3
        found.missingTTLsFound = 4
        let all = try changes(found)
        #expect(
            all.list
                == Message(
                    "1,234 orphaned entries of 1 user, 1 orphaned pointer, 2 orphaned companion keys, 3 orphaned presence "
                        + "keys, 2 sessions of 2 users and 4 keys without a TTL",
                    zh: "1 个用户的 1,234 条孤儿记录、1 个孤儿指针、2 个孤儿伴随键、3 个孤儿状态键、2 个用户的 2 个会话、4 个没有 TTL 的键"))
        #expect(
            AttendedRun.question(all).english
                == "Remove 1,234 orphaned entries of 1 user, 1 orphaned pointer, 2 orphaned companion keys and 3 orphaned "
                + "presence keys, sign out 2 sessions of 2 users and set the TTL of 4 keys? [y/N] ")
    }

    @Test(arguments: [
        ([String](), "older than 3 days or past their expiry"), (["--expire-by", "created"], "older than 3 days"),
        (["--expire-by", "expiry", "--max-idle", "90m"], "past their expiry or idle for 90m"),
    ])
    func `a purge says why sessions go, and that users are signed out`(words: [String], why: String) throws {
        var statistics = CleanupStatistics()
        (statistics.expiredSessionsFound, statistics.usersOfExpired) = (9_280, 3_120)
        let words = words + ["--include-expired", "--max-age-days", "3"]
        #expect(
            try changes(statistics, words).sentences.map(\.english)
                == ["9,280 sessions of 3,120 users are \(why): they would be signed out."])
        statistics.expiredSessionsRemoved = 9_280
        #expect(
            try changes(statistics, isDone: true, words).sentences.map(\.english)
                == ["9,280 sessions of 3,120 users were \(why): they have been signed out."])
        // Of which users the part is that was removed, nobody knows.
        statistics.expiredSessionsRemoved = 1
        #expect(
            try changes(statistics, isDone: true, words).sentences.map(\.english)
                == ["1 session was \(why): they have been signed out."])
    }
}

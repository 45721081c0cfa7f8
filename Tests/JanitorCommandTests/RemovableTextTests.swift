import SessionJanitor
import Testing

@testable import JanitorCommand

@Suite struct RemovableTextTests {
    @Test("Kinds of which there is nothing are not named")
    func nothing() {
        #expect(RemovableText(CleanupStatistics()).isEmpty)
        #expect(
            InitialCommand.verdict(RemovableText(CleanupStatistics())).english
                == "Verified: nothing is left to remove.")
    }

    @Test("Every kind that there is is counted, the last after an `and`")
    func kinds() {
        var found = CleanupStatistics()
        found.orphanedEntriesFound = 1_234
        #expect(RemovableText(found).message.english == "1,234 orphaned entries")
        found.expiredSessionsFound = 1
        found.idleSessionsFound = 1
        #expect(RemovableText(found).message.english == "1,234 orphaned entries and 2 expired sessions")
        found.orphanedPointersFound = 1
        found.orphanedCompanionsFound = 2
        found.orphanedPresenceKeysFound = 3
        #expect(
            RemovableText(found).message
                == Message(
                    "1,234 orphaned entries, 2 expired sessions, 1 pointer, 2 companion keys and 3 presence keys",
                    zh: "1,234 条孤儿记录、2 个过期会话、1 个指针、2 个伴随键、3 个状态键"))
    }
}

import SessionJanitor
import Testing

@testable import JanitorCommand

struct WarningMessageTests {
    @Test
    func `every warning is one line without control characters, and not endless`() throws {
        for warning in try Sample.warnings() {
            let text = warning.message.english
            #expect(text.isOneTameLine)
            #expect(text.count < 3_000)
        }
    }

    @Test(arguments: [
        CleanupWarning.retypedEntries(1_234), .undatedSessions(1_234), .misdatedSessions(1_234, of: 1_234),
        .unreadableSessions(1_234),
        .changedSessions(1_234), .uncertainRemovals(1_234), .wouldBeRefused(.noSessionExists(entries: 1_234)),
    ])
    func `every warning has its number`(warning: CleanupWarning) {
        #expect(warning.message.english.contains("1,234 "))
    }

    @Test(arguments: [
        CleanupWarning.retypedEntries(1), .undatedSessions(1), .misdatedSessions(1, of: 1), .unreadableSessions(1),
        .changedSessions(1),
        .uncertainRemovals(1), Sample.unreadable(["k".bytes]),
    ])
    func `one is not spoken of as many`(warning: CleanupWarning) {
        let text = warning.message.english
        #expect(text.hasPrefix("1 "))
        #expect(!text.contains(" were ") && !text.contains(" are "))
    }

    @Test
    func `a dry run's refusal is the refusal's own text`() {
        let refusal = Refusal.noSessionWouldRemain(sessions: 500)
        let text = Sample.text(.wouldBeRefused(refusal))
        #expect(text == "a real run would be refused: \(refusal.message.english)")
    }

    @Test
    func `unreadable index keys are named with their types, the first ten of them`() {
        let one = Sample.text(Sample.unreadable(["appauth:usess:a b".bytes], type: "stream"))
        #expect(one.contains("\"appauth:usess:a b\" (stream)"))
        #expect(!one.contains("more"))
        let many = Sample.text(Sample.unreadable((0..<1_234).map { "key-\($0)".bytes }))
        #expect(many.hasPrefix("1,234 index keys"))
        #expect(many.contains("key-0 (hash), key-1 (hash)"))
        #expect(many.contains("key-9 (hash)") && !many.contains("key-10"))
        #expect(many.hasSuffix("and 1,224 more"))
    }

    @Test
    func `where nothing matches, the patterns and the prefix option are named`() throws {
        let text = Sample.text(.nothingMatches(try Layout(prefix: "shop"), otherKeys: 0))
        for part in ["shop:sess:*", "shop:usess:*", "--prefix", "database"] { #expect(text.contains(part)) }
        #expect(!text.contains("--detect"))
        let among = Sample.text(.nothingMatches(try Layout(prefix: "shop"), otherKeys: 1_234))
        for part in ["shop:sess:*", "1,234 other keys", "layouts --detect"] { #expect(among.contains(part)) }
    }
}

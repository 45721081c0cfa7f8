import Testing

@testable import SessionJanitor

struct SessionScoreTests {
    private func date(_ text: String) throws -> DateField? { try DateField(text, prefix: "app") }

    @Test(arguments: [
        ("expiry=score:ends", "ends", "{id}", DateField.Format.number),
        ("expiry=score:{prefix}:ends:ms", "app:ends", "{id}", .milliseconds),
        ("created=score:logins:{user}=u:{id}:s", "logins:", "u:{id}", .seconds),
        ("created=score:logins:{user:[a-z=]+}", "logins:", "{id}", .number),
        ("last-access=score:{prefix}:a=java:{id}:ms", "app:a", "java:{id}", .milliseconds),
        ("expiry=score:ends:s:s", "ends:s", "{id}", .seconds),
    ])
    func `a score is named by its sorted set and, where that is not the session id, by its member`(
        text: String, head: String, member: String, format: DateField.Format
    ) throws {
        let field = try #require(try date(text))
        guard case .score(let score) = field.source else {
            Issue.record("no score: \(field)")
            return
        }
        #expect(score.key.head == head.bytes)
        #expect(score.member.source == member)
        #expect(field.format == format)
        #expect(field.addend == nil)
    }

    @Test(arguments: [
        "expiry=score:", "expiry=score:=x", "expiry=score:ends=", "expiry=score", "ends=score:x", "expiry=:x",
    ])
    func `what names no sorted set or no member is no date`(text: String) throws {
        #expect(try date(text) == nil)
    }

    @Test(arguments: ["score:logins:{user}", "score:ends={id}:{user}"])
    func `what a session's key does not tell cannot lead to its score`(source: String) {
        #expect(throws: KeyTemplateError.missingVariable(template: "s:{id}", "user")) {
            try Layout(
                .custom, options: [LayoutOption(.sessionKey, "s:{id}"), LayoutOption(.date, "created=" + source)])
        }
    }

    @Test func `a score goes with dates in hashes and with dates in JSON`() throws {
        for other in ["hash:made:s", "json:made:s"] {
            let layout = try Layout(
                .custom,
                options: [
                    LayoutOption(.sessionKey, "s:{id}"), LayoutOption(.date, "created=" + other),
                    LayoutOption(.date, "expiry=score:ends"),
                ])
            #expect(layout.scores.count == 1)
            #expect(SessionJudge(layout, IndependentVerdict.policy) == nil)
        }
    }
}

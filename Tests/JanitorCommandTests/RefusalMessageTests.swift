import SessionJanitor
import Testing

@testable import JanitorCommand

struct RefusalMessageTests {
    private static let layout: Layout = {
        do {
            return try Layout(.appauth, options: [LayoutOption(.pointerKey, "u:{user}=hash:cur")])
        } catch {
            fatalError("\(error)")
        }
    }()

    @Test(arguments: [
        (Refusal.noSessionExists(entries: 5_000), ["5,000 entries"], "--allow-no-live-sessions permits"),
        (
            .noSessionExists(entries: 5, dependents: 1_001, otherKeys: 2_002),
            ["5 entries and 1,001 dependent keys", "2,002 other keys match no template"],
            "--allow-no-live-sessions permits"
        ),
        (
            .noSessionNamed(.entries(Self.layout.indexKeys[0].template), removals: 1_234),
            ["1,234 entries", "appauth:usess:{user}"], "--allow-no-live-sessions permits"
        ),
        (
            .noSessionNamed(.pointers(Self.layout.pointerKeys[0]), removals: 1),
            ["1 pointer ", "u:{user}=hash:cur"], "--allow-no-live-sessions permits"
        ),
        (
            .tooManyRemovals(
                entries: 1, sessions: 1, dependents: 2, ttls: 2, checked: 9, limit: .percent(66)),
            ["1 entry, 1 session and 2 dependent keys", "2 TTLs", "66.7% of the 9 that were checked", "66%"],
            "--max-removals permits"
        ),
        (.noSessionWouldRemain(sessions: 5_000), ["5,000 sessions"], "--allow-no-live-sessions permits"),
        (.scoresApart(sessions: 5_000), ["5,000 sessions"], "one hash tag"),
        (
            .tooManyRemovals(entries: 5_000, sessions: 1, limit: .count(4_000)),
            ["5,000 entries", "1 session ", "4000"], "--max-removals permits"
        ),
        (
            .tooManyRemovals(entries: 1, sessions: 2_000, limit: .percent(12.5)),
            ["1 entry ", "2,000 sessions", "12.5%"], "--max-removals permits"
        ),
        (
            .tooManyRemovals(entries: 2, sessions: 0, limit: .percent(10)), ["2 entries", "10%"],
            "--max-removals permits"
        ),
        (
            .tooManyRemovals(entries: 2, sessions: 0, ttls: 1_234, limit: .count(0)), ["1,234 TTLs would be set"],
            "--max-removals permits"
        ),
        (
            .tooManyRemovals(entries: 2, sessions: 0, limit: .count(0)), ["--max-removals 0 "],
            "--max-removals permits"
        ),
    ])
    func `each refusal has its numbers and names the option that permits it`(
        refusal: Refusal, numbers: [String], option: String
    ) {
        let text = refusal.message.english
        #expect(text.isOneTameLine)
        #expect(text.contains(option))
        for number in numbers { #expect(text.contains(number)) }
    }
}

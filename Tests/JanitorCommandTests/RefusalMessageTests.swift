import SessionJanitor
import Testing

@testable import JanitorCommand

@Suite struct RefusalMessageTests {
    @Test(
        "Each refusal has its numbers and names the option that permits it",
        arguments: [
            (Refusal.noSessionExists(entries: 5_000), ["5,000 entries"], "--allow-no-live-sessions permits"),
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
    func texts(refusal: Refusal, numbers: [String], option: String) {
        let text = RefusalMessage.text(refusal)
        #expect(text.isOneTameLine)
        #expect(text.contains(option))
        for number in numbers { #expect(text.contains(number)) }
    }
}

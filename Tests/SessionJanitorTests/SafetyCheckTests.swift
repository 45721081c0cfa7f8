import Testing

@testable import SessionJanitor

@Suite struct SafetyCheckTests {
    private func refusal(
        _ limits: SafetyLimits = SafetyLimits(), entries: Int = 0, sessions: Int = 0, removing removed: (Int, Int)
    ) -> Refusal? {
        SafetyCheck(limits: limits).refusal(
            entriesRead: entries, sessionsFound: sessions, entriesToRemove: removed.0, sessionsToRemove: removed.1)
    }

    @Test(
        "Without any session, up to 100 entries may go and 101 may not",
        arguments: [
            (0, nil), (1, nil), (100, nil), (101, Refusal.noSessionExists(entries: 101)),
            (1_000_000, .noSessionExists(entries: 1_000_000)),
        ])
    func noSession(count: Int, expected: Refusal?) {
        #expect(refusal(entries: count, removing: (count, 0)) == expected)
    }

    @Test("One session is enough for all orphaned entries to go")
    func oneSession() {
        #expect(refusal(entries: 1_000_000, sessions: 1, removing: (999_999, 0)) == nil)
    }

    @Test(
        "Of up to 100 sessions all may go as expired, of 101 not all",
        arguments: [
            (100, 100, nil), (101, 100, nil), (101, 101, Refusal.noSessionWouldRemain(sessions: 101)), (1, 1, nil),
            (50_000, 50_000, .noSessionWouldRemain(sessions: 50_000)), (50_000, 49_999, nil),
        ])
    func noneRemains(found: Int, expired: Int, expected: Refusal?) {
        #expect(refusal(entries: found, sessions: found, removing: (expired, expired)) == expected)
    }

    @Test("The allow option permits both, and not more than the maximum")
    func allowed() {
        var limits = SafetyLimits(allowsNoLiveSessions: true)
        #expect(refusal(limits, entries: 5_000, removing: (5_000, 0)) == nil)
        #expect(refusal(limits, entries: 5_000, sessions: 5_000, removing: (5_000, 5_000)) == nil)
        limits.maximumRemovals = .count(4_999)
        #expect(
            refusal(limits, entries: 5_000, removing: (5_000, 0))
                == .tooManyRemovals(entries: 5_000, sessions: 0, limit: .count(4_999)))
    }

    @Test(
        "Entries and sessions together may be as many as the maximum, and not one more",
        arguments: [
            (10, 6, 4, false), (10, 7, 4, true), (10, 0, 11, true), (10, 10, 0, false), (0, 0, 0, false),
            (0, 1, 0, true),
            (0, 0, 1, true), (1, 1, 0, false),
        ])
    func count(maximum: Int, entries: Int, sessions: Int, isRefused: Bool) {
        let limits = SafetyLimits(maximumRemovals: .count(maximum))
        let expected = Refusal.tooManyRemovals(entries: entries, sessions: sessions, limit: .count(maximum))
        #expect(
            refusal(limits, entries: 1_000, sessions: 1_000, removing: (entries, sessions))
                == (isRefused ? expected : nil))
    }

    @Test("TTLs that would be set count, too", arguments: [(7, false), (6, true)])
    func ttls(maximum: Int, isRefused: Bool) {
        let limit = SafetyLimits.MaximumRemovals.count(maximum)
        let refusal = SafetyCheck(limits: SafetyLimits(maximumRemovals: limit)).refusal(
            entriesRead: 10, sessionsFound: 10, entriesToRemove: 2, sessionsToRemove: 1, ttlsToSet: 4)
        let expected = Refusal.tooManyRemovals(entries: 2, sessions: 1, ttls: 4, limit: limit)
        #expect(refusal == (isRefused ? expected : nil))
    }

    @Test(
        "A percentage is of all entries and sessions that were found",
        arguments: [
            (10.0, 200, 0, false), (10, 201, 0, true), (10, 100, 101, true), (0, 0, 0, false), (0, 1, 0, true),
            (100, 1_000, 999, false), (0.1, 2, 0, false), (0.1, 3, 0, true), (12.5, 250, 0, false),
            (12.5, 251, 0, true),
        ])
    func percent(percent: Double, entries: Int, sessions: Int, isRefused: Bool) {
        let limits = SafetyLimits(maximumRemovals: .percent(percent))
        let expected = Refusal.tooManyRemovals(entries: entries, sessions: sessions, limit: .percent(percent))
        #expect(
            refusal(limits, entries: 1_000, sessions: 1_000, removing: (entries, sessions))
                == (isRefused ? expected : nil))
    }

    @Test("A percentage with one decimal is exact: that many may go, one more may not")
    func exactPercent() {
        var refused: [String] = []
        for tenths in 0...1_000 {
            let percent = "\(tenths / 10).\(tenths % 10)"
            let limits = SafetyLimits(maximumRemovals: .percent(Double(percent) ?? -1))
            let exactly = refusal(limits, entries: 2_000, sessions: 1_000, removing: (tenths * 3, 0))
            if exactly != nil { refused.append("\(tenths * 3) of 3000 at \(percent)%") }
            #expect(refusal(limits, entries: 2_000, sessions: 1_000, removing: (tenths * 3, 1)) != nil)
        }
        #expect(refused.prefix(5) == [], "\(refused.count) in all")
    }

    @Test("Where nothing was found nothing is refused", arguments: [0.0, 10, 100])
    func nothing(percent: Double) {
        #expect(refusal(SafetyLimits(maximumRemovals: .percent(percent)), removing: (0, 0)) == nil)
        #expect(refusal(removing: (0, 0)) == nil)
    }
}

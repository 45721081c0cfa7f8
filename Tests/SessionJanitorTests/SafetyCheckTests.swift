import Testing

@testable import SessionJanitor

struct SafetyCheckTests {
    private func refusal(
        _ limits: SafetyLimits = SafetyLimits(), entries: Int = 0, sessions: Int = 0, removing removed: (Int, Int),
        _ change: (inout SafetyCheck.Numbers) -> Void = { _ in }
    ) -> Refusal? {
        var numbers = SafetyCheck.Numbers()
        numbers.entriesRead = entries
        numbers.sessionsFound = sessions
        numbers.entriesToRemove = removed.0
        numbers.sessionsToRemove = removed.1
        change(&numbers)
        return SafetyCheck(limits: limits).refusal(numbers)
    }

    @Test(arguments: [
        (0, nil), (1, nil), (100, nil), (101, Refusal.noSessionExists(entries: 101)),
        (1_000_000, .noSessionExists(entries: 1_000_000)),
    ])
    func `without any session, up to 100 entries may go and 101 may not`(count: Int, expected: Refusal?) {
        #expect(refusal(entries: count, removing: (count, 0)) == expected)
    }

    @Test
    func `one session is enough for all orphaned entries to go`() {
        #expect(refusal(entries: 1_000_000, sessions: 1, removing: (999_999, 0)) == nil)
    }

    @Test(arguments: [
        (100, 100, nil), (101, 100, nil), (101, 101, Refusal.noSessionWouldRemain(sessions: 101)), (1, 1, nil),
        (50_000, 50_000, .noSessionWouldRemain(sessions: 50_000)), (50_000, 49_999, nil),
    ])
    func `of up to 100 sessions all may go as expired, of 101 not all`(found: Int, expired: Int, expected: Refusal?) {
        #expect(refusal(entries: found, sessions: found, removing: (expired, expired)) == expected)
    }

    @Test
    func `the allow option permits both, and not more than the maximum`() {
        var limits = SafetyLimits(allowsNoLiveSessions: true)
        #expect(refusal(limits, entries: 5_000, removing: (5_000, 0)) == nil)
        #expect(refusal(limits, entries: 5_000, sessions: 5_000, removing: (5_000, 5_000)) == nil)
        limits.maximumRemovals = .count(4_999)
        #expect(
            refusal(limits, entries: 5_000, removing: (5_000, 0))
                == .tooManyRemovals(entries: 5_000, sessions: 0, checked: 5_000, limit: .count(4_999)))
    }

    @Test(arguments: [
        (10, 6, 4, false), (10, 7, 4, true), (10, 0, 11, true), (10, 10, 0, false), (0, 0, 0, false),
        (0, 1, 0, true),
        (0, 0, 1, true), (1, 1, 0, false),
    ])
    func `entries and sessions together may be as many as the maximum, and not one more`(
        maximum: Int, entries: Int, sessions: Int, isRefused: Bool
    ) {
        let limits = SafetyLimits(maximumRemovals: .count(maximum))
        let expected = Refusal.tooManyRemovals(
            entries: entries, sessions: sessions, checked: 2_000, limit: .count(maximum))
        #expect(
            refusal(limits, entries: 1_000, sessions: 1_000, removing: (entries, sessions))
                == (isRefused ? expected : nil))
    }

    @Test(arguments: [(7, false), (6, true)])
    func `TTLs that would be set count, too`(maximum: Int, isRefused: Bool) {
        let limit = SafetyLimits.MaximumRemovals.count(maximum)
        let refused = refusal(
            SafetyLimits(maximumRemovals: limit), entries: 10, sessions: 10, removing: (2, 1)
        ) { $0.ttlsToSet = 4 }
        let expected = Refusal.tooManyRemovals(entries: 2, sessions: 1, ttls: 4, checked: 20, limit: limit)
        #expect(refused == (isRefused ? expected : nil))
    }

    @Test
    func `what depends on sessions counts, among what would go and among what was checked`() {
        func refused(_ limit: SafetyLimits.MaximumRemovals) -> Refusal? {
            refusal(SafetyLimits(maximumRemovals: limit), entries: 10, sessions: 10, removing: (2, 1)) {
                $0.dependentsToRemove = 4
                $0.dependentsRead = 8
            }
        }
        func tooMany(_ limit: SafetyLimits.MaximumRemovals) -> Refusal {
            .tooManyRemovals(entries: 2, sessions: 1, dependents: 4, checked: 28, limit: limit)
        }
        #expect(refused(.count(7)) == nil)
        #expect(refused(.count(6)) == tooMany(.count(6)))
        #expect(refused(.percent(25)) == nil)
        #expect(refused(.percent(24.9)) == tooMany(.percent(24.9)))
    }

    @Test(arguments: [(1, 0, 1, true), (0, 1, 5, true), (0, 0, 5, false), (100, 0, 0, false), (100, 0, nil, false)])
    func `without any session nothing may go from among keys that no template matches`(
        entries: Int, dependents: Int, others: Int?, isRefused: Bool
    ) {
        let refused = refusal(entries: entries, removing: (entries, 0)) {
            $0.dependentsToRemove = dependents
            $0.otherKeys = others
        }
        let expected = Refusal.noSessionExists(entries: entries, dependents: dependents, otherKeys: others ?? 0)
        #expect(refused == (isRefused ? expected : nil))
        #expect(
            refusal(SafetyLimits(allowsNoLiveSessions: true), removing: (entries, 0)) { $0.otherKeys = others } == nil)
    }

    @Test(arguments: [0, 1, 500])
    func `where there are sessions, nothing may go of a template that names none of them`(removals: Int) throws {
        let template = NamingTemplate.entries(try Layout().indexKeys[0].template)
        func refused(_ limits: SafetyLimits, sessions: Int) -> Refusal? {
            refusal(limits, entries: removals, sessions: sessions, removing: (removals, 0)) {
                $0.namingNone = [(template, 0), (template, removals)]
            }
        }
        let expected = Refusal.noSessionNamed(template, removals: removals)
        #expect(refused(SafetyLimits(), sessions: 1) == (removals > 0 ? expected : nil))
        #expect(refused(SafetyLimits(allowsNoLiveSessions: true), sessions: 1) == nil)
        #expect(refused(SafetyLimits(), sessions: 0) != expected)
    }

    @Test(arguments: [
        (10.0, 200, 0, false), (10, 201, 0, true), (10, 100, 101, true), (0, 0, 0, false), (0, 1, 0, true),
        (100, 1_000, 999, false), (0.1, 2, 0, false), (0.1, 3, 0, true), (12.5, 250, 0, false),
        (12.5, 251, 0, true),
    ])
    func `a percentage is of all entries and sessions that were found`(
        percent: Double, entries: Int, sessions: Int, isRefused: Bool
    ) {
        let limits = SafetyLimits(maximumRemovals: .percent(percent))
        let expected = Refusal.tooManyRemovals(
            entries: entries, sessions: sessions, checked: 2_000, limit: .percent(percent))
        #expect(
            refusal(limits, entries: 1_000, sessions: 1_000, removing: (entries, sessions))
                == (isRefused ? expected : nil))
    }

    @Test
    func `a percentage with one decimal is exact: that many may go, one more may not`() {
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

    @Test(arguments: [0.0, 10, 100])
    func `where nothing was found nothing is refused`(percent: Double) {
        #expect(refusal(SafetyLimits(maximumRemovals: .percent(percent)), removing: (0, 0)) == nil)
        #expect(refusal(removing: (0, 0)) == nil)
    }
}

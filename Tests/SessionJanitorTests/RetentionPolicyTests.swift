import Testing

@testable import SessionJanitor

struct RetentionPolicyTests {
    private static let now = 1_750_000_000.0
    private static let day = 86_400.0

    @Test(arguments: [0, 1, 3, 30, 365, 9_000])
    func `a session of exactly so many days is not expired, one moment more is`(days: Int) {
        let policy = RetentionPolicy(now: Self.now, maxAgeDays: days)
        let boundary = Self.now - Double(days) * Self.day
        #expect(policy.verdict(created: boundary, expiry: nil) == .live)
        #expect(policy.verdict(created: boundary.nextDown, expiry: nil) == .expired)
        #expect(policy.verdict(created: boundary.nextUp, expiry: nil) == .live)
    }

    @Test
    func `a session that ends now is not expired, one that ended a moment ago is`() {
        let policy = RetentionPolicy(now: Self.now, maxAgeDays: 30)
        #expect(policy.verdict(created: nil, expiry: Self.now) == .live)
        #expect(policy.verdict(created: nil, expiry: Self.now.nextDown) == .expired)
        #expect(policy.verdict(created: nil, expiry: Self.now + 1) == .live)
    }

    @Test(arguments: [
        (1.0, 1.0, SessionVerdict.live), (1, -1, .expired), (-1, 1, .expired), (-1, -1, .expired),
    ])
    func `either date may say expired, and both must say live`(created: Double, expiry: Double, verdict: SessionVerdict)
    {
        let policy = RetentionPolicy(now: Self.now, maxAgeDays: 30)
        #expect(policy.verdict(created: policy.cutoff + created, expiry: Self.now + expiry) == verdict)
    }

    @Test(arguments: [0, 30, 36_500])
    func `without a date a session is undated; a missing one is never read as 0`(days: Int) {
        let policy = RetentionPolicy(now: Self.now, maxAgeDays: days)
        #expect(policy.verdict(created: nil, expiry: nil) == .undated)
        #expect(policy.verdict(created: Self.now, expiry: nil) == .live)
        #expect(policy.verdict(created: nil, expiry: Self.now + 1) == .live)
    }

    @Test(arguments: [0.0, -0.0, -1, -1e300, -.infinity, .nan])
    func `a date that is 0 or negative means never, and is none`(date: Double) {
        let policy = RetentionPolicy(now: Self.now, maxAgeDays: 30)
        #expect(policy.verdict(created: date, expiry: date) == .undated)
        #expect(policy.verdict(created: Self.now, expiry: date) == .live)
        #expect(policy.verdict(created: date, expiry: Self.now - 1) == .expired)
    }

    @Test(arguments: [1, 946_684_799, 7_258_118_400, 1.75e12, 1e300, .infinity])
    func `a date before 2000 or after 2200 is in another unit, and none`(date: Double) {
        let policy = RetentionPolicy(now: Self.now, maxAgeDays: 30)
        #expect(policy.verdict(created: date, expiry: date) == .misdated)
        #expect(policy.verdict(created: nil, expiry: date) == .misdated)
        #expect(policy.verdict(created: date, expiry: Self.now) == .live)
        #expect(policy.verdict(created: policy.cutoff - 1, expiry: date) == .expired)
    }

    @Test
    func `the first and the last second of the years that count are dates`() {
        let policy = RetentionPolicy(now: Self.now, maxAgeDays: 30)
        #expect(policy.verdict(created: nil, expiry: 946_684_800) == .expired)
        #expect(policy.verdict(created: nil, expiry: 7_258_118_399) == .live)
    }

    @Test
    func `a session from the future is live`() {
        let policy = RetentionPolicy(now: Self.now, maxAgeDays: 0)
        #expect(policy.verdict(created: Self.now + 1e9, expiry: nil) == .live)
    }
}

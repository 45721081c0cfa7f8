import Testing

@testable import SessionJanitor

@Suite struct RetentionPolicyTests {
    private static let now = 1_750_000_000.0
    private static let day = 86_400.0

    @Test(
        "A session of exactly so many days is not expired, one moment more is", arguments: [0, 1, 3, 30, 365, 36_500])
    func age(days: Int) {
        let policy = RetentionPolicy(now: Self.now, maxAgeDays: days)
        let boundary = Self.now - Double(days) * Self.day
        #expect(policy.verdict(created: boundary, expiry: nil) == .live)
        #expect(policy.verdict(created: boundary.nextDown, expiry: nil) == .expired)
        #expect(policy.verdict(created: boundary.nextUp, expiry: nil) == .live)
    }

    @Test("A session that ends now is not expired, one that ended a moment ago is")
    func expiry() {
        let policy = RetentionPolicy(now: Self.now, maxAgeDays: 30)
        #expect(policy.verdict(created: nil, expiry: Self.now) == .live)
        #expect(policy.verdict(created: nil, expiry: Self.now.nextDown) == .expired)
        #expect(policy.verdict(created: nil, expiry: Self.now + 1) == .live)
    }

    @Test(
        "Either date may say expired, and both must say live",
        arguments: [
            (1.0, 1.0, SessionVerdict.live), (1, -1, .expired), (-1, 1, .expired), (-1, -1, .expired),
        ])
    func both(created: Double, expiry: Double, verdict: SessionVerdict) {
        let policy = RetentionPolicy(now: Self.now, maxAgeDays: 30)
        #expect(policy.verdict(created: policy.cutoff + created, expiry: Self.now + expiry) == verdict)
    }

    @Test("Without a date a session is undated; a missing one is never read as 0", arguments: [0, 30, 36_500])
    func missing(days: Int) {
        let policy = RetentionPolicy(now: Self.now, maxAgeDays: days)
        #expect(policy.verdict(created: nil, expiry: nil) == .undated)
        #expect(policy.verdict(created: Self.now, expiry: nil) == .live)
        #expect(policy.verdict(created: nil, expiry: Self.now + 1) == .live)
    }

    @Test("A date that is 0 or negative is a date", arguments: [0.0, -1, -1e300])
    func ancient(date: Double) {
        let policy = RetentionPolicy(now: Self.now, maxAgeDays: 30)
        #expect(policy.verdict(created: date, expiry: nil) == .expired)
        #expect(policy.verdict(created: nil, expiry: date) == .expired)
    }

    @Test("A session from the future is live")
    func future() {
        let policy = RetentionPolicy(now: Self.now, maxAgeDays: 0)
        #expect(policy.verdict(created: Self.now + 1e9, expiry: nil) == .live)
    }
}

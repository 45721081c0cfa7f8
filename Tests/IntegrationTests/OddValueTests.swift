import TestSupport
import Testing

/// Values of sessions that are as hostile as they can be: nested without end, or with dates that are none.
@Suite(.waiting) struct OddValueTests {
    private static func nested(_ bytes: Int) -> Bytes {
        Bytes("{\"a\":" + String(repeating: "[", count: bytes / 2) + String(repeating: "]", count: bytes / 2) + "}")
    }

    @Test func `sessions nested without end hold up no run`() throws {
        let store = try Store("--layout", "open-tomato")
        for number in 0..<20 {
            try store.write(
                ["SET", "auth:sess:\(number)", Self.nested(41_000)], ["SET", "auth:refresh:\(number)", "\(number)"])
        }
        let start = ContinuousClock.now
        let (status, report) = try store.clean("--dry-run")
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_pointers_found") == 0)
        let appauth = try Store.withOrphan()
        for number in 0..<20 { try appauth.write(sessions: "\(number)", value: Self.nested(41_000)) }
        #expect(try appauth.clean(["--include-expired"]).report.stat("unreadable_sessions_found") == 20)
        // One of them took more than a minute.
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test func `a date in another unit expires nothing, and is warned of`() throws {
        let store = try Store(
            "--layout", "custom", "--session-key", "s:{id}", "--index-key", "i:{user}", "--date",
            "expiry=json:session.exp:ms")
        for number in 0..<5 {
            try store.write(
                ["SET", "s:\(number)", "{\"session\":{\"exp\":1750000000}}"], ["SADD", "i:a", "\(number)"])
        }
        try store.write(
            ["SET", "s:never", "{\"session\":{\"exp\":0}}"],
            ["SET", "s:twice", "{\"session\":{\"exp\":1000000000000,\"exp\":7000000000000}}"],
            ["SET", "s:live", "{\"session\":{\"exp\":7000000000000}}"],
            ["SADD", "i:a", "never", "twice", "live"])
        let (status, report) = try store.clean("--include-expired")
        #expect(status == .exited(0))
        #expect(report.stat("expired_sessions_removed") == 0)
        #expect(report.stat("undated_sessions_found") == 7)
        #expect(
            report.warnings == [
                "7 sessions without a usable date were kept; the dates of 5 lie outside the years 2000 to 2200: does the "
                    + "layout take seconds for milliseconds, or milliseconds for seconds?"
            ])
    }
}

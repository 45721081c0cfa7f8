import Glibc
import TestSupport
import Testing

/// A session goes with its entries: a purge that is stopped leaves no orphan that was not there before.
@Suite(.waiting) struct StoppedPurgeTests {
    private static let users: [Bytes] = ["a@example.org", "b@example.org"]
    private let appauth: Store

    init() throws {
        appauth = try Store.withOrphan()
        let ids = (0..<300).map { "outdated-\($0)" as Bytes }
        try appauth.client.run(ids.map { ["SET", Appauth.session($0), Appauth.expired] })
        for user in StoppedPurgeTests.users {
            try appauth.client.call(["ZADD", Appauth.index(user)] + ids.flatMap { ["1", $0] })
        }
    }

    @Test(arguments: [[], ["--backup"]])
    func `what is stopped among the sessions leaves only the orphan that was there, and tells of no other`(
        backup: [String]
    ) throws {
        let folder = try TemporaryFolder()
        let other = try appauth.redis.client()
        let proxy = try RedisProxy(to: appauth.redis) { command, count in
            guard command[0].text == "EVALSHA" else { return .forward }
            // One that is renewed stays, and so do its entries.
            if count == 1 { _ = try? other.call("SET", Appauth.session("outdated-7"), Appauth.living) }
            usleep(10_000)
            return .forward
        }
        let janitor = try JanitorProcess(
            ["--json", "--grace", "0", "--no-lock", "--include-expired", "--chunk-time", "0.1ms"]
                + backup.flatMap { [$0, folder.file("backup")] },
            environment: ["REDIS_URL": proxy.url])
        try Deadline.wait(for: "the first removals") { proxy.count(of: "EVALSHA") > 3 }
        janitor.send(signal: SIGTERM)
        let result = try janitor.finish()
        #expect(result.status == .exited(143), "\(result)")
        let report = try RunReport(result)
        #expect(report.outcome == "interrupted")
        #expect(report.consistency == "needs_repair")
        var (left, entries) = (0, 0)
        for user in StoppedPurgeTests.users {
            for id in try appauth.listed(under: user) {
                entries += 1
                if try !appauth.exists(session: id) { left += 1 }
            }
        }
        let sessions = try appauth.client.call("DBSIZE").integer ?? 0
        #expect(left == 1)
        #expect(report.stat("orphaned_sessions_left") == left)
        #expect(entries > 4)
        #expect(report.stat("expired_sessions_removed") == 301 - (sessions - 2))
        #expect(
            entries == 602 - (report.stat("expired_entries_removed") ?? 0)
                - (report.stat("orphaned_sessions_removed") ?? 0))
        #expect(result.error.contains("1 orphaned entry"), "\(result.error)")
        #expect(!result.error.contains("of the entries are of sessions that this run removed"), "\(result.error)")
        let (status, next) = try appauth.clean(["--include-expired"])
        #expect(status == .exited(0))
        #expect(next.stat("orphaned_sessions_found") == left)
        #expect(next.stat("orphaned_sessions_left") == 0)
    }
}

import Glibc
import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// Servers whose clocks are wrong: a session is judged by the clock of the server that has it, in the script once more.
@Suite(.waiting) struct ClusterClockTests {
    private static let twoHours = Duration.seconds(7_200)

    /// A session that began now and ends in so many seconds, by the clock of this computer.
    private static func session(endsIn seconds: Int) -> Bytes {
        let now = time(nil)
        return "{\"ts\": \(now), \"exp\": \(now + seconds)}"
    }

    @Test(.needs(.clusterPort))
    func `clocks further apart than --max-skew are refused, and beyond that each node judges by its own`() throws {
        let store = try ClusterStore([], clockOffsets: [0: Self.twoHours])
        let ahead = store.cluster.primaries[0].port
        let ports = try store.cluster.ports()
        var stays: Set<Bytes> = []
        for number in 0..<60 {
            let key: Bytes = "appauth:sess:\(number)"
            try store.write(["SET", key, Self.session(endsIn: 3_600)])
            if ports[HashSlot.of(key.raw)] != ahead { stays.insert(key) }
        }
        try store.write(["SET", "appauth:sess:old", "{\"ts\": 1000000000}"], ["SADD", "appauth:usess:ann", "gone"])
        // One entry names a session, so that members are seen to be session ids.
        let listed = Bytes(try #require(stays.first?.raw.dropFirst("appauth:sess:".utf8.count)))
        try store.write(["SADD", "appauth:usess:bob", listed])
        stays.insert("appauth:usess:bob")
        let before = try store.snapshot()

        let (dryStatus, dry) = try store.clean("--include-expired", "--dry-run")
        #expect(dryStatus == .exited(0))
        #expect(dry.warnings.contains { $0.contains("would be refused") && $0.contains("--max-skew") })
        let (status, report) = try store.clean("--include-expired")
        #expect(status == .exited(4))
        #expect(report.outcome == "refused")
        let message = report.error?.message ?? ""
        #expect(message.contains(":\(ahead ?? 0) is 7,") && message.contains(" s ahead of "), "\(message)")
        #expect(try store.clean("--set-missing-ttl", "1h").status == .exited(4))
        #expect(try store.snapshot() == before)

        // What does not depend on the time is cleaned all the same.
        #expect(try store.clean().status == .exited(0))
        #expect(try store.client.call("EXISTS", "appauth:usess:ann") == .integer(0))

        let (allowed, rest) = try store.clean("--include-expired", "--max-skew", "3h")
        #expect(allowed == .exited(0), "\(rest)")
        #expect(try store.keys() == stays)
    }

    @Test(.needs(.clusterPort)) func `a TTL is as long as was said, whichever node's clock is ahead`() throws {
        let store = try ClusterStore([], clockOffsets: [0: Self.twoHours, 1: .zero - Self.twoHours])
        let keys = (0..<60).map { Bytes("appauth:sess:\($0)") }
        for key in keys { try store.write(["SET", key, Appauth.living]) }
        let folder = try TemporaryFolder()
        let (status, report) = try store.clean(
            "--set-missing-ttl", "1h", "--max-skew", "5h", "--backup", folder.file("ttls"))
        #expect(status == .exited(0), "\(report)")
        #expect(report.stat("ttls_set") == 60)
        for key in keys {
            let left = try store.client.call("PTTL", key).integer ?? 0
            #expect((3_590_000...3_600_000).contains(left), "\(key)")
        }
    }

    @Test func `what a TTL has ended comes back from the backup`() throws {
        let redis = try PrivateRedis(clockOffset: .zero)
        let client = try redis.client()
        for number in 0..<3 { try client.call("SET", "appauth:sess:\(number)", Appauth.living) }
        let folder = try TemporaryFolder()
        let file = folder.file("ttls")
        let result = try JanitorProcess.run(
            ["--json", "--set-missing-ttl", "1h", "--backup", file], environment: ["REDIS_URL": redis.url])
        #expect(result.status == .exited(0))
        try client.call("PERSIST", "appauth:sess:1")
        try redis.setClock(ahead: Self.twoHours)
        let restored = try JanitorProcess.run(["restore", file, "--json"], environment: ["REDIS_URL": redis.url])
        #expect(restored.status == .exited(0))
        for number in 0..<3 {
            let key: Bytes = "appauth:sess:\(number)"
            #expect(try client.call("GET", key).bytes == Appauth.living)
            #expect(try client.call("PTTL", key) == .integer(-1))
        }
    }

    @Test func `no TTL is set on a server whose clock has jumped`() throws {
        let redis = try PrivateRedis()
        let client = try redis.client()
        try client.call("SET", "k", "v")
        let tried = TriedRemoval(
            try RedisConnection(to: redis.endpoint(), mode: .readWrite, timeout: .seconds(20)))
        let now = time(nil) * 1_000
        func verdict(expiry: Int) -> Verdict? {
            tried.run(TriedRemoval.item(.ttl, "k", .expiry(at: expiry, ttl: 3_600_000))).verdicts[0]
        }
        for expiry in [now - 1, now + 1_700_000, now + 7_300_000] {
            #expect(verdict(expiry: expiry) == .kept)
            #expect(try client.call("PTTL", "k") == .integer(-1))
        }
        #expect(verdict(expiry: now + 3_600_000) == .removed)
    }

    @Test func `a session stays on a server whose clock is behind the one by which it was judged`() throws {
        let store = try Store(on: PrivateRedis(clockOffset: Self.twoHours))
        try store.write(
            ["SET", "appauth:sess:a", Self.session(endsIn: 3_600)], ["SET", "appauth:sess:b", "{\"ts\": 1000000000}"])
        let cleanup = try store.plan(includesExpired: true)
        #expect(cleanup.plan.count(.session) == 2)
        try store.redis.setClock(ahead: .zero)
        let report = try cleanup.execute()
        #expect(report.statistics.expiredSessionsRemoved == 0)
        #expect(report.warnings.contains(.changedSessions(2)))
        #expect(try store.keys().count == 2)
    }
}

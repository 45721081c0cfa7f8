import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// Dates of sessions that stand as scores in sorted sets.
@Suite(.waiting) struct ScoreDateTests {
    private static let future: Bytes = "7000000000000"

    /// Sessions of which one sorted set, which is also their index, has the expiry in milliseconds.
    private static let common = [
        "--layout", "custom", "--session-key", "s:{id}", "--index-key", "ends", "--date", "expiry=score:ends:ms",
    ]

    private static func write(_ store: Store) throws {
        try store.write(
            ["SET", "s:live", "x"], ["SET", "s:old", "x"], ["HSET", "s:hash", "a", "b"], ["SET", "s:undated", "x"],
            ["SET", "s:infinite", "x"],
            [
                "ZADD", "ends", future, "live", "1000000000000", "old", "1100000000000", "hash", "1200000000000",
                "gone", "+inf", "infinite",
            ])
    }

    @Test func `a session whose score is past goes with its entry, and one without a score is undated`() throws {
        let store = try Store(Self.common)
        try Self.write(store)
        let numbers = try store.cleanTwice("--include-expired")
        #expect(numbers["expired_sessions_removed"] == 2)
        #expect(numbers["expired_entries_removed"] == 2)
        #expect(numbers["orphaned_sessions_removed"] == 1)
        #expect(numbers["undated_sessions_found"] == 2)
        #expect(try store.keys() == ["s:live", "s:undated", "s:infinite", "ends"])
        #expect(try store.ranked("ends") == ["live", "infinite"])
    }

    @Test func `what went by its score can be put back`() throws {
        let store = try Store(Self.common)
        try Self.write(store)
        let before = try Snapshot(store.client)
        let folder = try TemporaryFolder()
        let file = folder.file("backup")
        try store.clean("--include-expired", "--backup", file)
        #expect(try Snapshot(store.client) != before)
        let result = try JanitorProcess.run(
            ["restore", file, "--entries-without-session"], environment: ["REDIS_URL": store.redis.url])
        #expect(result.status == .exited(0))
        #expect(before.difference(to: try Snapshot(store.client)) == nil)
    }

    @Test(arguments: [["SET", "ends", "x"], ["DEL", "ends"]] as [[Bytes]])
    func `without a sorted set nothing has a date`(command: [Bytes]) throws {
        let store = try Store(Self.common)
        try Self.write(store)
        try store.client.call("DEL", "ends")
        try store.client.run([command])
        let (_, report) = try store.clean("--include-expired")
        #expect(report.stat("undated_sessions_found") == 5)
        #expect(report.stat("expired_sessions_removed") == 0)
        #expect(try store.keys().filter { $0 != "ends" }.count == 5)
    }

    @Test func `each user's sorted set has the scores of the user's own sessions`() throws {
        let store = try Store(
            "--layout", "custom", "--session-key", "s:{user}:{id}", "--index-key", "logins:{user}", "--date",
            "created=score:logins:{user}")
        try store.write(
            ["SET", "s:ann:1", "x"], ["SET", "s:ann:2", "x"], ["SET", "s:bob:1", "x"], ["SET", "s:eve:1", "x"],
            ["ZADD", "logins:ann", "1000000000", "1", "7000000000", "2"], ["ZADD", "logins:bob", "7000000000.5", "1"],
            ["SADD", "logins:eve", "1"])
        let numbers = try store.cleanTwice("--include-expired", "--max-age-days", "3")
        #expect(numbers["expired_sessions_removed"] == 1)
        #expect(numbers["undated_sessions_found"] == 1)
        #expect(try store.keys() == ["s:ann:2", "s:bob:1", "s:eve:1", "logins:ann", "logins:bob", "logins:eve"])
    }

    @Test func `members in Java's serialisation are found, and idle sessions go by their score`() throws {
        func java(_ text: Bytes) -> Bytes { Bytes([0xac, 0xed, 0, 5, 0x74, 0, UInt8(text.count)]) + text }
        let store = try Store(
            "--layout", "custom", "--session-key", "s:{id}", "--date", "last-access=score:used=java:{id}:ms")
        try store.write(
            ["SET", "s:a", "x"], ["SET", "s:b", "x"],
            ["ZADD", "used", "1000000000000", java("a"), Self.future, java("b")])
        let numbers = try store.cleanTwice("--max-idle", "1d")
        #expect(numbers["idle_sessions_removed"] == 1)
        #expect(try store.keys() == ["s:b", "used"])
    }

    @Test(arguments: ["hash:made:s", "json:made:s"])
    func `of a session that was judged by value and score neither may change`(other: String) throws {
        let isHash = other.hasPrefix("hash")
        let words = ["created=" + other, "expiry=score:ends"]
        let store = try Store(["--layout", "custom", "--session-key", "s:{id}"] + words.flatMap { ["--date", $0] })
        func write(_ id: Bytes, _ made: Bytes) throws {
            try store.write(
                isHash ? ["HSET", "s:" + id, "made", made] : ["SET", "s:" + id, "{\"made\":" + made + "}"])
        }
        for id in ["same", "scored", "made", "gone", "dropped"] as [Bytes] {
            try write(id, "7000000000")
            try store.write(["ZADD", "ends", "1000000000", id])
        }
        let cleanup = try store.plan(includesExpired: true)
        #expect(cleanup.plan.count(.session) == 5)
        try write("made", "32503680001")
        try store.write(["ZADD", "ends", "1000000001", "scored"], ["DEL", "s:gone"], ["ZREM", "ends", "dropped"])
        let report = try cleanup.execute()
        #expect(report.statistics.expiredSessionsRemoved == 1)
        #expect(try store.keys() == ["s:scored", "s:made", "s:dropped", "ends"])
    }

    /// As a session that is used between the last reading and the script.
    @Test func `the script itself compares value and score`() throws {
        let store = try Store(Self.common)
        try Self.write(store)
        let connection = try RedisConnection(to: store.redis.endpoint(), mode: .readWrite, timeout: .seconds(20))
        /// `text` is what was read of the session itself.
        func verdict(
            _ key: Bytes, _ set: String, _ text: String, _ reading: Reading, _ member: String,
            _ score: String?
        ) -> Verdict? {
            var item = TriedRemoval.item(.session, key)
            item.sets.append(set)
            item.members.append(member)
            let judged = "\(text.utf8.count):\(text)" + (score.map { "\($0.utf8.count):\($0)" } ?? "-")
            item.fingerprint = Bytes(judged).raw.withUnsafeBytes(\.sha1Prefix)
            let answer = TriedRemoval(connection, reading: reading).run(item)
            #expect(answer.failure == nil)
            return answer.verdicts[0]
        }
        let (old, hash) = ("1000000000000", "1100000000000")
        #expect(verdict("s:old", "ends", "", .nothing, "old", "1000000000001") == .kept)
        #expect(verdict("s:old", "ends", "", .nothing, "old", nil) == .kept)
        #expect(verdict("s:none", "ends", "", .nothing, "old", old) == .gone)
        #expect(verdict("s:old", "s:live", "", .nothing, "old", old) == .kept)
        #expect(verdict("s:old", "ends", "y", .string, "old", old) == .kept)
        #expect(verdict("s:hash", "ends", "x", .string, "hash", hash) == .kept)
        #expect(verdict("s:hash", "ends", "1:c", Reading(fields: ["a"]), "hash", hash) == .kept)
        #expect(verdict("s:old", "ends", "-", Reading(fields: ["a"]), "old", old) == .kept)
        #expect(try store.keys().count == 6)
        #expect(verdict("s:old", "ends", "x", .string, "old", old) == .removed)
        #expect(verdict("s:hash", "ends", "1:b", Reading(fields: ["a"]), "hash", hash) == .removed)
        #expect(try store.keys() == ["s:live", "s:undated", "s:infinite", "ends"])
    }
}

import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// Dates from scores on a cluster: judged wherever the sorted set is, and removed by where both are in one slot.
@Suite(.waiting) struct ClusterScoreTests {
    private static let future: Bytes = "7000000000"
    private static let hashTags = [
        "--layout", "custom", "--session-key", "s:{{{user}}}:{id}", "--index-key", "ends:{{{user}}}", "--date",
        "expiry=score:ends:{{{user}}}",
    ]
    private static let common = [
        "--layout", "custom", "--session-key", "s:{id}", "--index-key", "ends", "--date", "expiry=score:ends",
    ]

    @Test func `a session goes by its score with one hash tag, unless value or score have changed since`() throws {
        let store = try ClusterStore(Self.hashTags)
        for user in ["ann", "bob", "eve", "joe"] as [Bytes] {
            for id in ["old", "live", "scored", "dropped", "gone"] as [Bytes] {
                try store.write(
                    ["SET", "s:{" + user + "}:" + id, "x"],
                    ["ZADD", "ends:{" + user + "}", id == "live" ? Self.future : "1000000000", id])
            }
            try store.write(["SET", "s:{" + user + "}:undated", "x"])
        }
        let cleanup = try store.plan(includesExpired: true)
        #expect(cleanup.plan.count(.session) == 16)
        for user in ["ann", "bob", "eve", "joe"] as [Bytes] {
            try store.write(
                ["ZADD", "ends:{" + user + "}", "1000000001", "scored"], ["ZREM", "ends:{" + user + "}", "dropped"],
                ["DEL", "s:{" + user + "}:gone"])
        }
        let report = try cleanup.execute()
        #expect(report.outcome == .completed)
        #expect(report.statistics.expiredSessionsRemoved == 4)
        for user in ["ann", "bob", "eve", "joe"] as [Bytes] {
            let kept = try ["old", "live", "scored", "dropped", "gone", "undated"].filter {
                try store.client.call("EXISTS", "s:{" + user + "}:" + $0) == .integer(1)
            }
            #expect(kept == ["live", "scored", "dropped", "undated"])
        }
    }

    @Test func `a session in another slot than its score is counted, and not removed`() throws {
        let store = try ClusterStore(Self.common)
        try store.write(["ZADD", "ends", "1000000000", "gone"])
        for number in 0..<30 {
            let id = Bytes(number)
            try store.write(["SET", "s:" + id, "x"])
            if number % 3 > 0 {
                try store.write(["ZADD", "ends", number % 3 == 1 ? "1000000000" : Self.future, id])
            }
        }
        let before = try store.snapshot()
        let (dryStatus, dry) = try store.clean("--include-expired", "--dry-run")
        #expect(dryStatus == .exited(0))
        #expect(dry.stat("expired_sessions_found") == 10)
        #expect(dry.stat("undated_sessions_found") == 10)
        #expect(dry.warnings.contains { $0.contains("would be refused: 10 sessions") }, "\(dry.warnings)")
        let (status, report) = try store.clean("--include-expired")
        #expect(status == .exited(4))
        #expect(report.outcome == "refused")
        #expect(try store.snapshot() == before)
        // What needs no date goes all the same.
        let (plain, rest) = try store.clean()
        #expect(plain == .exited(0))
        #expect(rest.stat("orphaned_sessions_removed") == 1)
        #expect(try store.keys().count == 31)
    }

    @Test func `nothing is refused where no session goes by a score`() throws {
        let store = try ClusterStore(Self.common)
        try store.write(["SET", "s:a", "x"], ["ZADD", "ends", Self.future, "a", Self.future, "gone"])
        let (status, report) = try store.clean("--include-expired")
        #expect(status == .exited(0))
        #expect(report.stat("valid_sessions_found") == 1)
        #expect(report.stat("orphaned_sessions_removed") == 1)
    }
}

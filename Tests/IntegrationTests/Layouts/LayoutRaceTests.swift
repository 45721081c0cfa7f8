import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// What comes back to life between the plan and its execution stays.
@Suite(.waiting) struct LayoutRaceTests {
    @Test func `a pointer stays whose session came back, or that points elsewhere by now, or that its session names`()
        throws
    {
        let store = try Store("--layout", "user-sessions")
        try store.write(
            ["HSET", "user_session:a", "token", "other"], ["SET", "token:1", "gone"], ["SET", "token:2", "gone"],
            ["SET", "token:3", "a"], ["SET", "token:4", "gone"])
        let cleanup = try store.plan()
        #expect(cleanup.plan.count(.pointer, .companion, .presence) == 4)
        try store.write(["SET", "token:2", "a"], ["HSET", "user_session:a", "token", "3"])
        let report = try cleanup.execute()
        #expect(report.statistics.orphanedPointersRemoved == 2)
        #expect(report.statistics.orphanedPointersFound == 2)
        #expect(try store.keys() == ["user_session:a", "token:2", "token:3"])
    }

    @Test func `a companion stays whose session came back`() throws {
        let store = try Store("--layout", "spring-session")
        let ids = (1...2).map { Bytes("0f6f5a8e-0000-4000-8000-00000000000\($0)") }
        try store.client.run(ids.map { ["SET", "spring:session:sessions:expires:" + $0, ""] })
        let cleanup = try store.plan()
        try store.write(["HSET", "spring:session:sessions:" + ids[0], "creationTime", "1"])
        let report = try cleanup.execute()
        #expect(report.statistics.orphanedCompanionsRemoved == 1)
        #expect(try store.keys() == ["spring:session:sessions:" + ids[0], "spring:session:sessions:expires:" + ids[0]])
    }

    @Test func `a presence key stays whose user has a session by now`() throws {
        let store = try Store("--layout", "websocket")
        try store.write(["SET", "ann", ""], ["SET", "bob", ""])
        let cleanup = try store.plan()
        #expect(cleanup.plan.count(.pointer, .companion, .presence) == 2)
        try store.write(["SET", "3de3-9980b633-000d", "ann"])
        let report = try cleanup.execute()
        #expect(report.statistics.orphanedPresenceKeysRemoved == 1)
        #expect(try store.keys() == ["3de3-9980b633-000d", "ann"])
    }

    @Test func `a presence key stays that was touched after its proof began`() throws {
        let store = try Store("--layout", "websocket")
        try store.write(["SET", "ann", ""], ["SET", "bob", ""])
        let connection = try RedisConnection(to: store.redis.endpoint(), mode: .readWrite, timeout: .seconds(20))
        let remover = try TriedRemoval.presenceKeys(of: ["ann", "bob"], on: connection)
        try remover.removePresenceKeys(grace: .zero) { _ in
            // The second census is over, and now a user logs in.
            try store.write(["SET", "ann", ""])
            return IdentifierSet()
        }
        #expect(remover.results[.presence, .orphaned, .removed] == 1)
        #expect(remover.results[.presence, .orphaned, .kept] == 1)
        #expect(try store.keys() == ["ann"])
    }

    @Test func `a hash session stays that was used after it was judged`() throws {
        let store = try Store("--layout", "user-sessions")
        func session(_ id: Bytes, _ expires: Bytes) -> [Bytes] {
            ["HSET", "user_session:" + id, "token", "t", "expires_at", expires]
        }
        try store.write(session("a", "2020-01-01T00:00:00Z"), session("b", "2020-01-01T00:00:00Z"))
        let cleanup = try store.plan(includesExpired: true)
        #expect(cleanup.plan.count(.session) == 2)
        try store.write(session("a", "2199-01-01T00:00:00Z"))
        let report = try cleanup.execute()
        #expect(report.statistics.expiredSessionsRemoved == 1)
        #expect(report.warnings == [.changedSessions(1)])
        #expect(try store.keys() == ["user_session:a"])
    }
}

import Foundation
import TestSupport
import Testing

/// Keys that are no session, or only the end of one, by what they hold: users are not signed out by them.
@Suite(.waiting) struct ValueTestTests {
    private func run(_ words: String..., on store: Store) throws -> JanitorResult {
        try JanitorProcess.run(words + ["--json"], environment: ["REDIS_URL": store.redis.url])
    }

    @Test func `a user who is signed out loses a session and a presence key, and no code goes for what it holds`()
        throws
    {
        let store = try Store("--layout", "websocket")
        let names = (0..<5).map { Bytes("3de3-9980b633-000\($0)") }
        try store.write(
            ["SET", names[0], names[1]], ["SET", names[1], ""], ["SET", names[2], "1234", "EX", "300"],
            ["SET", names[3], names[4]], ["SET", names[4], ""])
        for user in ["1234", names[2].text] {
            let result = try run("revoke", user, "--layout", "websocket", "--yes", on: store)
            #expect(result.status == .exited(0), "\(result)")
            #expect(try store.keys().count == 5)
        }
        let result = try run("revoke", names[1].text, "--layout", "websocket", "--yes", on: store)
        #expect(result.status == .exited(0), "\(result)")
        #expect(try store.keys() == Set(names[2...]))
    }

    @Test func `an entry that names an ended session is an orphan, for sessions --clean as for a run`() throws {
        let words = ["--session-key", "t:{id}", "--dead-value", "{}", "--index-key", "ti:{user}", "--layout", "custom"]
        let store = try Store(words)
        try store.write(
            ["SET", "t:a", "{\"x\":1}"], ["SET", "t:b", "{}"], ["SET", "t:c", "{ }"], ["HSET", "t:d", "x", "{}"],
            ["SADD", "ti:ann", "a", "b", "c", "d", "gone"], ["SADD", "ti:bob", "b", "a"])
        let result = try JanitorProcess.run(
            ["sessions", "ann", "--clean", "--json"] + words,
            environment: ["REDIS_URL": store.redis.url])
        #expect(result.status == .exited(0), "\(result)")
        #expect(try store.members("ti:ann") == ["a", "c", "d"])
        let (_, report) = try store.clean()
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(report.stat("unindexed_sessions_found") == 0)
        #expect(try store.members("ti:bob") == ["a"])
        // What has ended is kept until expired sessions go.
        #expect(try store.keys() == ["t:a", "t:b", "t:c", "t:d", "ti:ann", "ti:bob"])
    }

    @Test func `an entry stays whose session has begun anew before the removal`() throws {
        let words = ["--session-key", "t:{id}", "--dead-value", "{}", "--index-key", "ti:{user}", "--layout", "custom"]
        let store = try Store(words)
        try store.write(["SET", "t:a", "{}"], ["SET", "t:b", "x"], ["SADD", "ti:ann", "a", "b"])
        let client = store.client
        let proxy = try RedisProxy(to: store.redis) { command, _ in
            if command[0] == "EVALSHA" { try client.run([["SET", "t:a", "{\"user\":1}"]]) }
            return .forward
        }
        let result = try JanitorProcess.run(
            ["--json", "--grace", "0"] + words, environment: ["REDIS_URL": proxy.url])
        #expect(try RunReport(result).stat("orphaned_sessions_removed") == 0)
        #expect(try store.members("ti:ann") == ["a", "b"])
    }
}

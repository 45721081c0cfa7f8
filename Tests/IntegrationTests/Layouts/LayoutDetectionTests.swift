import TestSupport
import Testing

/// `layouts --detect` names the layouts that a server's keys match, and writes nothing.
struct LayoutDetectionTests {
    private func detect(_ commands: [Bytes]...) throws -> JanitorResult {
        let redis = try PrivateRedis()
        try redis.client().run(commands)
        return try JanitorProcess.run(["layouts", "--detect"], environment: ["REDIS_URL": redis.url])
    }

    @Test func `the layouts that match are named with their counts, the best first`() throws {
        let result = try detect(
            ["SET", "appauth:sess:a", "{}"], ["ZADD", "appauth:usess:u", "1", "a"],
            ["HSET", "user_session:a", "x", "y"], ["SADD", "user_sessions:u", "a"], ["SET", "token:t", "a"],
            ["SADD", "user_sessions:v", "a"])
        #expect(result.status == .exited(0))
        #expect(
            result.output == """
                of 6 keys that were looked at:
                  --layout user-sessions
                      1 user_session:{id}
                      2 user_sessions:{user}
                      1 token:{token}
                  --layout appauth
                      1 appauth:sess:{id}
                      1 appauth:usess:{user}

                """)
    }

    @Test func `that none matches is said, too`() throws {
        let result = try detect(["SET", "some:key", "x"], ["SADD", "appauth:sess:a", "x"])
        #expect(result.status == .exited(0))
        #expect(result.output.hasPrefix("none of the built-in layouts matches the 2 keys"))
    }
}

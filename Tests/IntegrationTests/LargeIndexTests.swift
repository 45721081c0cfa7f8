import TestSupport
import Testing

/// Index keys far longer than what one command may fetch.
@Suite(.waiting) struct LargeIndexTests {
    private static let entries = 200_000

    /// Every so many-th session is missing.
    struct Shape: Sendable, CustomStringConvertible {
        var type: String
        /// The script's command, with the id at its end.
        var adding: String
        var gap: Int
        var description: String { type }
    }

    static let shapes = [
        Shape(type: "zset", adding: "'ZADD', KEYS[1], i", gap: 7),
        Shape(type: "set", adding: "'SADD', KEYS[1]", gap: 7),
        // To take one id out of a list, Redis walks the whole list.
        Shape(type: "list", adding: "'RPUSH', KEYS[1]", gap: 5_000),
    ]

    @Test(arguments: shapes)
    func `an index key of 200 000 entries loses its orphans and nothing else`(shape: Shape) throws {
        let appauth = try Store()
        let key = Appauth.index("large")
        let script = """
            for i = 1, \(LargeIndexTests.entries) do
                local id = 'session-of-some-length-to-be-no-small-thing-' .. i
                redis.call(\(shape.adding), id)
                if i % \(shape.gap) ~= 0 then redis.call('SET', 'appauth:sess:' .. id, '{}') end
            end
            """
        try appauth.client.call("EVAL", Bytes(script), "1", key)
        let orphans = LargeIndexTests.entries / shape.gap

        let (dryStatus, dryReport) = try appauth.clean(["--dry-run"])
        #expect(dryStatus == .exited(0))
        #expect(dryReport.stat("orphaned_sessions_found") == orphans)

        let (status, report) = try appauth.clean()
        #expect(status == .exited(0))
        #expect(report.stat("user_sessions_checked") == 1)
        #expect(report.stat("total_sessions_checked") == LargeIndexTests.entries)
        #expect(report.stat("valid_sessions_found") == LargeIndexTests.entries - orphans)
        #expect(report.stat("orphaned_sessions_found") == orphans)
        #expect(report.stat("orphaned_sessions_removed") == orphans)
        #expect(report.stat("user_sessions_cleaned") == 1)
        #expect(report.stat("empty_user_sessions_removed") == 0)
        #expect(report.stat("unindexed_sessions_found") == 0)
        #expect(report.consistency == "repaired")

        // Counted on the server: exactly those with a session are left.
        let reading = ["zset": "'ZRANGE', KEYS[1], 0, -1", "set": "'SMEMBERS', KEYS[1]"][shape.type]
        let check = """
            local left, orphaned = 0, 0
            for _, id in ipairs(redis.call(\(reading ?? "'LRANGE', KEYS[1], 0, -1"))) do
                left = left + 1
                if redis.call('EXISTS', 'appauth:sess:' .. id) == 0 then orphaned = orphaned + 1 end
            end
            return {left, orphaned}
            """
        let counts = try appauth.client.call("EVAL", Bytes(check), "1", key).elements
        #expect(counts == [.integer(LargeIndexTests.entries - orphans), .integer(0)])
    }

    @Test(arguments: ["ZADD", "SADD"])
    func `a large index key without any session goes as a whole`(command: Bytes) throws {
        let appauth = try Store()
        try appauth.write(sessions: "living")
        try appauth.list("living")
        let script = """
            for i = 1, 20000 do
                if ARGV[1] == 'ZADD' then redis.call('ZADD', KEYS[1], i, i) else redis.call('SADD', KEYS[1], i) end
            end
            """
        try appauth.client.call("EVAL", Bytes(script), "1", Appauth.index("large"), command)
        let (status, report) = try appauth.clean()
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 20_000)
        #expect(report.stat("user_sessions_cleaned") == 1)
        #expect(report.stat("empty_user_sessions_found") == 1)
        #expect(report.stat("empty_user_sessions_removed") == 1)
        #expect(try !appauth.snapshot().keys.keys.contains(Appauth.index("large")))
    }
}

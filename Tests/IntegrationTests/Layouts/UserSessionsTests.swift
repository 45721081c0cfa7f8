import TestSupport
import Testing

/// Seed 3: hashes, token keys that point to them, and a set of ids for each user.
@Suite(.waiting) struct UserSessionsTests {
    private let store: Store

    private static func session(_ id: Bytes, token: Bytes, expires: Bytes = "2199-06-17T10:30:00Z") -> [Bytes] {
        [
            "HSET", "user_session:" + id, "session_id", id, "user_id", "u", "username", "name", "token", token,
            "device_info", "{}", "created_at", "2025-06-16T10:30:00Z", "last_active", "2025-06-16T10:35:00Z",
            "expires_at", expires,
        ]
    }

    init() throws {
        store = try Store("--layout", "user-sessions")
        try store.write(
            UserSessionsTests.session("s1", token: "t1"), ["EXPIRE", "user_session:s1", "9999"],
            UserSessionsTests.session("s2", token: "t3", expires: "2025-06-17T10:30:00Z"),
            ["SADD", "user_sessions:ann", "s1", "s2", "gone"], ["SADD", "user_sessions:bob", "gone", "lost"],
            ["SET", "token:t1", "s1"], ["SET", "token:t2", "s1"], ["SET", "token:t3", "s2"],
            ["SET", "token:t4", "gone"], ["SET", "token-bucket", "gone"], ["HSET", "token:hash", "a", "gone"],
            ["SET", "user_session", "x"])
    }

    @Test func `entries and tokens whose session is gone or names another token go`() throws {
        let numbers = try store.cleanTwice()
        #expect(
            numbers == [
                "user_sessions_checked": 2, "total_sessions_checked": 5, "valid_sessions_found": 2,
                "orphaned_sessions_found": 3, "orphaned_sessions_removed": 3, "user_sessions_cleaned": 2,
                "empty_user_sessions_found": 1, "empty_user_sessions_removed": 1, "sessions_checked": 2,
                "orphaned_pointers_found": 2, "orphaned_pointers_removed": 2, "sessions_without_ttl_found": 1,
            ])
        #expect(
            try store.keys() == [
                "user_session:s1", "user_session:s2", "user_sessions:ann", "token:t1", "token:t3", "token-bucket",
                "token:hash", "user_session",
            ])
        #expect(try store.members("user_sessions:ann") == ["s1", "s2"])
    }

    @Test func `an expired session takes its entry and its token along`() throws {
        let numbers = try store.cleanTwice("--include-expired")
        #expect(numbers["expired_sessions_removed"] == 1)
        #expect(numbers["expired_entries_removed"] == 1)
        #expect(numbers["expired_dependents_removed"] == 1)
        #expect(numbers["undated_sessions_found"] == nil)
        #expect(try store.members("user_sessions:ann") == ["s1"])
        #expect(try store.client.call("EXISTS", "user_session:s2", "token:t3") == .integer(0))
        #expect(try store.client.call("GET", "token:t1").text == "s1")
    }

    @Test func `with verbose every key that goes is named, in a dry run as in a real one`() throws {
        let keys = [
            "expired session user_session:s…", "orphaned pointer token:t…", "pointer of an expired session token:t…",
        ]
        let planned = try store.lines("--include-expired", "-v", "--dry-run")
        #expect(keys.allSatisfy { planned.contains("would remove \($0)") }, "\(planned)")
        let removed = try store.lines("--include-expired", "-v")
        #expect(keys.allSatisfy { removed.contains("removed \($0)") }, "\(removed)")
    }

    @Test func `by its creation a session is expired only when that is asked for`() throws {
        let numbers = try store.cleanTwice("--include-expired", "--expire-by", "created", "--allow-no-live-sessions")
        #expect(numbers["expired_sessions_removed"] == 2)
        #expect(try store.keys() == ["token-bucket", "token:hash", "user_session"])
    }

    @Test func `a session that was not used for longer than the limit goes as idle`() throws {
        let (_, report) = try store.clean("--max-idle", "1d")
        #expect(report.stat("idle_sessions_found") == 2)
        #expect(report.stat("idle_sessions_removed") == 2)
        #expect(report.stat("expired_sessions_found") == 0)
        #expect(report.stat("expired_entries_removed") == 2)
        #expect(try store.keys() == ["token-bucket", "token:hash", "user_session"])
    }

    @Test func `a session without a date is kept, and one that is neither a hash nor a JSON object cannot be read`()
        throws
    {
        try store.write(
            ["HSET", "user_session:s3", "token", "x", "expires_at", "yesterday"], ["SET", "user_session:s4", "[]"],
            ["SET", "user_session:s5", "{\"expires_at\":\"2025-06-17\"}"], ["SADD", "user_session:s6", "expires_at"],
            ["SET", "token:t6", "s6"], ["SET", "token:t4", "s4"])
        let (_, report) = try store.clean("--include-expired")
        #expect(report.stat("undated_sessions_found") == 2)
        #expect(report.stat("unreadable_sessions_found") == 2)
        #expect(report.stat("expired_sessions_removed") == 1)
        #expect(!report.warnings.contains { $0.contains("time zone") })
        let kept: [Bytes] = ["3", "4", "5", "6"].map { "user_session:s" + $0 } + ["token:t6", "token:t4"]
        #expect(try store.client.call(["EXISTS"] + kept) == .integer(6))
    }

    @Test func `a session may be a JSON string as well, and whichever it is decides how it is read`() throws {
        func string(_ id: Bytes, token: Bytes, expires: Bytes) -> [Bytes] {
            ["SET", "user_session:" + id, "{\"token\":\"" + token + "\",\"expires_at\":\"" + expires + "\"}"]
        }
        try store.write(
            string("j1", token: "n1", expires: "2199-06-17T10:30:00.123456+00:00"),
            string("j2", token: "n2", expires: "2025-06-17T10:30:00.123456+00:00"),
            ["SET", "token:n1", "j1"], ["SET", "token:n2", "j2"], ["SET", "token:before", "j1"],
            ["SADD", "user_sessions:eve", "j1", "j2", "gone"])
        let folder = try TemporaryFolder()
        let (file, before) = (folder.file("backup"), try Snapshot(store.client))
        let (_, report) = try store.clean("--include-expired", "--backup", file)
        #expect(report.stat("expired_sessions_removed") == 2)
        #expect(report.stat("orphaned_pointers_removed") == 3)
        #expect(report.stat("unreadable_sessions_found") == 0)
        #expect(report.warnings == [])
        #expect(try store.members("user_sessions:eve") == ["j1"])
        #expect(try store.client.call("EXISTS", "user_session:j1", "token:n1", "user_session:s1") == .integer(3))
        #expect(try store.client.call("EXISTS", "user_session:j2", "token:n2", "token:before") == .integer(0))
        let result = try JanitorProcess.run(
            ["restore", file, "--entries-without-session"], environment: ["REDIS_URL": store.redis.url])
        #expect(result.status == .exited(0), "\(result)")
        #expect(before.difference(to: try Snapshot(store.client)) == nil)
    }

    @Test func `a date without a zone is taken for UTC, and that is said`() throws {
        try store.write(
            ["HSET", "user_session:s3", "expires_at", "2025-06-17T10:30:00.5"],
            ["SET", "user_session:s4", "{\"expires_at\":\"2199-06-17 10:30:00\"}"])
        let (_, report) = try store.clean("--include-expired")
        #expect(report.stat("expired_sessions_removed") == 2)
        #expect(report.warnings.contains { $0.contains("have no time zone and were taken as UTC") })
        #expect(try store.client.call("EXISTS", "user_session:s3", "user_session:s4") == .integer(1))
    }

    /// Several batches, of which one is on its way while another is dealt with; with a nice ratio there is one at a time.
    @Test(arguments: ["0", "0.1"])
    func `of thousands of tokens each is judged by its own session`(niceRatio: String) throws {
        var commands: [[Bytes]] = []
        for number in 0..<6_000 {
            let id = Bytes("many-\(number)")
            if number % 5 != 0 { commands.append(["HSET", "user_session:" + id, "token", number % 3 == 0 ? "x" : id]) }
            commands.append(["SET", "token:" + id, id])
        }
        try store.client.run(commands)
        let numbers = try store.cleanTwice("--nice-ratio", niceRatio)
        let wanted = (0..<6_000).filter { $0 % 5 != 0 && $0 % 3 != 0 }.map { Bytes("token:many-\($0)") }
        #expect(numbers["orphaned_pointers_removed"] == 2 + 6_000 - wanted.count)
        #expect(try store.keys().filter { "\($0)".contains("token:many") } == Set(wanted))
    }

    @Test func `what is removed can be put back`() throws {
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

    @Test func `a missing TTL is set where there is none, and never shortened`() throws {
        try store.write(["PEXPIRE", "user_session:s1", "99999999"])
        let (_, report) = try store.clean("--set-missing-ttl", "1h")
        #expect(report.stat("ttls_set") == 1)
        #expect(try store.client.call("PTTL", "user_session:s1").integer ?? 0 > 90_000_000)
        #expect((1...3_600_000).contains(try store.client.call("PTTL", "user_session:s2").integer ?? 0))
        #expect(try store.client.call("PTTL", "user_sessions:ann") == .integer(-1))
    }
}

import Foundation
import TestSupport
import Testing

/// The other built-in layouts, each on keys as its store writes them.
@Suite(.waiting) struct NamedLayoutTests {
    private static let hex = String(repeating: "0123456789abcdef", count: 4)

    @Test func `a GitLab entry goes if neither the new nor the old session key is there`() throws {
        let store = try Store("--layout", "gitlab")
        let ids = (1...3).map { Bytes("2::\(NamedLayoutTests.hex.dropLast())\($0)") }
        let lookup: Bytes = "session:lookup:user:gitlab:42"
        try store.write(
            ["SET", "session:user:gitlab::v2:42:" + ids[0], "v2:{}"],
            ["SET", "session:user:gitlab:42:" + ids[1], "old"],
            ["SET", "session:gitlab:" + ids[2], "marshalled"], ["SADD", lookup] + ids,
            // Another user's entry does not live by this user's session.
            ["SADD", "session:lookup:user:gitlab:7", ids[0]])
        let numbers = try store.cleanTwice()
        #expect(numbers["sessions_checked"] == 2)
        #expect(numbers["orphaned_sessions_removed"] == 2)
        #expect(numbers["valid_sessions_found"] == 2)
        #expect(numbers["empty_user_sessions_removed"] == 1)
        #expect(numbers["orphaned_companions_found"] == nil)
        #expect(try store.members(lookup) == [ids[0], ids[1]])
        #expect(try store.keys().contains("session:gitlab:" + ids[2]))
    }

    @Test func `lucia's entries are cleaned, and its sessions by their idle expiry`() throws {
        let store = try Store("--layout", "lucia")
        try store.write(
            ["SET", "session:a", "{\"id\":\"a\",\"user_id\":\"u\",\"idle_expires\":4000000000000}"],
            ["EXPIREAT", "session:a", "4000000000"],
            ["SET", "session:b", "{\"id\":\"b\",\"user_id\":\"u\",\"idle_expires\":1700000000000}"],
            ["SADD", "user_sessions:u", "a", "b", "c"])
        let numbers = try store.cleanTwice("--include-expired")
        #expect(numbers["orphaned_sessions_removed"] == 1)
        #expect(numbers["expired_sessions_removed"] == 1)
        #expect(try store.members("user_sessions:u") == ["a"])
        #expect(try store.keys() == ["session:a", "user_sessions:u"])
    }

    @Test func `open-tomato's refresh keys go when their session is gone or has another`() throws {
        let store = try Store("--layout", "open-tomato")
        try store.write(
            ["SET", "auth:sess:a", "{\"currentRefresh\":\"r2\"}"], ["SET", "auth:sess:b", "no JSON"],
            ["SADD", "auth:usess:u", "a", "gone"], ["SET", "auth:refresh:r1", "a"], ["SET", "auth:refresh:r2", "a"],
            ["SET", "auth:refresh:r3", "gone"], ["SET", "auth:refresh:r4", "b"])
        let numbers = try store.cleanTwice()
        #expect(numbers["orphaned_sessions_removed"] == 1)
        #expect(numbers["orphaned_pointers_removed"] == 2)
        #expect(numbers["unindexed_sessions_found"] == 1)
        // A session that cannot be read proves nothing.
        #expect(
            try store.keys() == ["auth:sess:a", "auth:sess:b", "auth:usess:u", "auth:refresh:r2", "auth:refresh:r4"])
    }

    @Test func `a session whose currentRefresh is a number names no token, so its refresh keys stay`() throws {
        let store = try Store("--layout", "open-tomato")
        try store.write(["SET", "auth:sess:a", "{\"currentRefresh\":17}"], ["SET", "auth:refresh:r1", "a"])
        let numbers = try store.cleanTwice()
        #expect(numbers["orphaned_pointers_found"] == nil)
        #expect(try store.keys() == ["auth:sess:a", "auth:refresh:r1"])
    }

    @Test func `redis-sessions are cleaned in all three kinds of index, and by la and ttl`() throws {
        let store = try Store("--layout", "redis-sessions")
        let tokens = ["live", "dead", "gone"].map { Bytes($0 + NamedLayoutTests.hex) }
        func members(_ form: (Bytes) -> Bytes) -> [Bytes] { tokens.flatMap { ["1", form($0)] } }
        try store.write(
            ["HSET", "rs:app:" + tokens[0], "la", "4000000000", "ttl", "3600", "id", "u"],
            ["HSET", "rs:app:" + tokens[1], "la", "1700000000", "ttl", "3600", "id", "u"],
            ["SADD", "rs:app:us:u"] + tokens, ["ZADD", "rs:app:_sessions"] + members { $0 + ":u" },
            ["ZADD", "rs:SESSIONS"] + members { "app:" + $0 + ":u" },
            ["ZADD", "rs:SESSIONS", "1", "other:\(tokens[0].text):u"])
        let numbers = try store.cleanTwice("--include-expired")
        #expect(numbers["total_sessions_checked"] == 10)
        #expect(numbers["orphaned_sessions_removed"] == 4)
        #expect(numbers["expired_sessions_removed"] == 1)
        #expect(numbers["expired_entries_removed"] == 3)
        #expect(try store.members("rs:app:us:u") == [tokens[0]])
        #expect(try store.ranked("rs:app:_sessions") == [tokens[0] + ":u"])
        #expect(try store.ranked("rs:SESSIONS") == ["app:" + tokens[0] + ":u"])
    }

    @Test
    func
        `bastion's sessions go when they were idle for 30 seconds, with their entries and keys, and that is published`()
        throws
    {
        let store = try Store("--layout", "bastion")
        func session(_ id: Bytes, _ last: Bytes) -> [Bytes] {
            let value: Bytes = "{\"session_id\":\"" + id + "\",\"user_id\":7,\"status\":\"active\","
            return [
                "SET", "bastion:session:" + id,
                value + "\"start_time\":\"2025-07-19T10:00:00.123456789+08:00\",\"last_active\":\"" + last
                    + "\",\"ttl\":3600}",
                "EX", "3600",
            ]
        }
        let soon = Bytes("\(Date.now.addingTimeInterval(3_600).formatted(.iso8601).dropLast()).987654321Z")
        try store.write(
            session("a", soon), session("b", "2025-07-19T10:00:00.123456789+08:00"), session("c", "yesterday"),
            ["SADD", "bastion:active_sessions", "a", "b", "c", "gone"], ["SET", "session:user:7:a", "1"],
            ["SET", "session:user:7:b", "1"], ["SET", "session:user:7:gone", "1"], ["SET", "session:user:x:gone", "1"])
        let plain = try store.cleanTwice()
        #expect(plain["orphaned_sessions_removed"] == 1)
        #expect(plain["orphaned_companions_removed"] == 1)
        #expect(plain["expired_sessions_removed"] == nil)
        let subscriber = try Subscriber(store.redis)
        let (_, report) = try store.clean("--max-idle", "30s", "--publish", "bastion:events")
        #expect(report.stat("idle_sessions_removed") == 1)
        #expect(report.stat("expired_entries_removed") == 1)
        #expect(report.stat("expired_dependents_removed") == 1)
        let events = try subscriber.messages().map(\.payload.text)
        #expect(events.contains { $0.contains("\"idle\"") && $0.contains("\"b\"") }, "\(events)")
        #expect(
            try store.keys() == [
                "bastion:session:a", "bastion:session:c", "bastion:active_sessions", "session:user:7:a",
                "session:user:x:gone",
            ])
        #expect(try store.members("bastion:active_sessions") == ["a", "c"])
    }

    @Test func `an Auth.js user's key goes when the session whose whole key it holds is gone`() throws {
        let store = try Store("--layout", "auth.js")
        func session(_ id: Bytes, _ expires: Bytes) -> [Bytes] {
            ["SET", "user:session:" + id, "{\"sessionToken\":\"" + id + "\",\"expires\":\"" + expires + "\"}"]
        }
        try store.write(
            session("a-1", "2199-01-01T00:00:00.000Z"), session("b-2", "2025-01-01T00:00:00.000Z"),
            ["SET", "user:session:by-user-id:ann", "user:session:a-1"],
            ["SET", "user:session:by-user-id:bob", "user:session:b-2"],
            ["SET", "user:session:by-user-id:eve", "user:session:gone"],
            // In no form that the adapter writes.
            ["SET", "user:session:by-user-id:old", "gone"],
            ["SET", "user:session:by-user-id:q", "\"user:session:gone\""],
            ["SET", "user:ann", "{}"])
        let numbers = try store.cleanTwice("--include-expired")
        #expect(numbers["orphaned_pointers_removed"] == 1)
        #expect(numbers["expired_dependents_removed"] == 1)
        #expect(numbers["expired_sessions_removed"] == 1)
        #expect(
            try store.keys() == [
                "user:session:a-1", "user:session:by-user-id:ann", "user:session:by-user-id:old",
                "user:session:by-user-id:q", "user:ann",
            ])
    }

    @Test
    func
        `connect-redis sessions go by their cookie's date; one without stays, as does a set of whole keys' live entry`()
        throws
    {
        let store = try Store(
            "--layout", "connect-redis", "--index-key", "user:{user}:sessions", "--member", "sess:{id:[0-9A-Za-z_-]+}")
        func session(_ id: Bytes, _ expires: Bytes) -> [Bytes] {
            ["SET", "sess:" + id, "{\"cookie\":{\"originalMaxAge\":null,\"expires\":" + expires + "},\"user\":1}"]
        }
        try store.write(
            session("a", "\"2199-01-01T00:00:00.000Z\""), session("b", "\"2025-01-01T00:00:00.000Z\""),
            session("c", "null"), ["SET", "sess:x:y", "{}"],
            ["SADD", "user:1:sessions", "sess:a", "sess:b", "sess:gone", "gone"])
        let (_, report) = try store.clean("--include-expired")
        #expect(report.stat("expired_sessions_removed") == 1)
        #expect(report.stat("undated_sessions_found") == 1)
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(try store.members("user:1:sessions") == ["sess:a", "gone"])
        #expect(try store.keys() == ["sess:a", "sess:c", "sess:x:y", "user:1:sessions"])
    }

    @Test func `an ended Sa-Token takes its last-active key along, and itself goes with expired sessions`() throws {
        let store = try Store("--layout", "sa-token")
        for (id, value) in [("live", "10001"), ("minus", "-8"), ("out", "-1"), ("kicked", "-5")] as [(Bytes, Bytes)] {
            try store.write(
                ["SET", "satoken:login:token:" + id, value, "EX", "9999"],
                ["SET", "satoken:login:last-active:" + id, "1"])
        }
        try store.write(
            ["SET", "satoken:login:last-active:gone", "1"],
            ["SET", "satoken:login:session:10001", "{\"terminalList\":[{\"tokenValue\":\"gone\"}]}"])
        let numbers = try store.cleanTwice()
        #expect(numbers["sessions_checked"] == 4)
        #expect(numbers["orphaned_companions_removed"] == 3)
        #expect(numbers["expired_sessions_removed"] == nil)
        let kept: Set<Bytes> = ["live", "minus", "out", "kicked"]
        let others: Set<Bytes> = [
            "satoken:login:last-active:live", "satoken:login:last-active:minus", "satoken:login:session:10001",
        ]
        #expect(try store.keys() == Set(kept.map { "satoken:login:token:" + $0 }).union(others))
        #expect(try store.cleanTwice("--include-expired")["expired_sessions_removed"] == 2)
        #expect(
            try store.keys()
                == others.union(["satoken:login:token:live", "satoken:login:token:minus"]))
    }

    @Test func `better-auth's sessions are told from other keys of 32 characters by what they hold`() throws {
        let store = try Store("--layout", "better-auth")
        func key(_ letter: String) -> Bytes { Bytes(String(repeating: letter, count: 32)) }
        func session(_ expires: Bytes) -> Bytes {
            "{\"session\":{\"token\":\"t\",\"expiresAt\":\"" + expires + "\"},\"user\":{\"id\":\"u\"}}"
        }
        try store.write(
            ["SET", key("a"), session("2199-01-01T00:00:00.000Z")],
            ["SET", key("b"), session("2025-01-01T00:00:00.000Z")],
            ["SET", key("c"), "{\"session\":{}}"], ["SET", key("d"), "{\"expiresAt\":\"2025-01-01T00:00:00.000Z\"}"],
            ["HSET", key("e"), "session", "x"], ["SET", "active-sessions-u", "[{\"token\":\"gone\",\"expiresAt\":1}]"])
        let (_, report) = try store.clean("--include-expired")
        #expect(report.stat("sessions_checked") == 3)
        #expect(report.stat("undated_sessions_found") == 1)
        #expect(report.stat("expired_sessions_removed") == 1)
        #expect(try store.keys() == ["a", "c", "d", "e"].reduce(into: ["active-sessions-u"]) { $0.insert(key($1)) })
    }

    @Test func `an option beside a named layout wins over it`() throws {
        let store = try Store("--layout", "lucia", "--index-key", "mine:{user}", "--member", "s/{id}")
        try store.write(
            ["SET", "session:a", "{}"], ["SADD", "mine:u", "s/a", "s/b", "c"], ["SADD", "user_sessions:u", "gone"])
        let (_, report) = try store.clean()
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(try store.members("mine:u") == ["s/a", "c"])
        #expect(try store.members("user_sessions:u") == ["gone"])
    }

    @Test func `a key that two templates match ends the run before anything is removed`() throws {
        let store = try Store("--session-key", "k:{id:[a-z]+}", "--index-key", "k:{user:[a-z0-9]+}")
        try store.write(["SADD", "k:1", "gone"], ["SET", "k:abc", "{}"])
        let (status, report) = try store.clean()
        #expect(status == .exited(1))
        #expect(report.error?.code == "ambiguous_key")
        #expect(report.error?.message.contains("k:{id:[a-z]+}") == true)
        #expect(try store.members("k:1") == ["gone"])
    }
}

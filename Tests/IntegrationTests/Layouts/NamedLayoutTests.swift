import TestSupport
import Testing

/// The other built-in layouts, each on keys as its store writes them.
struct NamedLayoutTests {
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

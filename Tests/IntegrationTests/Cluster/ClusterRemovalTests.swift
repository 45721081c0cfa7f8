import TestSupport
import Testing

@testable import RedisClient

/// What is removed from a cluster, and what comes back.
@Suite(.waiting, .needs(.clusterPort)) struct ClusterRemovalTests {
    private let appauth: ClusterStore
    private let user: Bytes = "a@example.org"
    private var index: Bytes { Appauth.index(user) }

    init() throws {
        appauth = try ClusterStore()
    }

    /// An id whose session is on another node than the index key.
    private func foreignIdentifier() throws -> Bytes {
        let home = try appauth.owner(of: index)
        return try #require(
            try (0..<100).map { "id-\($0)" as Bytes }.first {
                try appauth.owner(of: Appauth.session($0)) !== home
            })
    }

    /// Lets the janitor come as far as taking entries out, does something, and lets it go on.
    private func whileRemoving(_ action: () throws -> Void) throws -> RunReport {
        let node = try appauth.owner(of: index)
        let client = try node.client()
        try client.call("CLIENT", "PAUSE", "20000", "WRITE")
        let janitor = try appauth.start("--no-lock", "--allow-no-live-sessions")
        try Deadline.wait(for: "the removal") {
            try client.call("CLIENT", "LIST").text?.contains("cmd=evalsha") == true
        }
        try action()
        try client.call("CLIENT", "UNPAUSE")
        return try RunReport(try janitor.finish())
    }

    @Test func `an entry whose session appears during its removal goes back with its old score`() throws {
        let id = try foreignIdentifier()
        try appauth.client.call("ZADD", index, "1700000000.123456", id)
        try appauth.client.call("ZADD", index, "17", "orphan")
        let score = try appauth.client.call("ZSCORE", index, id)
        let report = try whileRemoving { try appauth.client.call("SET", Appauth.session(id), Appauth.living) }
        #expect(try appauth.client.call("ZSCORE", index, id) == score)
        #expect(try appauth.client.call("ZSCORE", index, "orphan") == .null)
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(report.stat("revived_sessions_found") == 1)
        #expect(report.outcome == "completed")
    }

    @Test func `an index key that was gone comes back with its TTL`() throws {
        let id = try foreignIdentifier()
        try appauth.client.call("ZADD", index, "5", id)
        try appauth.client.call("PEXPIRE", index, "100000")
        let report = try whileRemoving { try appauth.client.call("SET", Appauth.session(id), Appauth.living) }
        #expect(try appauth.client.call("ZSCORE", index, id).text == "5")
        let lifetime = try appauth.client.call("PTTL", index).integer ?? 0
        #expect((1...100_000).contains(lifetime))
        #expect(report.stat("empty_user_sessions_removed") == 0)
        #expect(report.stat("orphaned_sessions_removed") == 0)
    }

    @Test(arguments: ["SADD", "RPUSH"])
    func `entries of sets and lists go back, too`(command: Bytes) throws {
        let id = try foreignIdentifier()
        try appauth.client.call(command, index, "orphan", id)
        let report = try whileRemoving { try appauth.client.call("SET", Appauth.session(id), Appauth.living) }
        let left =
            command == "SADD"
            ? try appauth.client.call("SMEMBERS", index) : try appauth.client.call("LRANGE", index, "0", "-1")
        #expect(left.strings == [id])
        #expect(report.stat("orphaned_sessions_removed") == 1)
    }

    @Test(arguments: [("ZADD", "zadd"), ("SADD", "sadd"), ("RPUSH", "linsert")])
    func `no entry is taken out by a user who could not put it back`(command: Bytes, right: String) throws {
        let id = try foreignIdentifier()
        try appauth.client.call([command, index] + (command == "ZADD" ? ["5", id] : [id]))
        for node in appauth.cluster.primaries {
            try node.client().call("ACL", "SETUSER", "weak", "on", ">pw", "~*", "+@all", "-" + Bytes(right))
        }
        let result = try JanitorProcess.run(
            ["--json", "--grace", "0"],
            environment: ["REDIS_URL": "redis://weak:pw@\(appauth.cluster.url().dropFirst("redis://".count))"])
        #expect(result.status == .exited(1))
        #expect(result.error.contains(right.uppercased()), "\(result.error)")
        #expect(try RunReport(result).error?.code == "NOPERM")
        #expect(try appauth.client.call("EXISTS", index) == .integer(1))
    }

    @Test func `one script checks and removes where hash tags put index and sessions into one slot`() throws {
        let client = appauth.client
        for number in 0..<20 {
            try client.call("ZADD", "{app}:usess:user", "1", "id-\(number)")
            if number % 2 == 0 { try client.call("SET", "{app}:sess:id-\(number)", Appauth.living) }
        }
        let templates = ["--session-key", "{{app}}:sess:{id}", "--index-key", "{{app}}:usess:{user}"]
        let result = try JanitorProcess.run(
            ["--json", "--grace", "0"] + templates, environment: ["REDIS_URL": appauth.cluster.url()])
        let report = try RunReport(result)
        #expect(result.status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 10)
        #expect(try client.call("ZCARD", "{app}:usess:user") == .integer(10))
        // Every run asks each session whether it has a TTL; only the steps for several slots ask an index key.
        #expect(try appauth.calls(of: "pttl") == 10)
        try client.call("ZADD", index, "1", try foreignIdentifier())
        #expect(try appauth.clean("--allow-no-live-sessions").report.stat("orphaned_sessions_removed") == 1)
        #expect(try appauth.calls(of: "pttl") == 10 + 1)
    }

    @Test func `expired sessions go with their entries, and a backup brings all of it back`() throws {
        for number in 0..<30 {
            let value = number % 3 == 0 ? Appauth.expired : Appauth.living
            try appauth.client.call("SET", Appauth.session("id-\(number)"), value)
            try appauth.client.call("ZADD", Appauth.index("user-\(number % 4)"), "\(number)", "id-\(number)")
        }
        let folder = try TemporaryFolder()
        let (status, report) = try appauth.clean("--include-expired", "--backup", folder.file("backup"))
        #expect(status == .exited(0))
        #expect(report.stat("expired_sessions_removed") == 10)
        #expect(report.stat("expired_entries_removed") == 10)
        #expect(try appauth.listed(users: 4).count == 20)
        // Any node will do.
        let restored = try appauth.run("restore", folder.file("backup"), url: appauth.cluster.url(1))
        #expect(restored.status == .exited(0), "\(restored)")
        #expect(try appauth.listed(users: 4).count == 30)
        #expect(try appauth.client.call("EXISTS", Appauth.session("id-3")) == .integer(1))
    }

    @Test func `the lock keeps a second run away, whichever node its key is on`() throws {
        try appauth.client.call("SET", "appauth:janitor:lock", "somebody")
        let (status, report) = try appauth.clean()
        #expect(status == .exited(5))
        #expect(report.error?.code == "locked")
    }
}

import TestSupport
import Testing

/// `--read-from replica` with a real replica.
@Suite(.waiting) struct ReplicaTests {
    private let appauth: Store
    private let replica: PrivateRedis

    init() throws {
        let primary = try PrivateRedis(
            ["--repl-diskless-sync-delay", "0"] + ServerProgram.debugArguments, listensOnPort: true)
        appauth = try Store(on: primary)
        try appauth.write(sessions: "living")
        try appauth.list("living", "orphan")
        replica = try PrivateRedis(["--replicaof", "127.0.0.1", String(primary.port ?? 0)], listensOnPort: true)
        try awaitLink(of: replica)
        // The primary counts it once it has acknowledged something.
        try appauth.client.call("SET", "unrelated", "1")
        #expect(try appauth.client.call("WAIT", "1", "10000") == .integer(1))
    }

    private func awaitLink(of replica: PrivateRedis) throws {
        let client = try replica.client()
        try Deadline.wait(for: "the replica's link") {
            try client.call("INFO", "replication").text?.contains("master_link_status:up") == true
        }
    }

    private func calls(of command: String, on node: PrivateRedis) throws -> Int {
        try node.calls(of: command)
    }

    private func error(_ arguments: String...) throws -> RunReport.Failure? {
        let (status, report) = try appauth.clean(arguments)
        #expect(status == .exited(1))
        #expect(report.stat("write_commands_sent") == 0)
        #expect(try appauth.listed() == ["living", "orphan"])
        return report.error
    }

    @Test(arguments: [false, true])
    func `keys are read from the replica, and removed from the primary`(isNamed: Bool) throws {
        let options = isNamed ? ["--replica-url", replica.url] : ["--read-from", "replica"]
        let (status, report) = try appauth.clean(options)
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(report.stat("sessions_checked") == 1)
        #expect(try appauth.listed() == ["living"])
        #expect(try calls(of: "scan", on: appauth.redis) == 0)
        #expect(try calls(of: "zrange", on: replica) > 0)
        #expect(try calls(of: "evalsha", on: replica) == 0)
    }

    @Test func `a session that the replica has not heard of is seen by the second look on the primary`() throws {
        let client = try replica.client()
        // As if it had not arrived yet.
        try client.call("CONFIG", "SET", "replica-read-only", "no")
        try client.call("DEL", Appauth.session("living"))
        let (status, report) = try appauth.clean(["--read-from", "replica", "--allow-no-live-sessions"])
        #expect(status == .exited(0))
        #expect(report.stat("revived_sessions_found") == 1)
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(try appauth.listed() == ["living"])
    }

    @Test func `a session that has expired, and is not deleted yet, does not count as living`() throws {
        try appauth.client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
        try appauth.client.call("SET", Appauth.session("ended"), Appauth.living, "PX", "1")
        try appauth.list("ended")
        try Deadline.wait(for: "the replica") {
            try replica.client().call("ZSCORE", Appauth.index("a@example.org"), "ended") != .null
        }
        let (_, report) = try appauth.clean(["--read-from", "replica"])
        #expect(report.stat("sessions_checked") == 1)
        #expect(report.stat("orphaned_sessions_removed") == 2)
        #expect(try appauth.listed() == ["living"])
    }

    @Test func `a primary without replicas is an error that says so`() throws {
        replica.stop()
        try Deadline.wait(for: "the primary to notice") {
            try appauth.client.call("INFO", "replication").text?.contains("connected_slaves:0") == true
        }
        #expect(try error("--read-from", "replica")?.code == "no_replica")
    }

    @Test func `a server that is no replica, or another one's, is refused`() throws {
        let own = try error("--replica-url", appauth.redis.url)
        #expect(own?.message.contains("is not a replica but a master") == true)
        let other = try PrivateRedis(["--repl-diskless-sync-delay", "0"], listensOnPort: true)
        let stranger = try PrivateRedis(["--replicaof", "127.0.0.1", String(other.port ?? 0)])
        try awaitLink(of: stranger)
        #expect(try error("--replica-url", stranger.url)?.message.contains("belongs to another primary") == true)
    }

    @Test func `a replica that has lost its primary is refused`() throws {
        try replica.client().call("REPLICAOF", "127.0.0.1", Bytes(try PrivateRedis.freePort()))
        #expect(try error("--replica-url", replica.url)?.message.contains("has lost its primary") == true)
    }

    /// The same replica, whose word on one fact is another.
    private func replica(saying fact: String, _ value: String) throws -> RedisProxy {
        let client = try replica.client()
        return try RedisProxy(to: replica) { command, _ in
            guard command[0].text == "INFO", command[1].text == "replication" else { return .forward }
            let lines = try client.call("INFO", "replication").text?.split(separator: "\r\n").map(String.init) ?? []
            // Between two pings of the primary there may be seconds; what this is not about has to look well.
            let facts = ["master_last_io_seconds_ago": "0"].merging([fact: value]) { $1 }
            let others = lines.filter { line in !facts.keys.contains { line.hasPrefix($0 + ":") } }
            let text = (others + facts.map { "\($0):\($1)" }).joined(separator: "\r\n")
            return .answer(Bytes("$\(text.utf8.count)\r\n\(text)\r\n"))
        }
    }

    @Test(arguments: [
        ("slave_repl_offset", "0", "more than 0.20 s behind"),
        ("master_last_io_seconds_ago", "60", "has heard nothing from its primary for 60 s"),
        ("master_sync_in_progress", "1", "is still being filled"),
    ])
    func `a replica that is behind is refused`(fact: String, value: String, words: String) throws {
        let proxy = try replica(saying: fact, value)
        let failure = try error("--replica-url", proxy.url, "--max-lag", "200ms")
        #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "no error")")
    }

    @Test(.needs(.clusterPort)) func `a cluster is read from the replica of every primary`() throws {
        let appauth = try ClusterStore([], withReplicas: true)
        try appauth.fill(sessions: 300, orphans: 30, users: 20)
        let (status, report) = try appauth.clean("--read-from", "replica")
        #expect(status == .exited(0), "\(report)")
        #expect(report.stat("sessions_checked") == 300)
        #expect(report.stat("user_sessions_checked") == 20)
        #expect(report.stat("orphaned_sessions_removed") == 30)
        #expect(try appauth.listed(users: 20).count == 300)
        #expect(try appauth.calls(of: "scan") == 0)
        for replica in appauth.cluster.replicas { #expect(try calls(of: "zrange", on: replica) > 0) }
        let refused = try appauth.clean("--replica-url", replica.url)
        #expect(refused.report.error?.message.contains("use --read-from replica") == true)
    }
}

import Foundation
import RedisClient
import TestSupport
import Testing

/// Primaries that real sentinels name.
@Suite(.waiting) struct SentinelTests {
    private func run(_ url: String, _ arguments: String..., environment: [String: String] = [:]) throws -> JanitorResult
    {
        try JanitorProcess.run(
            ["--json", "--grace", "0"] + arguments, environment: ["REDIS_URL": url].merging(environment) { $1 })
    }

    private static func primary(_ arguments: [String] = []) throws -> (redis: PrivateRedis, port: Int) {
        let redis = try PrivateRedis(["--repl-diskless-sync-delay", "0"] + arguments, listensOnPort: true)
        let client = try redis.client()
        if let index = arguments.firstIndex(of: "--requirepass") {
            try client.call("AUTH", Bytes(arguments[index + 1]))
        }
        if arguments.firstIndex(of: "--replicaof") == nil {
            try client.run([
                ["SET", Appauth.session("living"), Appauth.living],
                ["ZADD", Appauth.index("a"), "1", "living", "1", "orphan"],
            ])
        }
        return (redis, try #require(redis.port))
    }

    private static func listed(_ redis: PrivateRedis) throws -> [Bytes] {
        try redis.client().call("ZRANGE", Appauth.index("a"), "0", "-1").strings
    }

    @Test func `the primary is found although the first sentinel is dead`() throws {
        let (redis, port) = try SentinelTests.primary()
        defer { withExtendedLifetime(redis) {} }
        let sentinel = try PrivateSentinel(primary: port)
        let dead = try PrivateRedis.freePort()
        let url = "redis+sentinel://127.0.0.1:\(dead),\(sentinel.host)/main/0"
        let result = try run(url)
        let report = try RunReport(result)
        #expect(result.status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(result.output.contains("\"address\" : \"\(url)\""))
        #expect(try SentinelTests.listed(redis) == ["living"])
    }

    @Test func `a service that the sentinels do not know is told`() throws {
        let (redis, port) = try SentinelTests.primary()
        defer { withExtendedLifetime(redis) {} }
        let sentinel = try PrivateSentinel(primary: port)
        let url = "redis+sentinel://\(sentinel.host)/mian/0"
        expectFailure(
            try run(url),
            "the sentinels of \(url) do not watch anything called 'mian'; use the name in their line 'sentinel monitor'"
        )
        #expect(try SentinelTests.listed(redis).count == 2)
    }

    @Test func `when no sentinel can be asked it is told of each why`() throws {
        let (redis, port) = try SentinelTests.primary()
        defer { withExtendedLifetime(redis) {} }
        let dead = try PrivateRedis.freePort()
        let url = "redis+sentinel://127.0.0.1:\(dead),127.0.0.1:\(port)/main/0"
        let result = try run(url)
        #expect(result.status == .exited(1))
        #expect(
            result.error.hasPrefix(
                "session-janitor: no sentinel of \(url) could be asked: 127.0.0.1:\(dead): Connection refused, "
                    + "127.0.0.1:\(port): a Redis in standalone mode, not a sentinel; are they running, "))
    }

    @Test func `sentinels and server have passwords of their own`() throws {
        let (redis, port) = try SentinelTests.primary(["--requirepass", "of-the-server"])
        defer { withExtendedLifetime(redis) {} }
        let sentinel = try PrivateSentinel(primary: port, password: "of-the-sentinel")
        let url = "redis+sentinel://:of-the-server@\(sentinel.host)/main"
        let results = [
            try run(url + "?sentinel_password=of-the-sentinel", "--dry-run"),
            try run(url, "--dry-run", environment: ["SENTINEL_PASSWORD": "of-the-sentinel"]),
        ]
        for result in results {
            #expect(result.status == .exited(0))
            #expect(!result.output.contains("of-the"))
            #expect(
                result.output.contains("redis+sentinel://:***@\(sentinel.host)/main/0?sentinel_password=***"))
        }
        let without = try run(url)
        #expect(without.status == .exited(1))
        #expect(without.error.contains("\(sentinel.host): NOAUTH; "))
        #expect(without.error.contains("SENTINEL_PASSWORD"))
        #expect(!without.error.contains("of-the"))
    }

    @Test(.needs(.accessLists)) func `a user needs the right to ROLE, and no other one besides`() throws {
        let (redis, port) = try SentinelTests.primary()
        let sentinel = try PrivateSentinel(primary: port)
        let client = try redis.client()
        let rights = (RightsTests.reading + RightsTests.writing).map { "+" + Bytes($0) }
        try client.call(["ACL", "SETUSER", "janitor", "on", ">pw", "~appauth:*", "-@all"] + rights)
        let url = "redis+sentinel://janitor:pw@\(sentinel.host)/main"
        let without = try run(url)
        #expect(without.status == .exited(1))
        #expect(without.error.contains(" answered ROLE with 'NOPERM "))
        try client.call("ACL", "SETUSER", "janitor", "+role")
        #expect(try run(url).status == .exited(0))
        #expect(try SentinelTests.listed(redis) == ["living"])
    }

    @Test func `a primary that was demoted is refused`() throws {
        let (redis, port) = try SentinelTests.primary(["--replicaof", "127.0.0.1", "1"])
        defer { withExtendedLifetime(redis) {} }
        let sentinel = try PrivateSentinel(primary: port)
        let error = try #require(throws: RedisError.self) {
            try RedisConnection(
                to: Endpoint(url: sentinel.url), mode: .readWrite, timeout: .seconds(20),
                retries: RetryPolicy(pauses: [.milliseconds(10)]))
        }
        #expect(error == .notPrimary(role: "slave"))
    }

    @Test func `a replica is waited for until it is the primary`() throws {
        let (redis, port) = try SentinelTests.primary()
        defer { withExtendedLifetime(redis) {} }
        let client = try redis.client()
        try client.call("REPLICAOF", "127.0.0.1", "1")
        let sentinel = try PrivateSentinel(primary: port)
        let janitor = try JanitorProcess(["--json", "--grace", "0"], environment: ["REDIS_URL": sentinel.url])
        try Deadline.wait(for: "the janitor's question") {
            try client.call("INFO", "commandstats").text?.contains("cmdstat_role:") == true
        }
        try client.call("REPLICAOF", "NO", "ONE")
        #expect(try janitor.finish().status == .exited(0))
        #expect(try SentinelTests.listed(redis) == ["living"])
    }

    @Test(arguments: ["scan", "evalsha"])
    func `a fail-over in the middle of a run ends it, and the next run finishes`(command: String) throws {
        let (old, port) = try SentinelTests.primary()
        defer { withExtendedLifetime(old) {} }
        let (new, _) = try SentinelTests.primary(["--replicaof", "127.0.0.1", "\(port)"])
        let sentinel = try PrivateSentinel(primary: port)
        let client = try old.client()
        // So few that the removal soon begins, however slow the machine is.
        let living = (0..<40).map { "living-\($0)" as Bytes }
        try client.run(living.map { ["SET", Appauth.session($0), Appauth.living] })
        try client.call(["ZADD", Appauth.index("a")] + living.flatMap { ["1", $0] as [Bytes] })
        try client.call(["ZADD", Appauth.index("b")] + (0..<600).flatMap { ["1", "orphan-\($0)"] as [Bytes] })
        let replica = try new.client()
        try Deadline.wait(for: "the replica's copy") {
            try replica.call("ZCARD", Appauth.index("b")) == .integer(600)
        }
        try client.call("CONFIG", "RESETSTAT")
        // Slow enough to be met in the middle: tiny batches with pauses.
        let janitor = try JanitorProcess(
            ["--json", "--grace", "0", "--no-lock", "--chunk-time", "0.001ms", "--nice-ratio", "100"],
            environment: ["REDIS_URL": sentinel.url])
        try Deadline.wait(for: "the janitor", within: .seconds(60)) {
            try client.call("INFO", "commandstats").text?.contains("cmdstat_\(command):") == true
        }
        try sentinel.failOver(to: new)
        let result = try janitor.finish()
        #expect(result.status == .exited(1))
        let code = try RunReport(result).error?.code ?? ""
        #expect(["failed_over", "connection_lost", "READONLY"].contains(code))
        #expect(try Set(SentinelTests.listed(new)).isSuperset(of: living + ["living"]))

        let next = try run(sentinel.url)
        #expect(next.status == .exited(0))
        #expect(try RunReport(next).outcome == "completed")
        #expect(try Set(SentinelTests.listed(new)) == Set(living + ["living"]))
        #expect(try new.client().call("EXISTS", Appauth.index("b")) == .integer(0))
    }

    @Test func `a primary that stalls, is replaced and goes on is not believed`() throws {
        let (old, port) = try SentinelTests.primary()
        let (new, _) = try SentinelTests.primary(["--replicaof", "127.0.0.1", "\(port)"])
        let sentinel = try PrivateSentinel(primary: port)
        let client = try old.client()
        try client.call(["ZADD", Appauth.index("b")] + (0..<2_000).flatMap { ["1", "orphan-\($0)"] as [Bytes] })
        let replica = try new.client()
        try Deadline.wait(for: "the replica's copy") {
            try replica.call("ZCARD", Appauth.index("b")) == .integer(2_000)
        }
        let janitor = try JanitorProcess(
            [
                "--json", "--grace", "0", "--no-lock", "--timeout", "60s", "--chunk-time", "0.001ms", "--nice-ratio",
                "20",
            ],
            environment: ["REDIS_URL": sentinel.url])
        try Deadline.wait(for: "the removal") {
            try client.call("INFO", "commandstats").text?.contains("cmdstat_evalsha:") == true
        }
        old.freeze()
        try sentinel.failOver(to: new)
        old.thaw()
        let result = try janitor.finish()
        #expect(result.status == .exited(1), "\(result)")
        let report = try RunReport(result)
        #expect(report.outcome == "failed")
        #expect(report.consistency == "unknown")
        #expect(["failed_over", "connection_lost", "READONLY"].contains(report.error?.code))
        if let message = report.error?.message, report.error?.code == "failed_over" {
            #expect(message.contains("was removed on the old primary at 127.0.0.1:\(port)"))
            #expect(message.contains("the new primary at 127.0.0.1:\(new.port ?? 0) may still have some of it"))
        }
        #expect(try run(sentinel.url).status == .exited(0))
        #expect(try SentinelTests.listed(new) == ["living"])
        #expect(try new.client().call("EXISTS", Appauth.index("b")) == .integer(0))
    }

    @Test func `sentinels that cannot be asked at the end make a success a failure`() throws {
        let (redis, port) = try SentinelTests.primary()
        let sentinel = try PrivateSentinel(primary: port)
        let channel = try redis.client()
        // The sentinels go with the first removal.
        let janitor = try JanitorProcess(
            ["--json", "--grace", "2s", "--no-lock"], environment: ["REDIS_URL": sentinel.url])
        try Deadline.wait(for: "the census") {
            try channel.call("INFO", "commandstats").text?.contains("cmdstat_scan:") == true
        }
        sentinel.stop()
        let result = try janitor.finish()
        #expect(result.status == .exited(1), "\(result)")
        let report = try RunReport(result)
        #expect(report.error?.code == "failed_over")
        #expect(report.error?.message.contains("no sentinel could be asked") == true)
        #expect(report.consistency == "unknown")
        #expect(report.stat("orphaned_sessions_removed") == 1)
    }

    @Test(arguments: [true, false])
    func `a server without sentinels that is a replica in the end is not believed, if it tells`(tells: Bool) throws {
        let (redis, _) = try SentinelTests.primary()
        let proxy = try RedisProxy(to: redis) { command, count in
            guard command[0].text == "ROLE" else { return .forward }
            if count == 2 { _ = try? redis.client().call("REPLICAOF", "127.0.0.1", "1") }
            return tells ? .forward : .answer("-NOPERM no\r\n")
        }
        let result = try run(proxy.url, "--no-lock")
        let report = try RunReport(result)
        #expect(result.status == .exited(tells ? 1 : 0), "\(result)")
        #expect(report.error?.code == (tells ? "failed_over" : nil))
        #expect(report.consistency == (tells ? "unknown" : "repaired"))
    }

    @Test(.needs(.tls)) func `sentinels and server are spoken to over TLS`() throws {
        let secure = try SecureRedis(["--tls-replication", "yes"])
        let client = try secure.redis.client()
        try client.run([
            ["SET", Appauth.session("living"), Appauth.living],
            ["ZADD", Appauth.index("a"), "1", "living", "1", "orphan"],
        ])
        let own = try secure.authority.issue("sentinel", names: ["IP:127.0.0.1"])
        let port = try PrivateRedis.freePort()
        let sentinel = try PrivateSentinel(
            primary: secure.port,
            ["--tls-port", "\(port)", "--tls-cert-file", own.certificate, "--tls-key-file", own.key]
                + ["--tls-ca-cert-file", secure.authority.certificate, "--tls-auth-clients", "no"]
                + ["--tls-replication", "yes"])
        let url = "rediss+sentinel://127.0.0.1:\(port)/\(sentinel.service)/0"
        let result = try run(url, "--cacert", secure.authority.certificate)
        #expect(result.status == .exited(0))
        #expect(try SentinelTests.listed(secure.redis) == ["living"])
        let plain = try run("rediss+sentinel://\(sentinel.host)/\(sentinel.service)", "--insecure")
        #expect(plain.status == .exited(1))
        #expect(plain.error.contains("\(sentinel.host): tls_plain_text"))
    }
}

import TestSupport
import Testing

/// What is said when no conversation comes about: one line, the reason, and what to do next.
@Suite(.waiting) struct ConnectionErrorTests {
    private func run(_ url: String, _ arguments: String...) throws -> JanitorResult {
        try JanitorProcess.run(arguments, environment: ["REDIS_URL": url])
    }

    @Test func `nobody listens on the port`() throws {
        let port = try PrivateRedis.freePort()
        let result = try run("redis://127.0.0.1:\(port)/0")
        expectFailure(
            result,
            "cannot connect to redis://127.0.0.1:\(port)/0: Connection refused; is the server running, and is the "
                + "address right (--url, REDIS_URL)?")
        #expect(result.output.isEmpty)
    }

    @Test func `the socket file is missing`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("no.sock")
        let result = try run("unix://\(path)?db=3")
        expectFailure(
            result,
            "cannot connect to unix://\(path)?db=3: No such file or directory; is the server running, and is the "
                + "address right (--url, REDIS_URL)?")
        #expect(result.output.isEmpty)
    }

    @Test func `the host has no address`() throws {
        let result = try run("redis://no-such-host.invalid:6379/0")
        #expect(result.status == .exited(1))
        #expect(
            result.error.hasPrefix("session-janitor: cannot connect to redis://no-such-host.invalid:6379/0: "))
        #expect(result.errorLines.count == 1)
    }

    @Test func `a failure to connect is a JSON object, too`() throws {
        let folder = try TemporaryFolder()
        let result = try run("unix://\(folder.file("no.sock"))", "--json")
        let report = try RunReport(result)
        #expect(result.status == .exited(1))
        #expect(report.outcome == "failed")
        #expect(report.consistency == "unknown")
        #expect(
            report.unknown.isSuperset(of: ["sessions_checked", "total_sessions_checked", "orphaned_sessions_found"]))
        #expect(report.stat("orphaned_sessions_removed") == 0)
        #expect(report.error?.code == "cannot_connect")
        #expect(result.error == "session-janitor: \(report.error?.message ?? "")\n")
    }

    @Test func `no server is given`() throws {
        let result = try JanitorProcess.run([])
        #expect(result.status == .exited(2))
        #expect(result.errorLines.count == 1)
        #expect(result.error.contains("REDIS_URL"))
        #expect(result.output.isEmpty)
    }

    @Test(arguments: ["", "geheim"])
    func `a wrong password is told and not shown`(user: String) throws {
        let redis = try PrivateRedis(["--requirepass", "right"])
        let result = try run(redis.url(user: user, password: "wr0ng-pw"))
        expectFailure(
            result,
            "unix://\(user):***@\(redis.socketPath)?db=0 answered AUTH with '…'; the …password is wrong")
        #expect(result.output.isEmpty)
        #expect(!result.error.contains("wr0ng-pw"))
    }

    @Test func `a missing password is told`() throws {
        let redis = try PrivateRedis(["--requirepass", "right"])
        expectFailure(
            try run(redis.url),
            "\(redis.url)?db=0 answered PING with 'NOAUTH Authentication required.'; it requires a password: put it into a "
                + "file for --password-file (REDIS_PASSWORD_FILE), or into REDIS_URL")
    }

    @Test func `the right password opens the door`() throws {
        let redis = try PrivateRedis(["--requirepass", "r@ght/:%"])
        let result = try run(redis.url(password: "r%40ght%2F%3A%25"), "--json")
        #expect(result.status == .exited(0))
        #expect(!(result.output + result.error).contains("r@ght"))
        #expect(!(result.output + result.error).contains("r%40ght"))
        #expect(try RunReport(result).outcome == "completed")
    }

    @Test func `a password that the server does not want is told`() throws {
        let redis = try PrivateRedis()
        expectFailure(
            try run(redis.url(password: "needless")),
            "unix://:***@\(redis.socketPath)?db=0 answered AUTH with 'ERR …'; "
                + "it has no password; "
                + "leave the password out")
    }

    @Test func `the database number is out of range`() throws {
        let redis = try PrivateRedis(["--databases", "4"])
        expectFailure(
            try run(redis.url(database: 4)),
            "\(redis.url)?db=4 answered SELECT with 'ERR DB index is out of range'; it has fewer databases; correct the "
                + "number at the end of the URL or REDIS_DB")
    }

    @Test func `a server that hangs is given up`() throws {
        let redis = try PrivateRedis()
        redis.freeze()
        expectFailure(
            try run(redis.url, "--timeout", "300ms"),
            "\(redis.url)?db=0 did not answer PING within 0.30 s; is the server busy or hanging? A longer --timeout "
                + "waits longer")
    }

    @Test func `a server on a port of its own is reached by host and port`() throws {
        let redis = try PrivateRedis(listensOnPort: true)
        let port = try #require(redis.port)
        let byURL = try run("redis://127.0.0.1:\(port)/2", "--json")
        #expect(try RunReport(byURL).outcome == "completed")
        let byParts = try JanitorProcess.run(
            ["--json"], environment: ["REDIS_HOST": "127.0.0.1", "REDIS_PORT": "\(port)", "REDIS_DB": "3"])
        #expect(try RunReport(byParts).outcome == "completed")
        #expect(byParts.output.contains("redis://127.0.0.1:\(port)/3"))
    }

    @Test(.needs(.clusterPort)) func `a node that has not joined a cluster is not cleaned`() throws {
        let bus = try PrivateRedis.freePort()
        let redis = try PrivateRedis(
            ["--cluster-enabled", "yes", "--cluster-port", String(bus)], listensOnPort: true)
        let result = try run(redis.url)
        #expect(result.status == .exited(1))
        #expect(result.error.contains("the cluster has no slots"))
    }

    @Test func `a sentinel is not cleaned`() throws {
        let redis = try PrivateRedis(["--sentinel"], listensOnPort: true)
        expectFailure(
            try run(redis.url),
            "\(redis.url)?db=0 is a Redis in sentinel mode, which this version cannot clean; use a standalone server")
    }
}

import RedisClient
import TestSupport
import Testing

/// Servers that speak TLS, and what is said of those that do not as they should.
@Suite(.waiting, .needs(.tls)) struct TLSTests {
    private func run(_ url: String, _ arguments: String...) throws -> JanitorResult {
        try JanitorProcess.run(["--grace", "0"] + arguments, environment: ["REDIS_URL": url])
    }

    private static func fill(_ redis: PrivateRedis) throws {
        try redis.client().run([
            ["SET", Appauth.session("living"), Appauth.living],
            ["ZADD", Appauth.index("a"), "1", "living", "1", "orphan"],
        ])
    }

    @Test(arguments: ["127.0.0.1", "localhost"], ["TLSv1.2", "TLSv1.3"])
    func `a server with a trusted certificate is cleaned`(host: String, version: String) throws {
        let secure = try SecureRedis(["--tls-protocols", version])
        try TLSTests.fill(secure.redis)
        let result = try run(secure.url(host: host), "--json", "--cacert", secure.authority.certificate)
        let report = try RunReport(result)
        #expect(result.status == .exited(0))
        #expect(result.error.isEmpty)
        #expect(report.outcome == "completed")
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(result.output.contains("\"address\" : \"\(secure.url(host: host))\""))
        #expect(try secure.redis.client().call("ZRANGE", Appauth.index("a"), "0", "-1").strings == ["living"])
    }

    @Test func `the password goes over TLS as well`() throws {
        let secure = try SecureRedis(["--requirepass", "geheim"])
        let url = "rediss://:geheim@127.0.0.1:\(secure.port)"
        let result = try run(url, "--json", "--cacert", secure.authority.certificate)
        #expect(try RunReport(result).outcome == "completed")
        #expect(!result.output.contains("geheim"))
    }

    // MARK: Certificates of the server

    @Test func `an issuer that is not trusted is told`() throws {
        let secure = try SecureRedis()
        expectFailure(
            try run(secure.url),
            "\(secure.url) shows a certificate whose issuer is not trusted; name the issuer's certificate by --cacert")
    }

    @Test func `a self-signed certificate is told`() throws {
        let secure = try SecureRedis { try $0.selfSigned("own", names: ["IP:127.0.0.1"]) }
        expectFailure(
            try run(secure.url, "--cacert", secure.authority.certificate),
            "\(secure.url) shows a self-signed certificate that is not trusted; trust it by --cacert")
    }

    @Test func `a certificate that has expired is told`() throws {
        let secure = try SecureRedis { try $0.issue("old", names: ["IP:127.0.0.1"], validity: .past) }
        expectFailure(
            try run(secure.url, "--cacert", secure.authority.certificate),
            "\(secure.url) shows a certificate that has expired; it has to be renewed there")
    }

    @Test func `a certificate that is not valid yet is told`() throws {
        let secure = try SecureRedis { try $0.issue("early", names: ["IP:127.0.0.1"], validity: .future) }
        expectFailure(
            try run(secure.url, "--cacert", secure.authority.certificate),
            "\(secure.url) shows a certificate that is not valid yet; is the clock right, here and where it was made?")
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func `a certificate for another host is told, unless that is the name asked for`(host: String) throws {
        let secure = try SecureRedis { try $0.issue("other", names: ["DNS:db.example.org", "IP:192.0.2.1"]) }
        let url = secure.url(host: host)
        expectFailure(
            try run(url, "--cacert", secure.authority.certificate),
            "\(url) shows a certificate that is not for \(host); use the name in it, or give that by --sni")
        let named = try run(url, "--cacert", secure.authority.certificate, "--sni", "db.example.org")
        #expect(named.status == .exited(0))
    }

    @Test func `what is not checked is warned of`() throws {
        let secure = try SecureRedis { try $0.issue("old", names: ["DNS:db.example.org"], validity: .past) }
        try TLSTests.fill(secure.redis)
        let result = try run(secure.url, "--json", "--insecure")
        let report = try RunReport(result)
        #expect(result.status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 1)
        let warning = try #require(report.warnings.first)
        #expect(warning.hasPrefix("the server's certificate was not checked (--insecure)"))
        #expect(result.error == "session-janitor: warning: \(warning)\n")
        #expect(try run(secure.url, "--insecure").output.contains(warning.prefix(40)))
    }

    // MARK: Certificates of the client

    @Test(arguments: ["TLSv1.2", "TLSv1.3"])
    func `a server that wants to know its clients gets a certificate`(version: String) throws {
        let secure = try SecureRedis(asksForCertificate: true, ["--tls-protocols", version])
        let trust = ["--cacert", secure.authority.certificate]
        let missing = try JanitorProcess.run(trust, environment: ["REDIS_URL": secure.url])
        expectFailure(
            missing, "\(secure.url) requires a certificate of the client; give one by --cert and --key")
        let known = try secure.authority.issue("client", names: ["DNS:janitor"])
        let accepted = try run(
            secure.url, "--cacert", secure.authority.certificate, "--cert", known.certificate, "--key", known.key)
        #expect(accepted.status == .exited(0))
    }

    @Test(arguments: ["TLSv1.2", "TLSv1.3"])
    func `a certificate of the client that the server does not trust is told`(version: String) throws {
        let secure = try SecureRedis(asksForCertificate: true, ["--tls-protocols", version])
        let others = try CertificateAuthority()
        let stranger = try others.issue("stranger", names: ["DNS:janitor"])
        expectFailure(
            try run(
                secure.url, "--cacert", secure.authority.certificate, "--cert", stranger.certificate, "--key",
                stranger.key),
            "\(secure.url) does not accept the certificate of --cert (tlsv1 alert unknown ca); was it issued by an "
                + "authority that the server trusts?")
    }

    @Test func `files that cannot be used end it before a connection is opened`() throws {
        let secure = try SecureRedis()
        let client = try secure.redis.client()
        let before = try Unattended.connections(client)
        let first = try secure.authority.issue("first", names: ["DNS:a"])
        let second = try secure.authority.issue("second", names: ["DNS:a"])
        let missing = secure.redis.folder.file("none.pem")
        for (arguments, reason) in [
            (["--cacert", missing], "'\(missing)' cannot be used: No such file or directory"),
            (["--cacert", first.key], "'\(first.key)' cannot be used: "),
            (["--cert", missing, "--key", first.key], "'\(missing)' cannot be used: No such file or directory"),
            (["--cert", first.certificate, "--key", first.certificate], "'\(first.certificate)' cannot be used: "),
            (
                ["--cert", first.certificate, "--key", second.key],
                "the key of --key does not belong to the certificate"
            ),
        ] {
            let result = try JanitorProcess.run(arguments, environment: ["REDIS_URL": secure.url])
            #expect(result.status == .exited(2))
            #expect(result.errorLines.count == 1)
            #expect(result.error.hasPrefix("session-janitor: " + reason))
        }
        #expect(try Unattended.connections(client) == before)
    }

    // MARK: Not TLS

    @Test func `a server that speaks plain text is told`() throws {
        let redis = try PrivateRedis(listensOnPort: true)
        let url = "rediss://127.0.0.1:\(try #require(redis.port))/0"
        expectFailure(
            try run(url, "--timeout", "500ms"),
            "\(url) speaks plain text, not TLS; use its TLS port, or redis:// if it has none")
    }

    @Test func `plain text to a server that speaks TLS is told`() throws {
        let secure = try SecureRedis()
        let url = "redis://127.0.0.1:\(secure.port)/0"
        let result = try run(url)
        #expect(result.status == .exited(1))
        #expect(result.errorLines.count == 1)
        #expect(result.error.contains("rediss://"))
    }

    @Test func `a version of TLS that is too old is not spoken`() throws {
        let ciphers = ["-cipher", "DEFAULT:@SECLEVEL=0"]
        let old = try HandshakePeer(["-tls1_1"] + ciphers)
        let refused = try run(old.url, "--cacert", old.authority.certificate)
        #expect(refused.status == .exited(1))
        #expect(refused.error.hasPrefix("session-janitor: TLS with \(old.url) failed: "))
        #expect(refused.error.contains("protocol"))
        // The same in a newer version gets as far as the handshake, and stays silent.
        let new = try HandshakePeer(["-tls1_2"] + ciphers)
        expectFailure(
            try run(new.url, "--cacert", new.authority.certificate, "--timeout", "300ms"),
            "\(new.url) did not answer PING within 0.30 s; is the server busy or hanging? A longer --timeout waits longer"
        )
    }

    @Test func `nobody listens`() throws {
        let port = try PrivateRedis.freePort()
        expectFailure(
            try run("rediss://127.0.0.1:\(port)/0"),
            "cannot connect to rediss://127.0.0.1:\(port)/0: Connection refused; is the server running, and is the "
                + "address right (--url, REDIS_URL)?")
    }

    @Test func `a server that does not shake hands is given up`() throws {
        let secure = try SecureRedis()
        secure.redis.freeze()
        expectFailure(
            try run(secure.url, "--cacert", secure.authority.certificate, "--timeout", "300ms"),
            "cannot connect to \(secure.url): no answer to the TLS handshake; is the server running, and is the "
                + "address right (--url, REDIS_URL)?")
    }

    // MARK: Lost connections

    @Test func `a connection lost while reading is resumed over TLS`() throws {
        let secure = try SecureRedis()
        let client = try secure.redis.client()
        try TLSTests.fill(secure.redis)
        try client.run((0..<3_000).map { ["SET", Appauth.session("session-\($0)"), Appauth.living] })
        let arguments = ["--dry-run", "--json", "--cacert", secure.authority.certificate]
        let undisturbed = try RunReport(JanitorProcess.run(arguments, environment: ["REDIS_URL": secure.url]))
        // Slow enough to be met in the middle: tiny batches with pauses.
        try client.call("CONFIG", "RESETSTAT")
        let janitor = try JanitorProcess(
            arguments + ["--chunk-time", "0.001ms", "--nice-ratio", "20"], environment: ["REDIS_URL": secure.url])
        try Deadline.wait(for: "the census") {
            try client.call("INFO", "commandstats").text?.contains("cmdstat_scan:") == true
        }
        #expect(try client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes") == .integer(1))
        let result = try janitor.finish()
        #expect(result.status == .exited(0))
        #expect(try RunReport(result).stats == undisturbed.stats)
    }

    /// SIGPIPE would end this process, which is not the janitor and takes no care of it.
    @Test func `writing to a server that has gone is an error and no signal`() throws {
        let secure = try SecureRedis()
        var endpoint = try Endpoint(url: secure.url)
        endpoint.tls?.authorityFile = secure.authority.certificate
        let connection = try RedisConnection(
            to: endpoint, mode: .readWrite, timeout: .seconds(20), retries: RetryPolicy(pauses: []))
        secure.redis.stop()
        let error = try #require(throws: RedisError.self) {
            for _ in 0..<100 {
                try connection.append(.ping, CommandArguments())
                try connection.flush()
            }
        }
        #expect(error.isLostConnection)
    }
}

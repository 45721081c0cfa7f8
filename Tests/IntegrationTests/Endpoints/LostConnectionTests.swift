import TestSupport
import Testing

/// Connections that end in the middle of a run.
@Suite(.waiting) struct LostConnectionTests {
    private let appauth: Store

    /// Enough of everything that each command is sent, several times.
    init() throws {
        appauth = try Store()
        try appauth.writeSessions(602, value: Appauth.expired)
        try appauth.write(sessions: "living")
        for user in 0..<300 {
            let ids: [Bytes] = (0..<4).map { "session-\(user * 2 + $0)" }
            try appauth.client.call(["ZADD", Appauth.index("user-\(user)")] + ids.flatMap { ["1", $0] as [Bytes] })
        }
        try appauth.client.call(["SADD", Appauth.index("set")] + (0..<3_000).map { "orphan-\($0)" as Bytes })
        try appauth.writeOrphans(3_000, under: "zset")
    }

    /// How a connection is lost.
    enum Loss: CaseIterable {
        case cut, halfAnswer, killedByServer
    }

    private static let readingCommands = ["DBSIZE", "SCAN", "MGET", "TYPE", "ZRANGE", "SSCAN", "ZSCAN", "EXISTS"]

    @Test(arguments: readingCommands, Loss.allCases)
    func `a connection lost while reading is resumed unnoticed`(command: String, loss: Loss) throws {
        let calm = try RedisProxy(to: appauth.redis) { _, _ in .forward }
        let (_, undisturbed) = try appauth.clean(["--dry-run", "--include-expired"], url: calm.url)
        let client = appauth.client
        let number = ["DBSIZE", "TYPE"].contains(command) ? 1 : 2
        let proxy = try RedisProxy(to: appauth.redis) { words, count in
            guard words[0].text == command, count == number else { return .forward }
            switch loss {
            case .cut: return .cut
            case .halfAnswer: return .truncate(2)
            case .killedByServer:
                try client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
                return .forward
            }
        }
        let (status, report) = try appauth.clean(["--dry-run", "--include-expired"], url: proxy.url)
        #expect(proxy.count(of: command) > number)
        #expect(status == .exited(0))
        #expect(report.stats == undisturbed.stats)
        #expect(report.outcome == "completed")
        // One more greeting.
        #expect(proxy.count(of: "INFO") == calm.count(of: "INFO") + 1)
    }

    @Test func `a removal whose answer is lost is not sent again`() throws {
        let before = try orphans()
        let proxy = try RedisProxy(to: appauth.redis) { words, count in
            words[0].text == "EVALSHA" && count == 3 ? .truncate(0) : .forward
        }
        let result = try JanitorProcess.run(
            ["--json", "--no-lock", "--grace", "0"], environment: ["REDIS_URL": proxy.url])
        let report = try RunReport(result)
        #expect(result.status == .exited(1))
        #expect(report.outcome == "failed")
        #expect(report.consistency == "needs_repair")
        #expect(report.error?.code == "connection_lost")
        #expect(
            report.error?.message
                == "the connection to \(proxy.url)?db=0 was lost during EVALSHA: the server closed the connection; run "
                + "again once the server is back")
        #expect(result.errorLines.last == "session-janitor: \(report.error?.message ?? "")")
        #expect(proxy.count(of: "EVALSHA") == 3)
        let counted = try #require(report.stat("orphaned_sessions_removed"))
        let removed = before - (try orphans())
        // What was carried out without an answer is not counted, but told of.
        let warning = try #require(report.warnings.first { $0.contains("under way when the connection failed") })
        let uncertain = try #require(Int(warning.prefix { $0 != " " }.replacing(",", with: "")))
        #expect(counted > 0)
        #expect(removed == counted + uncertain)
    }

    @Test func `a removal that never reached the server is told of, and the rest is counted`() throws {
        let before = try orphans()
        let proxy = try RedisProxy(to: appauth.redis) { words, count in
            words[0].text == "EVALSHA" && count == 2 ? .cut : .forward
        }
        let (status, report) = try appauth.clean(url: proxy.url)
        #expect(status == .exited(1))
        #expect(report.outcome == "failed")
        #expect(report.error?.code == "connection_lost")
        let counted = try #require(report.stat("orphaned_sessions_removed"))
        #expect(counted > 0)
        #expect(before - (try orphans()) == counted)
        #expect(report.warnings.contains { $0.contains("under way when the connection failed") })
    }

    @Test func `a server killed between two removals ends the run with what was done until then`() throws {
        let redis = appauth.redis
        let proxy = try RedisProxy(to: redis) { words, count in
            if words[0].text == "EVALSHA", count == 3 { redis.stop() }
            return .forward
        }
        let result = try JanitorProcess.run(["--json", "--grace", "0"], environment: ["REDIS_URL": proxy.url])
        let report = try RunReport(result)
        #expect(result.status == .exited(1))
        #expect(report.outcome == "failed")
        #expect(report.error?.code == "connection_lost")
        #expect(report.stat("orphaned_sessions_removed") ?? 0 > 0)
        #expect(report.stat("write_commands_sent") == 3)
    }

    @Test func `a server that is another one after the interruption is not taken for the same`() throws {
        let redis = appauth.redis
        let proxy = try RedisProxy(to: redis) { words, count in
            if words[0].text == "SCAN", count == 2 { try redis.restart() }
            return .forward
        }
        let result = try appauth.run(url: proxy.url)
        expectFailure(result, "\(proxy.url)?db=0 was restarted during the run; run again")
    }

    @Test func `a server that does not come back is given up`() throws {
        // Slow enough to be met in the middle: tiny batches with long pauses.
        let janitor = try JanitorProcess(
            ["--chunk-time", "0.001ms", "--nice-ratio", "200"], environment: ["REDIS_URL": appauth.redis.url])
        try Deadline.wait(for: "the census") {
            try appauth.client.call("INFO", "commandstats").text?.contains("cmdstat_scan:") == true
        }
        appauth.redis.stop()
        let result = try janitor.finish()
        #expect(result.status == .exited(1))
        #expect(result.errorLines.count == 1)
        #expect(
            result.error.hasPrefix("session-janitor: the connection to \(appauth.redis.url)?db=0 was lost during "))
        #expect(result.error.hasSuffix("; run again once the server is back\n"))
    }

    @Test func `a server that hangs in the middle of a run is given up`() throws {
        let redis = appauth.redis
        let proxy = try RedisProxy(to: redis) { words, count in
            if words[0].text == "SCAN", count == 2 { redis.freeze() }
            return .forward
        }
        let result = try appauth.run("--timeout", "300ms", url: proxy.url)
        expectFailure(
            result,
            "\(proxy.url)?db=0 did not answer SCAN within 0.30 s; is the server busy or hanging? A longer --timeout waits "
                + "longer")
    }

    private func orphans() throws -> Int {
        let keys = try appauth.snapshot().keys
        return keys.values.reduce(0) { $0 + ($1.identifiers?.count { $0.text.hasPrefix("orphan-") } ?? 0) }
    }
}

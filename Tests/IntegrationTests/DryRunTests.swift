import Glibc
import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// A dry run cannot write: not by what it sends, not by what it may, not by what its connection lets through.
@Suite(.waiting) struct DryRunTests {
    private let appauth: Store

    /// One of everything that a dry run has to look at.
    init() throws {
        appauth = try Store()
        try appauth.write(sessions: "living")
        try appauth.write(sessions: "outdated", value: Appauth.expired)
        try appauth.write(sessions: "odd", value: "not JSON")
        try appauth.list("living", "outdated", "orphan")
        try appauth.writeOrphans(1_500, under: "long")
        try appauth.client.run([
            ["SADD", Appauth.index("set"), "living", "lost"], ["RPUSH", Appauth.index("list"), "lost", "lost"],
            ["SADD", Appauth.index("long set")] + (0..<1_500).map { "orphan-\($0)" as Bytes },
            ["HSET", Appauth.index("hash"), "a", "b"], ["HSET", Appauth.session("hash"), "a", "b"],
            ["PEXPIRE", Appauth.session("living"), "9999999"],
        ])
    }

    private static let reading: Set<String> = [
        "dbsize", "exists", "info", "lrange", "mget", "ping", "pttl", "scan", "select", "sscan", "time", "type",
        "zrange",
        "zscan",
    ]

    @Test func `a dry run sends nothing but reading commands and changes nothing`() throws {
        let before = try appauth.snapshot()
        try appauth.client.call("CONFIG", "RESETSTAT")
        let (status, report) = try appauth.clean(["--dry-run", "--include-expired"])
        let statistics = try appauth.client.call("INFO", "commandstats").text ?? ""
        let sent = statistics.split(whereSeparator: \.isNewline).compactMap { line -> String? in
            guard line.hasPrefix("cmdstat_") else { return nil }
            return String(line.dropFirst("cmdstat_".count).prefix { $0 != ":" })
        }
        // The tests' own CONFIG RESETSTAT counts as well.
        let foreign = Set(sent).subtracting(DryRunTests.reading).subtracting(["config|resetstat", "config"])
        #expect(foreign.isEmpty)
        #expect(sent.contains("scan") && sent.contains("zscan") && sent.contains("sscan") && sent.contains("exists"))
        #expect(try appauth.snapshot() == before)
        #expect(status == .exited(3))
        #expect(report.stat("write_commands_sent") == 0)
        #expect(report.stat("orphaned_sessions_found") == 3_003)
        #expect(report.stat("orphaned_sessions_removed") == 0)
        #expect(report.stat("expired_sessions_found") == 1)
        #expect(report.stat("expired_sessions_removed") == 0)
    }

    @Test(.needs(.accessLists)) func `a user who may only read can do a dry run`() throws {
        try appauth.client.call(
            "ACL", "SETUSER", "reader", "on", ">pw", "~*", "-@all", "+@read", "+ping", "+info", "+dbsize", "+time",
            "+select")
        let url = appauth.redis.url(user: "reader", password: "pw")
        let (status, report) = try appauth.clean(["--dry-run", "--include-expired"], url: url)
        #expect(status == .exited(3))
        #expect(report.outcome == "partial")
        #expect(report.stat("orphaned_sessions_found") == 3_003)
        // And the same user cannot do a real one: the difference is not only one of manners.
        let before = try appauth.snapshot()
        let (realStatus, realReport) = try appauth.clean(["--include-expired"], url: url)
        #expect(realStatus == .exited(1))
        #expect(realReport.error?.code == "NOPERM")
        #expect(try appauth.snapshot() == before)
    }

    @Test(.needs(.readingRights))
    func `a user who may only read an exact list of commands can do a dry run`() throws {
        let rights = DryRunTests.reading.sorted().map { "+\($0)" as Bytes }
        try appauth.client.call(["ACL", "SETUSER", "reader", "on", ">pw", "%R~*", "-@all"] + rights)
        let (status, report) = try appauth.clean(
            ["--dry-run", "--include-expired"], url: appauth.redis.url(user: "reader", password: "pw"))
        #expect(status == .exited(3))
        #expect(report.error == nil)
    }

    @Test(arguments: [RedisCommand.evalsha, .scriptLoad])
    func `a connection for reading refuses a write before a byte leaves`(command: RedisCommand) throws {
        let connection = try RedisConnection(to: appauth.redis.endpoint(), mode: .readOnly, timeout: .seconds(20))
        let proxied = try RedisProxy(to: appauth.redis) { _, _ in .forward }
        let watched = try RedisConnection(
            to: Endpoint(address: .unix(path: proxied.endpointPath)), mode: .readOnly, timeout: .seconds(20))
        for connection in [connection, watched] {
            #expect(throws: RedisError.refusedOnReadOnlyConnection(command)) {
                try connection.append(command, CommandArguments([Array("return 1".utf8), Array("0".utf8)]))
            }
            #expect(connection.unanswered == 0)
            #expect(connection.writeCommandsSent == 0)
            // The refused command is not sent along with the next one, either.
            #expect(try connection.call(.ping).text(0) == "PONG")
        }
        #expect(proxied.count(of: "EVALSHA") == 0)
        #expect(proxied.count(of: "SCRIPT") == 0)
        #expect(proxied.count(of: "PING") == 2)
    }

    @Test func `every command that can change data is refused on a connection for reading`() throws {
        let connection = try RedisConnection(to: appauth.redis.endpoint(), mode: .readOnly, timeout: .seconds(20))
        var refused: Set<RedisCommand> = []
        for command in RedisCommand.allCases {
            do throws(RedisError) {
                try connection.append(command, CommandArguments())
            } catch {
                if error == .refusedOnReadOnlyConnection(command) { refused.insert(command) }
            }
        }
        #expect(refused == [.evalsha, .hsetnx, .pexpireat, .publish, .restore, .sadd, .scriptLoad, .set, .zadd])
    }

    @Test(.enabled(if: geteuid() == 0, "needs root"))
    func `a dry run does nothing where its words cannot be read`() throws {
        let before = try appauth.snapshot()
        let result = try JanitorProcess.run(
            ["--dry-run"], environment: ["REDIS_URL": appauth.redis.url],
            prelude: """
                exec unshare --mount sh -c 'mount -t tmpfs none /proc && exec "$0" "$@"' "$0" "$@"
                """)
        #expect(result.status == .exited(2))
        #expect(result.error == "session-janitor: the command line cannot be read: /proc is not mounted\n")
        #expect(try appauth.snapshot() == before)
    }

    @Test func `a clean-up on a connection for reading fails rather than writes`() throws {
        let before = try appauth.snapshot()
        let connection = try RedisConnection(to: appauth.redis.endpoint(), mode: .readOnly, timeout: .seconds(20))
        // Not told that it is a dry run: the connection is what stops it.
        let options = CleanupOptions(layout: try Layout(), grace: .zero)
        let report = Cleanup(connection, options: options, observer: SilentObserver()).run()
        #expect(report.outcome == .failed)
        #expect(report.error == .redis(.refusedOnReadOnlyConnection(.scriptLoad)))
        #expect(report.statistics.writeCommandsSent == 0)
        #expect(try appauth.snapshot() == before)
    }
}

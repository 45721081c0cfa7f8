import Foundation
import TestSupport
import Testing

/// Errors of a real server in the middle of a run: what is said, and that nothing half-done passes for done.
@Suite(.waiting) struct ServerErrorTests {
    private let appauth: Store

    init() throws {
        appauth = try Store.withOrphan()
    }

    private func expectFailure(
        _ line: String, _ arguments: String..., url: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try appauth.snapshot()
        let result = try JanitorProcess.run(
            ["--grace", "0", "--no-lock"] + arguments, environment: ["REDIS_URL": url ?? appauth.redis.url])
        IntegrationTests.expectFailure(result, line, sourceLocation: sourceLocation)
        #expect(try appauth.snapshot() == before, sourceLocation: sourceLocation)
    }

    @Test(.needs(.accessLists)) func `a right that is missing for reading is named`() throws {
        try appauth.client.call("ACL", "SETUSER", "limited", "on", ">pw", "~*", "+@all", "-zrange")
        try expectFailure(
            "unix://limited:***@\(appauth.redis.socketPath)?db=0 answered ZRANGE with 'NOPERM …'zrange' command…'; "
                + "give the user the right to it (ACL SETUSER)",
            url: appauth.redis.url(user: "limited", password: "pw"))
    }

    @Test(.needs(.accessLists)) func `a right that is missing for the script is named`() throws {
        try appauth.client.call("ACL", "SETUSER", "limited", "on", ">pw", "~*", "+@all", "-evalsha")
        try expectFailure(
            "unix://limited:***@\(appauth.redis.socketPath)?db=0 answered EVALSHA with 'NOPERM …'evalsha' command…'; "
                + "give the user the right to it (ACL SETUSER)",
            url: appauth.redis.url(user: "limited", password: "pw"))
    }

    @Test(.needs(.accessLists)) func `a right that is missing within the script ends the run`() throws {
        try appauth.client.call("ACL", "SETUSER", "limited", "on", ">pw", "~*", "+@all", "-zrem")
        let before = try appauth.snapshot()
        let result = try appauth.run("--grace", "0", url: appauth.redis.url(user: "limited", password: "pw"))
        #expect(result.status == .exited(1))
        #expect(result.errorLines.count == 1)
        #expect(
            result.error.hasPrefix(
                "session-janitor: unix://limited:***@\(appauth.redis.socketPath)?db=0 answered EVALSHA with '"))
        #expect(result.error.contains("answered EVALSHA with 'NOPERM "))
        #expect(result.error.contains("(ZREM)"))
        // What to do about it is told here as well.
        #expect(result.error.contains("(ACL SETUSER)"))
        #expect(try appauth.snapshot() == before)
    }

    @Test(.needs(.accessLists)) func `keys out of a user's reach are named`() throws {
        try appauth.client.call("ACL", "SETUSER", "limited", "on", ">pw", "~appauth:sess:*", "+@all")
        try expectFailure(
            "unix://limited:***@\(appauth.redis.socketPath)?db=0 answered TYPE with 'NOPERM … access …key…'; "
                + "give the user the right to it (ACL SETUSER)",
            url: appauth.redis.url(user: "limited", password: "pw"))
    }

    @Test func `a replica refuses the removal and keeps everything`() throws {
        // Nobody answers on port 1: a replica it is all the same, with the data it has.
        try appauth.client.call("REPLICAOF", "127.0.0.1", "1")
        let result = try appauth.run("--grace", "0")
        #expect(result.status == .exited(1))
        #expect(result.errorLines.count == 1)
        #expect(
            result.error.hasPrefix(
                "session-janitor: \(appauth.redis.url)?db=0 answered SET with 'READONLY You can't write against a "
                    + "read only replica"))
        #expect(result.error.hasSuffix("'; it is a replica; use the primary\n"))
        #expect(try appauth.listed() == ["living", "orphan"])
    }

    @Test func `a dry run is content with a replica`() throws {
        try appauth.client.call("REPLICAOF", "127.0.0.1", "1")
        let (status, report) = try appauth.clean(["--dry-run"])
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_found") == 1)
    }

    @Test func `a replica without its primary and without answers is told`() throws {
        let redis = try PrivateRedis(["--replicaof", "127.0.0.1", "1", "--replica-serve-stale-data", "no"])
        let result = try JanitorProcess.run([], environment: ["REDIS_URL": redis.url])
        IntegrationTests.expectFailure(
            result,
            // Older ones answer PING, and refuse the lock.
            "\(redis.url)?db=0 answered …'; it is a replica…; use the primary")
    }

    @Test func `a server whose memory is full is cleaned`() throws {
        try appauth.writeOrphans(500, under: "b@example.org")
        try appauth.write(sessions: "outdated", value: Appauth.expired)
        try appauth.client.call("CONFIG", "SET", "maxmemory", "1")
        // It is full indeed.
        let refusal = try appauth.client.ask("SET", "more", "data")
        #expect(refusal.text?.hasPrefix("OOM") == true)
        let (status, report) = try appauth.clean(["--include-expired"])
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 501)
        #expect(report.stat("expired_sessions_removed") == 1)
        #expect(try appauth.listed() == ["living"])
    }

    @Test func `a server that cannot save its data refuses the removal and keeps everything`() throws {
        let redis = appauth.redis
        // A folder stands where the file should go.
        try FileManager.default.createDirectory(
            atPath: redis.folder.file("dump.rdb"), withIntermediateDirectories: false)
        try appauth.client.call("CONFIG", "SET", "save", "3600 1")
        try appauth.client.call("BGSAVE")
        try Deadline.wait(for: "the failure of BGSAVE") {
            try appauth.client.call("INFO", "persistence").text?.contains("rdb_last_bgsave_status:err") == true
        }
        let result = try appauth.run("--grace", "0")
        #expect(result.status == .exited(1))
        #expect(result.errorLines.count == 1)
        #expect(result.error.hasPrefix("session-janitor: \(redis.url)?db=0 answered "))
        #expect(
            result.error.contains(" with 'MISCONF "))
        #expect(
            result.error.hasSuffix(
                "; it cannot save its data and refuses writes; fix that first (disk space, rights)\n"))
        #expect(try appauth.listed() == ["living", "orphan"])
        // Reading is allowed there, and so is a dry run.
        let (status, report) = try appauth.clean(["--dry-run"])
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_found") == 1)
    }

    @Test func `a server that a script keeps busy is told`() throws {
        try appauth.client.call("CONFIG", "SET", "lua-time-limit", "5")
        let blocker = try appauth.redis.client()
        Thread.detachNewThread { _ = try? blocker.ask("EVAL", "while true do end", "0") }
        try Deadline.wait(for: "a busy server") {
            try appauth.client.ask("PING").text?.hasPrefix("BUSY") == true
        }
        let result = try appauth.run()
        IntegrationTests.expectFailure(
            result,
            "\(appauth.redis.url)?db=0 answered PING with 'BUSY …'; "
                + "a script keeps it busy; wait for it, or end it with SCRIPT KILL")
        try appauth.client.call("SCRIPT", "KILL")
    }

    @Test func `a command that is renamed on the server is told`() throws {
        let redis = try PrivateRedis(["--rename-command", "SCAN", "WALK"])
        let result = try JanitorProcess.run([], environment: ["REDIS_URL": redis.url])
        // The arguments that Redis repeats in its answer may hold what is nobody's business.
        IntegrationTests.expectFailure(
            result,
            "\(redis.url)?db=0 answered SCAN with 'ERR unknown command …SCAN…'; the command is disabled or renamed there, "
                + "or the server is too old")
    }

    @Test func `an AUTH that is renamed does not repeat the password`() throws {
        let redis = try PrivateRedis(["--rename-command", "AUTH", "LOGIN"])
        let result = try JanitorProcess.run([], environment: ["REDIS_URL": redis.url(password: "pr1vate")])
        IntegrationTests.expectFailure(
            result,
            "unix://:***@\(redis.socketPath)?db=0 answered AUTH with 'ERR unknown command …'; the command is disabled or "
                + "renamed there, or the server is too old")
        #expect(!result.error.contains("pr1vate"))
    }
}

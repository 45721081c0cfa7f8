import Foundation
import TestSupport
import Testing

/// `sessions` and `revoke`: what a user's sessions are, and their end with everything that names them.
@Suite(.waiting) struct UserCommandTests {
    private let appauth: Store
    private let folder: TemporaryFolder

    init() throws {
        appauth = try Store.withOrphan()
        folder = try TemporaryFolder()
        for (id, time) in [("first-00", 1_700_000_000), ("second-0", 1_750_000_000), ("third-00", 1_760_000_000)] {
            try appauth.write(sessions: Bytes(id), value: Bytes("{\"ts\": \(time), \"ip\": \"10.0.0.1\"}"))
            try appauth.list(Bytes(id), under: "b@example.org")
        }
        try appauth.list("lost-000", under: "b@example.org")
    }

    private struct Reading: Decodable {
        struct Session: Decodable {
            var id: String
            var created: String?
            var listed: Bool
            var show: [String: String]?
        }

        var outcome: String
        var sessions: [Session]
        var orphanedEntries: [String]
        var stats: [String: Int]

        private enum CodingKeys: String, CodingKey {
            case outcome, sessions, stats
            case orphanedEntries = "orphaned_entries"
        }
    }

    private func run(
        _ arguments: String..., server: PrivateRedis? = nil
    ) throws -> (status: ChildProcess.Ending, reading: Reading) {
        let result = try JanitorProcess.run(
            arguments + ["--json"], environment: ["REDIS_URL": (server ?? appauth.redis).url])
        return (result.status, try JSONDecoder().decode(Reading.self, from: Data(result.output.utf8)))
    }

    @Test func `a user's sessions are listed with their dates and fields, and orphaned entries as such`() throws {
        let before = try appauth.snapshot()
        let (status, reading) = try run("sessions", "b@example.org", "--show", "ip,none", "--show-ids")
        #expect(status == .exited(0))
        #expect(Set(reading.sessions.map(\.id)) == ["first-00", "second-0", "third-00"])
        #expect(reading.sessions.first { $0.id == "first-00" }?.created == "2023-11-14T22:13:20Z")
        #expect(reading.sessions.allSatisfy { $0.show == ["ip": "10.0.0.1"] && $0.listed })
        #expect(reading.orphanedEntries == ["lost-000"])
        #expect(try before.difference(to: appauth.snapshot()) == nil)
    }

    @Test func `ids are shortened unless they are asked for`() throws {
        let result = try appauth.run("sessions", "b@example.org")
        #expect(result.output.contains("3 sessions of b@example.org"))
        #expect(result.output.contains("orphaned"))
    }

    @Test func `a user without sessions is no failure`() throws {
        let (status, reading) = try run("sessions", "nobody")
        #expect(status == .exited(0))
        #expect(reading.sessions.isEmpty)
        #expect(try run("revoke", "nobody").status == .exited(0))
    }

    @Test func `orphaned entries are removed on the way if that is asked for`() throws {
        let (status, reading) = try run("sessions", "b@example.org", "--clean")
        #expect(status == .exited(0))
        #expect(reading.stats["orphans_removed"] == 1)
        #expect(try appauth.listed(under: "b@example.org") == ["first-00", "second-0", "third-00"])
        #expect(try appauth.listed() == ["living", "orphan"])
    }

    @Test func `a session of another type than the layout reads stays, and ends no run that looks for the oldest`()
        throws
    {
        let store = try Store(
            "--layout", "custom", "--session-key", "s:{id}", "--index-key", "i:{user}", "--date", "created=hash:made")
        for number in 1...3 {
            try store.write(["HSET", "s:\(number)", "made", "170000000\(number)"], ["SADD", "i:ann", "\(number)"])
        }
        try store.write(["RPUSH", "s:list", "x"], ["SADD", "i:ann", "list"])
        let (_, report) = try store.clean("--max-sessions-per-user", "2")
        #expect(report.outcome == "completed")
        #expect(try store.keys().isSuperset(of: ["s:list", "s:3", "i:ann"]))
    }

    @Test func `a user is signed out everywhere, and nobody else is`() throws {
        let (status, reading) = try run("revoke", "b@example.org")
        #expect(status == .exited(0))
        #expect(reading.stats["sessions_revoked"] == 3)
        #expect(reading.stats["entries_removed"] == 3)
        #expect(try appauth.listed(under: "b@example.org") == ["lost-000"])
        #expect(try appauth.exists(session: "living"))
        #expect(try !appauth.exists(session: "first-00"))
    }

    @Test func `only the user's keys are touched, without a walk over the others`() throws {
        let proxy = try RedisProxy(to: appauth.redis) { _, _ in .forward }
        _ = try appauth.run("sessions", "b@example.org", url: proxy.url)
        _ = try appauth.run("revoke", "b@example.org", url: proxy.url)
        #expect(proxy.count(of: "SCAN") == 0)
        #expect(proxy.count(of: "ZRANGE") == 2)
        #expect(proxy.count(of: "EVALSHA") == 1)
    }

    @Test func `one session is ended by the beginning of its id, and all but one`() throws {
        #expect(try run("revoke", "b@example.org", "--session", "second-0").reading.stats["sessions_revoked"] == 1)
        #expect(try appauth.listed(under: "b@example.org") == ["first-00", "third-00", "lost-000"])
        #expect(try run("revoke", "b@example.org", "--keep", "third-00").reading.stats["sessions_revoked"] == 1)
        #expect(try appauth.listed(under: "b@example.org") == ["third-00", "lost-000"])
        #expect(try appauth.run("revoke", "b@example.org", "--keep", "unknown-").status == .exited(1))
        #expect(try appauth.exists(session: "third-00"))
    }

    @Test func `a beginning that two ids have ends neither`() throws {
        try appauth.write(sessions: "same-id-one", "same-id-two")
        try appauth.list("same-id-one", "same-id-two", under: "b@example.org")
        let result = try appauth.run("revoke", "b@example.org", "--session", "same-id-")
        #expect(result.status == .exited(1))
        #expect(result.error.contains("2 sessions"))
        #expect(try appauth.exists(session: "same-id-one") && appauth.exists(session: "same-id-two"))
    }

    @Test func `all but the newest are ended, by their own dates`() throws {
        #expect(try run("revoke", "b@example.org", "--max-sessions", "1").reading.stats["sessions_revoked"] == 2)
        #expect(try appauth.listed(under: "b@example.org") == ["third-00", "lost-000"])
    }

    @Test func `what was revoked can be put back as it was`() throws {
        try appauth.client.call("PEXPIRE", Appauth.session("first-00"), "100000000")
        let before = try appauth.snapshot()
        let backup = folder.file("backup.jsonl")
        #expect(try run("revoke", "b@example.org", "--backup", backup).status == .exited(0))
        #expect(try appauth.run("restore", backup).status == .exited(0))
        #expect(try before.difference(to: appauth.snapshot(), within: 1_000) == nil)
    }

    @Test func `a session that is renewed at that moment ends for all that`() throws {
        let client = try appauth.redis.client()
        let proxy = try RedisProxy(to: appauth.redis) { command, _ in
            if command[0].text == "EVALSHA" {
                _ = try? client.call("SET", Appauth.session("first-00"), Appauth.living)
            }
            return .forward
        }
        for arguments in [[], ["--backup", folder.file("b.jsonl")]] {
            try appauth.write(sessions: "first-00")
            try appauth.list("first-00", under: "b@example.org")
            let result = try JanitorProcess.run(
                ["revoke", "b@example.org"] + arguments, environment: ["REDIS_URL": proxy.url])
            #expect(result.status == .exited(0))
            #expect(try !appauth.exists(session: "first-00"))
            #expect(try appauth.listed(under: "b@example.org") == ["lost-000"])
        }
    }

    @Test func `a dry run ends nothing`() throws {
        let before = try appauth.snapshot()
        let (status, reading) = try run("revoke", "b@example.org", "--dry-run")
        #expect(status == .exited(0))
        #expect(reading.stats["sessions_chosen"] == 3)
        #expect(reading.stats["write_commands_sent"] == 0)
        #expect(try before.difference(to: appauth.snapshot()) == nil)
    }

    @Test func `somebody at the terminal is asked`() throws {
        for (answer, isLeft) in [("n\n", true), ("y\n", false)] {
            let terminal = try PseudoTerminal()
            let janitor = try JanitorProcess(
                ["revoke", "b@example.org"], environment: ["REDIS_URL": appauth.redis.url], input: terminal.device)
            try terminal.type(answer)
            let result = try janitor.finish()
            #expect(result.status == .exited(0))
            #expect(result.error.contains("Sign out 3 sessions of b@example.org?"))
            #expect(try appauth.exists(session: "first-00") == isLeft)
        }
    }

    @Test(arguments: [
        ["revoke"], ["sessions"], ["revoke", "--session", "12345678"], ["revoke", "u", "--session", "1234567"],
        ["sessions", "u", "--layout", "flask"], ["revoke", "u", "--session", "12345678", "--keep", "12345678"],
    ])
    func `what cannot be meant is a usage error`(arguments: [String]) throws {
        let result = try JanitorProcess.run(arguments, environment: ["REDIS_URL": appauth.redis.url])
        #expect(result.status == .exited(2))
    }

    // MARK: Other layouts

    @Test func `pointers and companions go with their session`() throws {
        let client = appauth.client
        try client.run([
            ["HSET", "user_session:one-1234", "token", "tok1", "user_id", "u"], ["SET", "token:tok1", "one-1234"],
            ["HSET", "user_session:two-1234", "token", "tok2", "user_id", "u"], ["SET", "token:tok2", "two-1234"],
            ["SADD", "user_sessions:u", "one-1234", "two-1234"],
        ])
        let (status, reading) = try run("revoke", "u", "--session", "one-1234", "--layout", "user-sessions")
        #expect(status == .exited(0))
        #expect(reading.stats["dependents_removed"] == 1)
        #expect(try client.call("EXISTS", "user_session:one-1234", "token:tok1") == .integer(0))
        #expect(try client.call("EXISTS", "user_session:two-1234", "token:tok2") == .integer(2))
        #expect(try client.call("SMEMBERS", "user_sessions:u").strings == ["two-1234"])
    }

    @Test func `where nothing leads from a user to the keys a walk finds them`() throws {
        let client = appauth.client
        try client.run([
            ["HSET", "rs:app:tokenone", "id", "u", "la", "1790000000", "ttl", "900000"],
            ["HSET", "rs:app:tokentwo", "id", "v", "la", "1790000000", "ttl", "900000"],
            ["SADD", "rs:app:us:u", "tokenone"], ["SADD", "rs:app:us:v", "tokentwo"],
            ["ZADD", "rs:app:_sessions", "1790000000", "tokenone:u", "1790000000", "tokentwo:v"],
            ["ZADD", "rs:SESSIONS", "1790000000", "app:tokenone:u", "1790000000", "app:tokentwo:v"],
        ])
        #expect(try run("sessions", "u", "--layout", "redis-sessions").reading.sessions.count == 1)
        let (status, reading) = try run("revoke", "u", "--layout", "redis-sessions")
        #expect(status == .exited(0))
        #expect(reading.stats["sessions_revoked"] == 1)
        #expect(reading.stats["entries_removed"] == 3)
        #expect(try client.call("EXISTS", "rs:app:tokenone", "rs:app:us:u") == .integer(0))
        #expect(try client.call("EXISTS", "rs:app:tokentwo", "rs:app:us:v") == .integer(2))
        #expect(try client.call("ZRANGE", "rs:SESSIONS", "0", "-1").strings == ["app:tokentwo:v"])
        #expect(try appauth.listed() == ["living", "orphan"])
    }

    @Test func `a session of a layout without an index is ended by its id`() throws {
        try appauth.client.run([["SET", "session:abcdef123", "x"], ["SET", "session:abcdef999", "x"]])
        #expect(try run("revoke", "--layout", "flask", "--session", "abcdef123").reading.stats["sessions_revoked"] == 1)
        #expect(try run("revoke", "--layout", "flask", "--session", "abcdef99").reading.stats["sessions_revoked"] == 1)
        #expect(try appauth.client.call("EXISTS", "session:abcdef123", "session:abcdef999") == .integer(0))
    }

    // MARK: Too many sessions

    @Test func `a user's oldest sessions beyond a limit go with their entries`() throws {
        let (dry, found) = try appauth.clean(["--dry-run", "--max-sessions-per-user", "1"])
        #expect(dry == .exited(0))
        #expect(found.stat("excess_sessions_found") == 2)
        let backup = folder.file("backup.jsonl")
        let before = try appauth.snapshot()
        let (status, report) = try appauth.clean(["--max-sessions-per-user", "1", "--backup", backup])
        #expect(status == .exited(0))
        #expect(report.stat("excess_sessions_removed") == 2)
        #expect(report.stat("expired_entries_removed") == 2)
        #expect(try appauth.listed(under: "b@example.org") == ["third-00"])
        #expect(try appauth.exists(session: "living"))
        #expect(try appauth.run("restore", backup, "--entries-without-session").status == .exited(0))
        #expect(try before.difference(to: appauth.snapshot(), within: 1_000) == nil)
    }

    @Test func `those that expire do not count towards the limit`() throws {
        try appauth.write(sessions: "first-00", value: Appauth.expired)
        let (_, report) = try appauth.clean([
            "--include-expired", "--max-age-days", "1000", "--max-sessions-per-user", "1",
        ])
        #expect(report.stat("expired_sessions_removed") == 1)
        #expect(report.stat("excess_sessions_removed") == 1)
        #expect(try appauth.listed(under: "b@example.org") == ["third-00"])
    }

    @Test func `where no date tells which are the newest their scores do`() throws {
        for (score, id) in ["a", "b", "c"].enumerated() {
            try appauth.client.run([
                ["SET", Bytes("s:\(id)"), "x"], ["ZADD", "of:u", Bytes(score), Bytes(id)],
            ])
        }
        let layout = ["--layout", "custom", "--session-key", "s:{id}", "--index-key", "of:{user}"]
        let (status, report) = try appauth.clean(layout + ["--max-sessions-per-user", "2"])
        #expect(status == .exited(0))
        #expect(report.stat("excess_sessions_removed") == 1)
        #expect(try appauth.client.call("ZRANGE", "of:u", "0", "-1").strings == ["b", "c"])
    }

    @Test func `a session that is used again meanwhile stays`() throws {
        let client = try appauth.redis.client()
        let proxy = try RedisProxy(to: appauth.redis) { command, _ in
            if command[0].text == "EVALSHA" {
                _ = try? client.call("SET", Appauth.session("first-00"), Appauth.living)
            }
            return .forward
        }
        let (status, _) = try appauth.clean(["--max-sessions-per-user", "1"], url: proxy.url)
        #expect(status == .exited(0))
        #expect(try appauth.listed(under: "b@example.org") == ["first-00", "third-00"])
    }
}

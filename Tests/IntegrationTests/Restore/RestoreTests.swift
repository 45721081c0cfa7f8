import Foundation
import TestSupport
import Testing

/// `--backup` and `restore`: what a run removed can be put back, and nothing else is touched.
@Suite(.waiting) struct RestoreTests {
    private let appauth: Store
    private let folder: TemporaryFolder
    private let file: String

    init() throws {
        appauth = try Store.withOrphan()
        try appauth.write(sessions: "old", value: Appauth.expired)
        try appauth.client.call("PEXPIRE", Appauth.session("old"), "100000000")
        try appauth.list("old", under: "b@example.org")
        folder = try TemporaryFolder()
        file = folder.file("backup.jsonl")
    }

    private func clean(_ arguments: [String] = []) throws -> RunReport {
        let (status, report) = try appauth.clean(["--include-expired", "--backup", file] + arguments)
        #expect(status == .exited(0))
        return report
    }

    private func restore(
        _ arguments: String..., url: String? = nil
    ) throws -> (status: ChildProcess.Ending, reading: RestoreReading) {
        let result = try JanitorProcess.run(
            ["restore", file, "--json"] + arguments, environment: ["REDIS_URL": url ?? appauth.redis.url])
        return (result.status, try RestoreReading(result))
    }

    private func edit(_ change: (inout [String]) -> Void) throws {
        var lines = try Unattended.lines(file)
        change(&lines)
        try lines.map { $0 + "\n" }.joined().write(toFile: file, atomically: false, encoding: .utf8)
    }

    @Test func `what a run removed is back, and a second restore changes nothing`() throws {
        let before = try appauth.snapshot()
        _ = try clean()
        #expect(try !appauth.exists(session: "old"))
        let (status, reading) = try restore("--entries-without-session")
        #expect(status == .exited(0))
        #expect(reading.outcome == "completed")
        #expect(reading.stat("restored") == 3)
        #expect(reading.stat("keys_restored") == 1)
        #expect(reading.stat("entries_restored") == 2)
        let after = try appauth.snapshot()
        #expect(before.difference(to: after, within: 1_000) == nil)
        let (again, second) = try restore("--entries-without-session")
        #expect(again == .exited(0))
        #expect(second.stat("restored") == 0)
        #expect(second.stat("present") == 3)
        #expect(try after.difference(to: appauth.snapshot()) == nil)
    }

    @Test func `an entry goes back only if its session is there, unless it is told otherwise`() throws {
        _ = try clean()
        let (status, reading) = try restore()
        #expect(status == .exited(0))
        #expect(reading.stat("restored") == 2)
        #expect(reading.stat("entries_without_session") == 1)
        #expect(reading.warnings.contains { $0.contains("--entries-without-session") })
        #expect(try appauth.listed() == ["living"])
        #expect(try appauth.listed(under: "b@example.org") == ["old"])
    }

    @Test func `a list of what a backup holds needs no server`() throws {
        _ = try clean()
        let text = try JanitorProcess.run(["restore", file, "--list"])
        #expect(text.status == .exited(0))
        #expect(text.output.hasPrefix("Backup \(file)\nmade 20"))
        for (user, count) in [("a@example.org", 1), ("b@example.org", 2)] {
            #expect(text.output.contains(try Regex("  \(user) +\(count)\n")))
        }
        let json = try Unattended.object(try JanitorProcess.run(["restore", "--list", "--json", file]).output)
        #expect(json["keys"] as? Int == 1)
        #expect(json["entries"] as? Int == 2)
        let users = try #require(json["users"] as? [[String: Any]])
        #expect(users.map { $0["user"] as? String } == ["a@example.org", "b@example.org"])
        #expect(users.map { $0["sessions"] as? Int } == [0, 1])
        let missing = try JanitorProcess.run(["restore", "--list", file + "x"])
        #expect(missing.status == .exited(1))
        #expect(missing.errorLines.count == 1)
    }

    @Test func `one user's share goes back alone, sessions with the entries that name them`() throws {
        try appauth.client.run([["RPUSH", Appauth.index("c@example.org"), "lost", "old", "living"]])
        _ = try clean()
        let (status, reading) = try restore("--user", "b@example.org")
        #expect(status == .exited(0))
        #expect(reading.stat("keys_restored") == 1)
        #expect(reading.stat("entries_restored") == 1)
        #expect(try appauth.exists(session: "old"))
        #expect(try appauth.listed(under: "b@example.org") == ["old"])
        #expect(try appauth.listed() == ["living"])
        #expect(try appauth.client.call("LRANGE", Appauth.index("c@example.org"), "0", "-1").strings == ["living"])
        #expect(try restore("--user", "c@example.org", "--entries-without-session").status == .exited(0))
        #expect(
            try appauth.client.call("LRANGE", Appauth.index("c@example.org"), "0", "-1").strings == [
                "lost", "old", "living",
            ])
        let nobody = try appauth.run("restore", file, "--user", "nobody")
        #expect(nobody.status == .exited(0))
        #expect(nobody.output.contains("The backup holds nothing of this user; restore FILE --list names the users."))
    }

    @Test func `with verbose all that goes back is named, in a dry run as in a real one`() throws {
        _ = try clean()
        for (words, verb) in [(["-n"], "would restore"), ([], "restored")] {
            let result = try JanitorProcess.run(
                ["restore", file, "-v", "--entries-without-session"] + words,
                environment: ["REDIS_URL": appauth.redis.url])
            #expect(
                Set(result.errorLines.map { String($0) }) == [
                    "\(verb) session appauth:sess:o…", "\(verb) 1 entry of appauth:usess:a@example.org: orp…",
                    "\(verb) 1 entry of appauth:usess:b@example.org: o…",
                ])
        }
    }

    @Test func `a list that is removed in several batches goes back in its order`() throws {
        let members = (0..<2_500).map { $0 % 3 == 0 ? "living" : "lost-\($0 % 2_000)" as Bytes }
        try appauth.client.call(["RPUSH", Appauth.index("long")] + members)
        _ = try clean()
        #expect(try Set(appauth.client.call("LRANGE", Appauth.index("long"), "0", "-1").strings) == ["living"])
        #expect(try restore("--entries-without-session").status == .exited(0))
        #expect(try appauth.client.call("LRANGE", Appauth.index("long"), "0", "-1").strings == members)
    }

    @Test func `a dry run writes nothing and says what would go back`() throws {
        _ = try clean()
        let before = try appauth.snapshot()
        let (status, reading) = try restore("--dry-run")
        #expect(status == .exited(0))
        #expect(reading.mode == "dry-run")
        #expect(reading.stat("restorable") == 2)
        #expect(reading.stat("restored") == 0)
        #expect(reading.stat("entries_without_session") == 1)
        #expect(reading.stat("write_commands_sent") == 0)
        #expect(try before.difference(to: appauth.snapshot()) == nil)
    }

    @Test func `what is there now is not overwritten`() throws {
        _ = try clean()
        try appauth.write(sessions: "old", "orphan")
        try appauth.client.call("ZADD", Appauth.index("a@example.org"), "7", "orphan")
        let (status, reading) = try restore()
        #expect(status == .exited(0))
        #expect(reading.stat("present") == 2)
        #expect(reading.stat("restored") == 1)
        #expect(try appauth.client.call("GET", Appauth.session("old")) == .string(Appauth.living))
        #expect(try appauth.client.call("ZSCORE", Appauth.index("a@example.org"), "orphan").text == "7")
    }

    @Test func `a session whose time has come stays away`() throws {
        try appauth.client.call("PEXPIRE", Appauth.session("old"), "3000")
        _ = try clean()
        try Deadline.wait(for: "the end of the session") { try restore("--dry-run").reading.stat("expired") == 1 }
        let (status, reading) = try restore()
        #expect(status == .exited(0))
        #expect(reading.stat("expired") == 1)
        #expect(try !appauth.exists(session: "old"))
    }

    @Test func `a line that is cut off is told of, and the rest goes back`() throws {
        _ = try clean()
        let text = try Unattended.text(file)
        try String(text.dropLast(40)).write(toFile: file, atomically: false, encoding: .utf8)
        let (status, reading) = try restore("--entries-without-session")
        #expect(status == .exited(0))
        #expect(reading.stat("damaged") == 1)
        #expect(reading.stat("restored") == 2)
        #expect(reading.warnings.contains { $0.contains("cut off") })
    }

    @Test func `a damaged line in the middle makes the restore partial`() throws {
        _ = try clean()
        try edit { $0[1] = $0[1].replacing("\"role\"", with: "\"rule\"") }
        let (status, reading) = try restore("--entries-without-session")
        #expect(status == .exited(3))
        #expect(reading.outcome == "partial")
        #expect(reading.stat("damaged") == 1)
        #expect(reading.stat("restored") == 2)
    }

    @Test func `another database or server is refused unless it is meant`() throws {
        _ = try clean()
        let other = try PrivateRedis()
        for url in [other.url, appauth.redis.url(database: 1)] {
            let (status, reading) = try restore(url: url)
            #expect(status == .exited(4))
            #expect(reading.outcome == "refused")
            #expect(reading.error?.message.contains("--into-other-server") == true)
            let (meant, second) = try restore("--into-other-server", url: url)
            #expect(meant == .exited(0))
            #expect(second.stat("restored") == 2)
        }
    }

    @Test func `the same server under another name is the same server`() throws {
        _ = try clean()
        let proxy = try RedisProxy(to: appauth.redis) { _, _ in .forward }
        let (status, reading) = try restore(url: proxy.url)
        #expect(status == .exited(0))
        #expect(reading.stat("restored") == 2)
    }

    @Test func `a backup is for its owner alone and is never overwritten`() throws {
        _ = try clean()
        #expect(try Unattended.mode(file) == 0o600)
        let before = try Unattended.text(file)
        try appauth.list("another orphan")
        let result = try appauth.run("--grace", "0", "--backup", file)
        #expect(result.status == .exited(1))
        #expect(result.error.contains("exists already"))
        #expect(try Unattended.text(file) == before)
        #expect(try appauth.listed() == ["living", "another orphan"])
    }

    @Test func `a run that removes nothing leaves no file`() throws {
        _ = try clean()
        try FileManager.default.removeItem(atPath: file)
        _ = try clean()
        _ = try appauth.run("--dry-run", "--backup", file)
        _ = try appauth.run("--backup", file, "--max-removals", "0", "--allow-no-live-sessions")
        try appauth.client.call("SET", Unattended.lockKey, Unattended.foreignLock)
        _ = try appauth.run("--backup", file)
        _ = try appauth.run("--backup", file, url: "redis://127.0.0.1:1")
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test func `the report names the command that undoes the run`() throws {
        let result = try appauth.run("--grace", "0", "--backup", file)
        #expect(result.status == .exited(0))
        #expect(result.output.contains("session-janitor restore \(file)"))
        #expect(try appauth.run("restore", file, "--entries-without-session").status == .exited(0))
        #expect(try appauth.listed() == ["living", "orphan"])
    }

    @Test(arguments: ["/no/such/folder/backup", "/dev/full"])
    func `a file that cannot be made stops the run before it removes anything`(path: String) throws {
        let before = try appauth.snapshot()
        let result = try appauth.run("--grace", "0", "--include-expired", "--backup", path)
        #expect(result.status == .exited(1))
        #expect(result.error.contains(path))
        #expect(try before.difference(to: appauth.snapshot()) == nil)
    }

    @Test func `a full disk stops the run before the removal that is not covered`() throws {
        try appauth.writeOrphans(20_000)
        let result = try JanitorProcess.run(
            ["--grace", "0", "--backup", file, "--json"], environment: ["REDIS_URL": appauth.redis.url],
            // Blocks of 512 bytes.
            prelude: "ulimit -f 2000")
        #expect(result.status == .exited(1))
        let report = try RunReport(result)
        #expect(report.outcome == "failed")
        #expect(report.error?.message.contains("cannot be written") == true)
        let removed = try #require(report.stat("orphaned_sessions_removed"))
        #expect(removed > 0)
        #expect(try appauth.listed().count == 20_002 - removed)
        let (status, reading) = try restore("--entries-without-session")
        #expect(status == .exited(0))
        #expect(reading.stat("restored") == removed)
        #expect(try appauth.listed().count == 20_002)
    }

    @Test func `what is no backup is refused in words`() throws {
        for content in ["", "{}\n", "hello"] {
            try content.write(toFile: file, atomically: false, encoding: .utf8)
            let result = try appauth.run("restore", file)
            #expect(result.status == .exited(1))
            #expect(result.error.contains("is not a backup"))
        }
        #expect(try appauth.run("restore", folder.file("none")).status == .exited(1))
        #expect(try appauth.run("restore").status == .exited(2))
    }

    @Test func `entries of a list go back to where they stood`() throws {
        let list: Bytes = "appauth:usess:list"
        try appauth.client.call("RPUSH", list, "o1", "living", "o2", "o1", "living", "o3")
        try appauth.client.call("PEXPIRE", list, "100000000")
        let before = try appauth.snapshot()
        _ = try clean()
        #expect(try appauth.client.call("LRANGE", list, "0", "-1").strings == ["living", "living"])
        let (status, _) = try restore("--entries-without-session")
        #expect(status == .exited(0))
        #expect(try before.difference(to: appauth.snapshot(), within: 1_000) == nil)
        let (_, second) = try restore("--entries-without-session")
        #expect(second.stat("restored") == 0)
        #expect(try before.difference(to: appauth.snapshot(), within: 1_000) == nil)
    }

    @Test func `entries of a long list go back to where they stood, batch by batch`() throws {
        let ids = (0..<6_000).map { number -> Bytes in number % 3 == 0 ? "living" : "orphan-\(number)" }
        try appauth.client.call(["RPUSH", "appauth:usess:list"] + ids)
        let before = try appauth.snapshot()
        _ = try clean()
        _ = try restore("--entries-without-session")
        #expect(try before.difference(to: appauth.snapshot(), within: 1_000) == nil)
    }

    @Test func `entries that were never taken out of their list do not move the others`() throws {
        let list: Bytes = "appauth:usess:list"
        try appauth.client.call("RPUSH", list, "o1", "living", "o2", "o3")
        let before = try appauth.snapshot()
        _ = try clean()
        // As if the run had been killed after the first two removals.
        try appauth.client.call("LPUSH", list, "o1")
        _ = try restore("--entries-without-session")
        #expect(try before.difference(to: appauth.snapshot(), within: 1_000) == nil)
    }

    @Test func `an index key that went with its last entry gets its expiry time back`() throws {
        let index = Appauth.index("b@example.org")
        try appauth.client.call("PEXPIRE", index, "100000000")
        let before = try appauth.snapshot()
        _ = try clean()
        _ = try restore("--entries-without-session")
        #expect(try before.difference(to: appauth.snapshot(), within: 1_000) == nil)
    }

    @Test func `what an application keeps beyond its expiry time takes back what was removed`() throws {
        let (index, list, hash): (Bytes, Bytes, Bytes) = (Appauth.index("b@example.org"), "appauth:usess:list", "cur:b")
        let gone: [Bytes] = [Appauth.index("c@example.org"), "appauth:usess:list2", "cur:c"]
        for (zset, list, hash) in [(index, list, hash), (gone[0], gone[1], gone[2])] {
            try appauth.client.call("ZADD", zset, "1", "old")
            try appauth.client.call("RPUSH", list, "old")
            try appauth.client.call("HSET", hash, "sid", "old")
            for key in [zset, list, hash] { try appauth.client.call("PEXPIRE", key, "3000") }
        }
        try appauth.client.call("ZADD", index, "1", "living")
        try appauth.client.call("RPUSH", list, "living")
        try appauth.client.call("HSET", hash, "name", "B")
        _ = try clean(["--pointer-key", "cur:{user}=hash:sid"])
        for key in [index, list, hash] { #expect(try appauth.client.call("PERSIST", key).integer == 1) }
        // Of those that are gone the time has come, and of the others the time that is in the backup.
        try Deadline.wait(for: "the end of the keys") { try restore("--dry-run").reading.stat("expired") == 3 }
        let (status, reading) = try restore()
        #expect(status == .exited(0))
        #expect(reading.stat("expired") == 3)
        #expect(try Set(appauth.listed(under: "b@example.org")) == ["living", "old"])
        #expect(try appauth.client.call("LRANGE", list, "0", "-1").strings == ["old", "living"])
        #expect(try appauth.client.call("HGET", hash, "sid").text == "old")
        for key in [index, list, hash] { #expect(try appauth.client.call("PTTL", key).integer == -1) }
        #expect(try appauth.client.call(["EXISTS"] + gone).integer == 0)
    }

    @Test func `a backup is not restored while a run holds the lock`() throws {
        _ = try clean()
        try appauth.client.call("SET", Unattended.lockKey, Unattended.foreignLock)
        let result = try appauth.run("restore", file)
        #expect(result.status == .exited(5))
        #expect(try appauth.run("restore", file, "--no-lock").status == .exited(0))
    }
}

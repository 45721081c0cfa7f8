import Foundation
import Glibc
import TestSupport
import Testing

/// `layouts --detect` names the layouts that a server's keys have by what they say of each other, and writes nothing.
@Suite(.waiting) struct LayoutDetectionTests {
    private let redis: PrivateRedis
    private let client: TestClient

    init() throws {
        redis = try PrivateRedis()
        client = try redis.client()
    }

    private func detect(_ arguments: String..., url: String? = nil) throws -> JanitorResult {
        try JanitorProcess.run(["layouts", "--detect"] + arguments, environment: ["REDIS_URL": url ?? redis.url])
    }

    /// The names of the layouts that fit, and of those that do not.
    private func names(_ arguments: String..., url: String? = nil) throws -> (matches: [String], others: [String]) {
        let result = try JanitorProcess.run(
            ["layouts", "--detect", "--json"] + arguments, environment: ["REDIS_URL": url ?? redis.url])
        guard result.status == .exited(0) else { throw SupportError("\(result)") }
        let object = try Unattended.object(result.output)
        func list(_ name: String) -> [String] {
            (object[name] as? [[String: Any]] ?? []).compactMap { $0["layout"] as? String }
        }
        return (list("matches"), list("others"))
    }

    private static func uuid(_ number: Int) -> Bytes {
        let digits = String(100_000_000_000 + number)
        return Bytes("9b2f7c1e-0d4a-4c3b-8e5f-\(digits)")
    }

    @Test func `the layouts that fit are named with what speaks for and against them, the best first`() throws {
        try client.run([
            ["SET", "appauth:sess:a", "{\"ts\":1700000000}"], ["ZADD", "appauth:usess:u", "1", "a", "2", "gone"],
            ["HSET", "user_session:a", "x", "y"], ["SADD", "user_sessions:u", "a"], ["SET", "token:t", "a"],
            ["SADD", "user_sessions:v", "a"],
        ])
        let result = try detect()
        #expect(result.status == .exited(0))
        #expect(
            result.output == """
                of 6 keys that were looked at:
                  --layout user-sessions
                      1 user_session:{id}
                      2 user_sessions:{user}
                      1 token:{token}
                      for: entries that name a session: 2 of 2 looked at
                      for: pointers that name a session: 1 of 1 looked at
                      against: sessions with a readable date: 0 of 1 looked at
                  --layout appauth
                      1 appauth:sess:{id}
                      1 appauth:usess:{user}
                      for: entries that name a session: 1 of 2 looked at
                      for: sessions with a readable date: 1 of 1 looked at

                """)
        #expect(try detect("--lang", "zh").output.contains("支持：指向会话的记录：查看的 2 个中有 1 个"))
    }

    @Test func `that none matches is said, with the commonest forms of keys`() throws {
        try client.run(
            [["SADD", "appauth:sess:a", "x"]]
                + (0..<5).map { ["SET", "cart:" + LayoutDetectionTests.uuid($0) + ":items", "x"] })
        let result = try detect()
        #expect(result.status == .exited(0))
        #expect(result.output.hasPrefix("none of the built-in layouts matches the 6 keys"))
        #expect(result.output.contains("against: session keys of type set, not string: 1\n"))
        #expect(result.output.contains("\n      5 cart:{uuid}:items (string)\n"))
        #expect(!result.output.contains("9b2f7c1e"))
    }

    @Test func `an index whose entries name no session recommends nothing`() throws {
        for number in 0..<9 {
            try client.run([["HSET", "session:\(number)", "u", "1"], ["SADD", "user_sessions:a", "x\(number)"]])
        }
        #expect(try names().matches.isEmpty)
        #expect(try Set(names().others).isSuperset(of: ["user-sessions", "lucia", "flask"]))
        let text = try detect().output
        #expect(
            text.contains(
                """
                  not user-sessions
                      1 user_sessions:{user}
                      against: no session key
                      against: entries that name a session: 0 of 9 looked at; a run would remove
                """))
        #expect(text.contains("against: session keys of type hash, not string: 9\n"))
        #expect(text.contains("\n      9 session:{digits} (hash)\n"))
    }

    @Test func `plain session hashes with an index are recognised as options, and kept in a file they clean`() throws {
        for number in 0..<20 {
            let id = LayoutDetectionTests.uuid(number)
            try client.run([
                ["HSET", "session:" + id, "userId", "7", "createdAt", "1700000000000", "expiresAt", "1900000000000"],
                ["SADD", "user_sessions:\(number % 3)", id],
            ])
        }
        try client.run([["SADD", "user_sessions:1", LayoutDetectionTests.uuid(99)]])
        #expect(try names().matches == ["custom"])
        let folder = try TemporaryFolder()
        let file = folder.file("layout")
        let result = try detect("--write", file)
        #expect(result.status == .exited(0))
        #expect(
            result.output.contains(
                "  --layout custom\n    --session-key 'session:{id}'\n    --index-key 'user_sessions:{user}'\n"),
            "\(result)")
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines.first == "# for: entries that name a session: 20 of 21 looked at")
        #expect(
            lines.filter { !$0.hasPrefix("#") } == [
                "--layout custom", "--session-key 'session:{id}'", "--index-key 'user_sessions:{user}'",
                "--date created=hash:createdAt", "--date expiry=hash:expiresAt", "--expire-by expiry",
            ])
        // What is there already is never written over.
        #expect(try detect("--write", file).status == .exited(1))
        let run = try JanitorProcess.run(
            ["--layout-file", file, "--json", "--grace", "0", "--include-expired"],
            environment: ["REDIS_URL": redis.url])
        let report = try RunReport(run)
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(report.stat("valid_sessions_found") == 20)
        #expect(report.stat("undated_sessions_found") == 0)
    }

    @Test(arguments: [
        ("\"", "\"", "quoted:{id}"), ("s:1:\"", "\";", "php:{id}"), ("session:", "", "session:{id}"),
        ("\"session:", "\"", "quoted:session:{id}"),
    ])
    func `the form in which entries name sessions is told`(head: String, tail: String, form: String) throws {
        for number in 0..<9 {
            try client.run([
                ["SET", "session:\(number)", "{\"idle_expires\":1900000000000}"],
                ["SADD", "user_sessions:a", Bytes(head + "\(number)" + tail)],
            ])
        }
        #expect(try names().matches.first == "lucia")
        let output = try detect().output
        #expect(
            output.contains("  --layout lucia\n    --index-key 'user_sessions:{user}'\n    --member '\(form)'\n"),
            "\(output)")
        #expect(output.contains("for: they do so as --member "))
    }

    @Test func `a form that names no session either recommends nothing, and --write writes nothing then`() throws {
        for number in 0..<9 {
            try client.run([["SET", "session:\(number)", "{}"], ["SADD", "user_sessions:a", "(\(number))"]])
        }
        let folder = try TemporaryFolder()
        let result = try detect("--prefix", "x", "--write", folder.file("layout"))
        #expect(result.status == .exited(1))
        #expect(try Unattended.names(folder) == [])
        #expect(try !names().matches.contains("lucia"))
    }

    @Test(arguments: RandomLayout.allCases.filter(\.isNamed))
    func `each layout comes first for what its own store writes`(layout: RandomLayout) throws {
        for seed in 0..<6 {
            var generator = KeyspaceGenerator(seed: UInt64(seed), now: Int(time(nil)), [layout], isOdd: false)
            try client.run(generator.make().commands)
        }
        #expect(try names().matches.first == layout.rawValue)
    }

    @Test func `appauth, and flask without an index, come first for their own data`() throws {
        for number in 0..<10 {
            try client.run([["SET", "session:" + LayoutDetectionTests.uuid(number), Bytes([0x82, 0xa1, 0x61, 0x01])]])
        }
        #expect(try names().matches == ["flask"])
        for number in 0..<30 {
            try client.run([
                ["SET", "appauth:sess:\(number)", "{\"ts\":1700000000,\"exp\":1900000000}"],
                ["ZADD", "appauth:usess:\(number % 4)", "1", "\(number)"], ["SET", "appauth:state:\(number)", "x"],
            ])
        }
        #expect(try names().matches == ["appauth", "flask"])
    }

    @Test func `layouts that share their templates under a prefix are told apart by their values`() throws {
        for number in 0..<8 {
            try client.run([
                ["SET", "p:sess:\(number)", "{\"currentRefresh\":\"r\(number)\"}"], ["SADD", "p:usess:u", "\(number)"],
                ["SET", "p:refresh:r\(number)", "\(number)"],
            ])
        }
        #expect(try names("--prefix", "p").matches.first == "open-tomato")
    }

    @Test(arguments: ["ZADD", "RPUSH", "LPUSH"] as [Bytes])
    func `old entries that are all orphaned do not hide that the newest names a session`(command: Bytes) throws {
        for number in 0..<100 {
            let score: [Bytes] = command == "ZADD" ? [Bytes(number)] : []
            try client.run([[command, "appauth:usess:u"] + score + ["\(number)"]])
        }
        try client.call("SET", "appauth:sess:99", "{}")
        #expect(try names().matches == ["appauth"])
    }

    @Test func `an empty database is said to be empty`() throws {
        let result = try detect()
        #expect(result.status == .exited(0))
        #expect(result.output == "the database is empty: there is no key to look at\n")
        #expect(try names().matches.isEmpty)
    }

    @Test func `a large database is sampled in a bounded number of commands`() throws {
        try client.call(
            "EVAL",
            """
            for i = 1, 40000 do redis.call('SET', 'appauth:sess:' .. i, '{"ts":1}')
            redis.call('ZADD', 'appauth:usess:' .. i % 5000, 1, i) end
            """, "0")
        let proxy = try RedisProxy(to: redis) { _, _ in .forward }
        #expect(try names(url: proxy.url).matches == ["appauth"])
        #expect(proxy.count(of: "SCAN") <= 60)
        #expect(proxy.count(of: "TYPE") < 25_000)
        #expect(proxy.count(of: "ZRANGE") <= 100)
        #expect(proxy.count(of: "MGET") <= 40)
    }

    @Test func `a signal ends the look at once`() throws {
        try client.run((0..<2_000).map { ["SET", "session:\($0)", "x"] })
        let proxy = try RedisProxy(to: redis) { command, _ in
            if command[0].text == "SCAN" { usleep(100_000) }
            return .forward
        }
        let janitor = try JanitorProcess(["layouts", "--detect"], environment: ["REDIS_URL": proxy.url])
        try Deadline.wait(for: "the look") { proxy.count(of: "SCAN") > 0 }
        janitor.send(signal: SIGINT)
        let result = try janitor.finish(within: .seconds(20))
        #expect(result.status == .exited(130))
        #expect(result.output.isEmpty)
    }

    @Test func `keys on all nodes of a cluster are looked at`() throws {
        let cluster = try PrivateCluster()
        let client = ClusterClient(cluster)
        for number in 0..<30 {
            try client.run([
                ["SET", "appauth:sess:\(number)", "{\"ts\":1700000000}"],
                ["ZADD", "appauth:usess:\(number)", "1", "\(number)"],
            ])
        }
        let result = try detect(url: cluster.url())
        #expect(result.output.hasPrefix("of 60 keys that were looked at:\n  --layout appauth\n"))
        #expect(result.output.contains("for: entries that name a session: 30 of 30 looked at"))
    }

    @Test(.enabled(if: ServerProgram.has(.accessLists)))
    func `the rights of a run that only looks are enough, and what is missing is said`() throws {
        for number in 0..<6 {
            try client.run([
                ["SET", "appauth:sess:\(number)", "{\"ts\":1700000000}"], ["SET", "other:\(number)", "x"],
                ["ZADD", "appauth:usess:u", "1", "\(number)"],
            ])
        }
        let keys: Bytes = ServerProgram.has(.readingRights) ? "%R~appauth:*" : "~appauth:*"
        func look(without right: String?) throws -> JanitorResult {
            let rights = (RightsTests.reading + RightsTests.courtesies).filter { $0 != right }
            try client.call(
                ["ACL", "SETUSER", "looker", "reset", "on", ">pw", keys, "-@all"] + rights.map { "+" + Bytes($0) })
            return try detect(url: redis.url(user: "looker", password: "pw"))
        }
        let whole = try look(without: nil)
        #expect(whole.status == .exited(0))
        #expect(whole.output.contains("--layout appauth\n      6 appauth:sess:{id}\n      1 appauth:usess:{user}\n"))
        #expect(whole.output.contains("for: entries that name a session: 6 of 6 looked at"))
        #expect(whole.output.contains("the right to look at 6 keys is missing"))
        for right in ["type", "zrange", "mget"] {
            let part = try look(without: right)
            #expect(part.status == .exited(0))
            #expect(part.output.contains("--layout appauth\n      6 appauth:sess:{id}\n"))
        }
        #expect(try look(without: "scan").status == .exited(1))
    }
}

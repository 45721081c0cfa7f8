import TestSupport
import Testing

/// The rights that the manual asks for: they are enough, and each of them is needed.
@Suite(.waiting, .needs(.accessLists)) struct RightsTests {
    static let reading = [
        "ping", "select", "scan", "type", "exists", "zrange", "zscan", "sscan", "lrange", "mget", "time",
    ]
    static let writing = [
        "set", "get", "pexpire", "script|load", "evalsha", "zscore", "zrem", "srem", "lrem", "unlink",
    ]

    /// What --backup needs besides.
    static let keeping = ["dump", "pttl"]
    /// Without them it works as well: they tell how far it is, the server's version, and after a lost connection that it
    /// is the same server.
    static let courtesies = ["dbsize", "info"]

    /// What a restore needs, and what it needs for show.
    static let restoring = [
        "ping", "select", "time", "exists", "set", "get", "pexpire", "script|load", "evalsha", "restore", "zadd",
        "sadd",
        "pexpireat", "lrange", "lindex", "rpush", "lset", "linsert",
    ]
    static let lookingAtBackup = ["ping", "select", "time", "exists", "zscore", "sismember", "lrange"]

    private static let readableKeys: Bytes = ServerProgram.has(.readingRights) ? "%R~appauth:*" : "~appauth:*"

    private let appauth: Store
    private let client: TestClient

    /// Something for each command, in another database than the first.
    init() throws {
        appauth = try Store()
        client = appauth.client
        try client.call("SELECT", "1")
        try appauth.write(sessions: "living")
        try appauth.write(sessions: "outdated", value: Appauth.expired)
        try appauth.list("living", "orphan", "outdated")
        try appauth.writeOrphans(3_000, under: "large")
        try client.call("SADD", Appauth.index("set"), "living", "orphan")
        try client.call("RPUSH", Appauth.index("list"), "living", "orphan")
    }

    @Test func `the manual asks for just these rights`() throws {
        let page = try Repository.text("Sources/session-janitor/Documentation.docc/Servers.md")
        let users = page.matches(of: /ACL SETUSER (\S+) .*-@all (.*)/).map { user in
            (user.1, Set(user.2.split(separator: " ").map { String($0.dropFirst()) }))
        }
        try #require(users.map(\.0) == ["janitor-look", "janitor"])
        let looking = Set(RightsTests.reading + RightsTests.courtesies)
        #expect(users[0].1 == looking)
        #expect(users[1].1 == looking.union(RightsTests.writing))
    }

    private func run(_ keys: Bytes, _ commands: [String], _ arguments: [String]) throws -> JanitorResult {
        try runAsUser(keys, commands, ["--include-expired", "--grace", "0", "--json"] + arguments)
    }

    private func runAsUser(_ keys: Bytes, _ commands: [String], _ arguments: [String]) throws -> JanitorResult {
        try client.call(
            ["ACL", "SETUSER", "janitor", "reset", "on", ">pw", keys, "-@all"] + commands.map { "+" + Bytes($0) })
        return try JanitorProcess.run(
            arguments, environment: ["REDIS_URL": appauth.redis.url(user: "janitor", password: "pw") + "?db=1"])
    }

    private func dryRun(_ commands: [String]) throws -> JanitorResult {
        try run(RightsTests.readableKeys, commands, ["--dry-run"])
    }

    private func clean(_ commands: [String]) throws -> JanitorResult {
        try run("~appauth:*", commands, [])
    }

    private func expectNamed(_ right: String, _ result: JanitorResult) {
        #expect(result.status == .exited(1))
        #expect(result.errorLines.last?.contains("NOPERM") == true)
        let said = (result.errorLines.last ?? "").lowercased()
        // Redis 6 names no subcommand.
        let names = ServerProgram.isAtLeast(7) ? [right] : [right, String(right.prefix { $0 != "|" })]
        #expect(names.contains { said.contains("'\($0)'") || said.contains("(\($0))") })
        #expect(said.contains("; give the user the right to "))
    }

    @Test func `reading rights are enough for a dry run`() throws {
        let result = try dryRun(RightsTests.reading + RightsTests.courtesies)
        #expect(result.status == .exited(0))
        let report = try RunReport(result)
        #expect(report.stat("orphaned_sessions_found") == 3_003)
        #expect(report.stat("expired_sessions_found") == 1)
    }

    @Test(arguments: reading)
    func `a right that is missing for a dry run is named`(right: String) throws {
        expectNamed(right, try dryRun(RightsTests.reading.filter { $0 != right } + RightsTests.courtesies))
    }

    @Test func `rights to the program's own keys and commands are enough for cleaning`() throws {
        let result = try clean(RightsTests.reading + RightsTests.writing + RightsTests.courtesies)
        #expect(result.status == .exited(0))
        let report = try RunReport(result)
        #expect(report.consistency == "repaired")
        #expect(report.stat("orphaned_sessions_removed") == 3_003)
        #expect(report.stat("expired_sessions_removed") == 1)
        #expect(try appauth.listed() == ["living"])
        // The lock was given back.
        #expect(try client.call("EXISTS", Unattended.lockKey) == .integer(0))
    }

    @Test(arguments: reading + writing)
    func `a right that is missing for cleaning is named`(right: String) throws {
        expectNamed(
            right,
            try clean((RightsTests.reading + RightsTests.writing).filter { $0 != right } + RightsTests.courtesies))
        #expect(try appauth.exists(session: "living"))
        #expect(try appauth.listed().contains("living"))
    }

    @Test func `two rights more are enough for a backup`() throws {
        let file = appauth.redis.folder.file("removed.backup")
        let result = try run(
            "~appauth:*", RightsTests.reading + RightsTests.writing + RightsTests.keeping, ["--backup", file])
        #expect(result.status == .exited(0))
        #expect(try RunReport(result).stat("orphaned_sessions_removed") == 3_003)
        #expect(try Unattended.lines(file).count > 3)
    }

    @Test(arguments: keeping)
    func `a right that is missing for a backup is named`(right: String) throws {
        let commands = RightsTests.reading + RightsTests.writing + RightsTests.keeping.filter { $0 != right }
        let file = appauth.redis.folder.file("removed.backup")
        expectNamed(right, try run("~appauth:*", commands, ["--backup", file]))
        #expect(try appauth.exists(session: "outdated"))
    }

    @Test func `without the rights that are a courtesy it is done all the same`() throws {
        let result = try clean(RightsTests.reading + RightsTests.writing)
        #expect(result.status == .exited(0))
        #expect(result.output.contains("\"version\" : null"))
    }

    // MARK: Restoring

    /// A backup of everything that a restore has a command for; returns its path.
    private func makeBackup() throws -> String {
        try client.run([
            ["PEXPIRE", Appauth.session("outdated"), "9999999"],
            ["SADD", Appauth.index("gone"), "orphan"], ["PEXPIRE", Appauth.index("gone"), "9999999"],
            ["RPUSH", Appauth.index("front"), "orphan", "living"],
        ])
        let file = appauth.redis.folder.file("removed.backup")
        let cleaned = try JanitorProcess.run(
            ["--include-expired", "--grace", "0", "--backup", file],
            environment: ["REDIS_URL": appauth.redis.url(database: 1)])
        #expect(cleaned.status == .exited(0))
        return file
    }

    private func restore(_ keys: Bytes, _ commands: [String], _ arguments: [String] = []) throws -> JanitorResult {
        // Without INFO it cannot know the server by its process; the address is another user's.
        try runAsUser(
            keys, commands,
            ["restore", try makeBackup(), "--json", "--entries-without-session", "--into-other-server"] + arguments)
    }

    @Test func `rights to the commands that write entries are enough for a restore`() throws {
        let result = try restore("~appauth:*", RightsTests.restoring)
        #expect(result.status == .exited(0))
        #expect(try RestoreReading(result).stat("restored") == 3_007)
        #expect(try client.call("LRANGE", Appauth.index("front"), "0", "-1").strings == ["orphan", "living"])
        #expect(try client.call("PTTL", Appauth.index("gone")).integer ?? -1 > 0)
    }

    @Test(arguments: restoring)
    func `a right that is missing for a restore is named, and nothing is half done`(right: String) throws {
        expectNamed(right, try restore("~appauth:*", RightsTests.restoring.filter { $0 != right }))
        // Inserting takes several steps, and a marker that is no element.
        for list in ["front", "list"] as [Bytes] {
            let elements = Set(try client.call("LRANGE", Appauth.index(list), "0", "-1").strings)
            #expect(elements.contains("living") && elements.isSubset(of: ["living", "orphan"]))
        }
    }

    @Test func `reading rights are enough for a dry run of a restore`() throws {
        let result = try restore(RightsTests.readableKeys, RightsTests.lookingAtBackup, ["--dry-run"])
        #expect(result.status == .exited(0))
        #expect(try RestoreReading(result).stat("restorable") == 3_007)
    }

    @Test(arguments: lookingAtBackup)
    func `a right that is missing for a dry run of a restore is named`(right: String) throws {
        let commands = RightsTests.lookingAtBackup.filter { $0 != right }
        expectNamed(right, try restore(RightsTests.readableKeys, commands, ["--dry-run"]))
    }
}

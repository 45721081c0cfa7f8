import TestSupport
import Testing

/// The rights that the README asks for: they are enough, and each of them is needed.
struct RightsTests {
    /// As in the README.
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

    private let appauth: Appauth
    private let client: TestClient

    /// Something for each command, in another database than the first.
    init() throws {
        appauth = try Appauth()
        client = appauth.client
        try client.call("SELECT", "1")
        try appauth.write(sessions: "living")
        try appauth.write(sessions: "outdated", value: Appauth.expired)
        try appauth.list("living", "orphan", "outdated")
        try appauth.writeOrphans(3_000, under: "large")
        try client.call("SADD", Appauth.index("set"), "living", "orphan")
        try client.call("RPUSH", Appauth.index("list"), "living", "orphan")
    }

    private func run(_ keys: Bytes, _ commands: [String], _ arguments: [String]) throws -> JanitorResult {
        try client.call(
            ["ACL", "SETUSER", "janitor", "reset", "on", ">pw", keys, "-@all"] + commands.map { "+" + Bytes($0) })
        return try JanitorProcess.run(
            ["--include-expired", "--grace", "0", "--json"] + arguments,
            environment: ["REDIS_URL": appauth.redis.url(user: "janitor", password: "pw") + "?db=1"])
    }

    private func dryRun(_ commands: [String]) throws -> JanitorResult {
        try run("%R~appauth:*", commands, ["--dry-run"])
    }

    private func clean(_ commands: [String]) throws -> JanitorResult {
        try run("~appauth:*", commands, [])
    }

    private func expectNamed(_ right: String, _ result: JanitorResult) {
        #expect(result.status == .exited(1))
        #expect(result.errorLines.last?.contains("NOPERM") == true)
        let said = (result.errorLines.last ?? "").lowercased()
        #expect(said.contains("'\(right)'") || said.contains("(\(right))"))
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
}

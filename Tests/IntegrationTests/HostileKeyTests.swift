import Foundation
import TestSupport
import Testing

/// Names that mean something to Redis, to a shell or to a key template touch nothing but themselves.
@Suite(.waiting) struct HostileKeyTests {
    private static let names: [Bytes] = [
        "*", "?", "[a-z]*", "[^x]", "\\*", "\\", "**", "{id}", "{user}", "{prefix}", "{{", "}}", "{prefix}:sess:{id}",
        "%s%n%d", "$(reboot)", "`reboot`", "; FLUSHALL", "\r\nFLUSHALL\r\n", "*1\r\n$8\r\nFLUSHALL\r\n", "living", "",
        "appauth:sess:living", ":sess:living", "sess:living", "../living", "living\0", "KEYS", "ARGV[1]",
        "'] redis.call('FLUSHALL') --",
        "0", "-1", "nan", "(inf", "+", "-", "COUNT", "WITHSCORES", "LIMIT", "\u{1b}[2J", Bytes([0xff, 0x00]),
        Bytes([UInt8](repeating: 0x41, count: 1 << 20)), Bytes([UInt8](repeating: 0x0a, count: 1_000)),
    ]

    /// Near the templates, and none of theirs.
    private static let bystanders: [Bytes] = [
        "appauth:sess", "appauth:usess", "appauth:ses:*", "appauth:sessx:orphan", "xappauth:sess:*", "*", "?", "",
        "{prefix}:sess:*",
        "{prefix}:sess:{id}", "{prefix}:usess:{user}", "appauth", "appauth:*", "Appauth:sess:*", "appauth:sess\0:*",
        "orphan",
    ]

    private let appauth: Store

    init() throws {
        appauth = try Store()
    }

    private func populate(_ names: [Bytes] = names) throws {
        let client = appauth.client
        try appauth.write(sessions: "living")
        for name in names {
            // As a user with an orphaned entry and a living one; as the id of an entry; as the id of an expired session.
            try client.run([
                ["ZADD", Appauth.index(name), "1", "orphan"], ["ZADD", Appauth.index(name), "1", "living"],
                ["SADD", Appauth.index("set"), "gone-" + name], ["RPUSH", Appauth.index("list"), "gone-" + name],
                ["ZADD", Appauth.index("zset"), "1", "gone-" + name],
                ["SET", Appauth.session("old-" + name), Appauth.expired],
                ["ZADD", Appauth.index("zset"), "1", "old-" + name],
            ])
        }
        try client.call("ZADD", Appauth.index("zset"), "1", "living")
        for name in HostileKeyTests.bystanders { try client.call("SET", name, Appauth.expired) }
    }

    /// What a clean-up leaves: all but orphaned entries and expired sessions.
    private func expected(_ before: Snapshot) -> Snapshot {
        var after = before
        for (key, stored) in before.keys {
            if let ids = stored.identifiers {
                after[key] = stored.removing(ids.subtracting(["living"]))
            } else if key.raw.starts(with: Appauth.session("old-").raw) {
                after[key] = nil
            }
        }
        return after
    }

    @Test(arguments: [["-v", "--grace", "0"], ["--json", "--grace", "0"]])
    func `names that mean something elsewhere touch only themselves`(words: [String]) throws {
        try populate()
        let before = try appauth.snapshot()
        let result = try JanitorProcess.run(
            words + ["--include-expired"], environment: ["REDIS_URL": appauth.redis.url])
        #expect(result.status == .exited(0))
        #expect(try expected(before).difference(to: appauth.snapshot()) == nil)
        // A name of a megabyte is not told in full, and each line is one of ours.
        #expect(result.output.utf8.count + result.error.utf8.count < 50_000)
        #expect(
            result.errorLines.allSatisfy {
                $0.hasPrefix("removed ") && ($0.contains(" from ") || $0.contains(" session "))
            })
    }

    @Test func `an unattended run stays in its lines`() throws {
        try populate()
        for name in HostileKeyTests.names.suffix(10) {
            try appauth.client.call("HSET", Appauth.index(name + "-hash"), "a", "b")
        }
        let folder = try TemporaryFolder()
        let (log, metrics) = (folder.file("log"), folder.file("metrics.prom"))
        let result = try JanitorProcess.run(
            ["scheduled", "--grace", "0", "--include-expired", "--log-file", log, "--metrics-file", metrics],
            environment: ["REDIS_URL": appauth.redis.url])
        #expect(result.status == .exited(3))
        #expect(result.errorLines.count == 1)
        let lines = try Unattended.lines(log)
        #expect(lines.count == 4)
        for line in lines {
            #expect(line.contains(" session cleanup: "))
            #expect(line.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
            #expect(line.utf8.count < 5_000)
        }
        // Whoever reads the metrics sees no name of anybody's in them.
        let text = try Unattended.text(metrics)
        #expect(!text.contains("hash") && !text.contains("AAAA"))
    }

    @Test func `a backup of such names brings them all back`() throws {
        // A megabyte in a list is read again for each batch, which takes its time.
        try populate(HostileKeyTests.names.filter { $0.count < 1 << 20 })
        let before = try appauth.snapshot()
        let folder = try TemporaryFolder()
        let file = folder.file("backup")
        let result = try appauth.run("--grace", "0", "--include-expired", "--backup", file)
        #expect(result.status == .exited(0))
        #expect(try expected(before).difference(to: appauth.snapshot()) == nil)
        let restored = try appauth.run("restore", file, "--entries-without-session")
        #expect(restored.status == .exited(0), "\(restored)")
        let difference = try before.difference(to: appauth.snapshot())
        #expect(difference == nil, "\(difference ?? "")")
    }
}

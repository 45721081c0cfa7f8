import Foundation
import TestSupport
import Testing

/// A backup whose lines somebody changed, and gave the right checksums.
@Suite(.waiting) struct TamperedBackupTests {
    private let appauth: Store
    private let folder: TemporaryFolder
    private let file: String

    init() throws {
        appauth = try Store.withOrphan()
        folder = try TemporaryFolder()
        file = folder.file("backup.jsonl")
    }

    /// A line with the checksum that it should have.
    private static func sealed(_ line: [UInt8]) -> [UInt8] {
        let body = line.dropLast(20)
        var checksum = ~UInt32(0)
        for byte in body {
            checksum ^= UInt32(byte)
            for _ in 0..<8 { checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xedb8_8320 : checksum >> 1 }
        }
        return body + Array(",\"crc32\":\"\(String(format: "%08x", ~checksum))\"}".utf8)
    }

    /// Changes the lines after the header.
    private func edit(_ change: (_ line: String) -> String) throws {
        let lines = try Unattended.lines(file)
        let edited = lines.dropFirst().map { Self.sealed(Array(change($0).utf8)) }
        try Data((([Array(lines[0].utf8)] + edited).map { $0 + [10] }).joined()).write(to: URL(fileURLWithPath: file))
    }

    private func clean(_ arguments: String...) throws {
        #expect(try appauth.clean(["--backup", file] + arguments).status == .exited(0))
    }

    private func restore() throws -> RestoreReading {
        let result = try appauth.run("restore", file, "--json", "--entries-without-session")
        #expect(result.status == .exited(3), "\(result)")
        return try RestoreReading(result)
    }

    @Test(arguments: ["-1", "-9223372036854775808", "9223372036854775807"])
    func `a position that no list has is refused`(position: String) throws {
        try appauth.client.call("RPUSH", Appauth.index("list"), "o1", "living", "o2")
        try clean()
        let before = try appauth.client.call("LRANGE", Appauth.index("list"), "0", "-1").strings
        try edit { $0.replacing("\"position\":2", with: "\"position\":\(position)") }
        let reading = try restore()
        #expect(reading.stat("damaged") == 1)
        #expect(reading.stat("restored") == 1)
        #expect(reading.warnings.contains { $0.contains("was the file changed?") })
        #expect(try appauth.client.call("LRANGE", Appauth.index("list"), "0", "-1").strings == before)
    }

    @Test(arguments: [
        ("appauth:usess:", "other:usess:"), ("\"score\":\"1700000000.5\"", "\"score\":\"INCR\""),
        ("\"score\":\"1700000000.5\"", "\"score\":\"1e9999\""), ("\"score\":\"1700000000.5\"", "\"score\":\"1e-9999\""),
        ("\"score\":", "\"index_expires_at_ms\":-5,\"score\":"),
    ])
    func `an entry of another key, or with what is no score, is refused`(this: String, that: String) throws {
        try clean()
        let before = try appauth.snapshot()
        try edit { $0.replacing(this, with: that) }
        #expect(try restore().stat("damaged") == 1)
        #expect(try before.difference(to: appauth.snapshot()) == nil)
    }

    @Test func `a session of another type is refused`() throws {
        try appauth.write(sessions: "old", value: Appauth.expired)
        try clean("--include-expired")
        // The first byte of the payload is the type: no string any more, but a hash.
        try edit { $0.replacing("\"payload\":\"A", with: "\"payload\":\"B") }
        #expect(try restore().stat("damaged") == 1)
        #expect(try !appauth.exists(session: "old"))
    }

    @Test(arguments: [("\"payload\":\"A", "\"payload\":\"B"), ("\"payload\":\"A", "\"payload\":\"AAAA\",\"x\":\"A")])
    func `what a TTL could end is refused where it is of another type, or none at all`(this: String, that: String)
        throws
    {
        try appauth.write(sessions: "endless", value: Appauth.living)
        try clean("--set-missing-ttl", "1h")
        let count = try Unattended.lines(file).count { $0.contains("\"kind\":\"ttl\"") }
        #expect(count > 0)
        try edit { $0.contains("\"kind\":\"ttl\"") ? $0.replacing(this, with: that) : $0 }
        #expect(try restore().stat("damaged") == count)
    }

    @Test func `whatever stands in lines with the right checksum, keys of others stay as they are`() throws {
        try appauth.client.call("RPUSH", Appauth.index("list"), "o1", "living", "o2")
        try appauth.write(sessions: "old", value: Appauth.expired)
        try clean("--include-expired")
        var random = SplitMix64(seed: Fuzz.seed)
        let pieces = [
            "\"", "-1", "9223372036854775807", "1e99", "null", "appauth:sess:", "appauth:usess:", "appauth:", "other",
            "\"kind\":\"key\",", "\"role\":\"pointer\",", "\"score\":\"nan\",", "\"kind\":\"ttl\",", "AAAA", "=",
        ].map { Array($0.utf8) }
        let lines = try Unattended.lines(file).map { Array($0.utf8) }
        try appauth.client.call("FLUSHALL")
        try appauth.client.call("SET", "other", "value")
        try appauth.client.call("SET", "a@example.org", "value")
        let before = try appauth.snapshot()
        let edited = (0..<Fuzz.inputs(1_000)).map { number -> [UInt8] in
            let line = lines[1 + number % (lines.count - 1)]
            let body = Fuzz.damaged(Array(line.dropLast(20)), with: pieces, &random)
            return Self.sealed(body + Array(repeating: 0, count: 20))
        }
        try Data((([lines[0]] + edited).map { $0 + [10] }).joined()).write(to: URL(fileURLWithPath: file))
        let reading = try restore()
        #expect(reading.outcome == "partial", "\(Fuzz.hint)")
        let keys = try appauth.client.call("KEYS", "appauth:*").strings
        #expect(
            keys.allSatisfy { $0.text.hasPrefix("appauth:sess:") || $0.text.hasPrefix("appauth:usess:") },
            "\(Fuzz.hint)")
        try appauth.client.call(["DEL", "nothing"] + keys)
        #expect(try before.difference(to: appauth.snapshot()) == nil, "\(Fuzz.hint)")
    }
}

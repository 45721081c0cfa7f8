import Foundation
import Synchronization
import TestSupport
import Testing

/// Large values on a server whose memory is full: what a run reads must not cost anybody's session.
@Suite(.waiting) struct LargeValueTests {
    /// So little is free that not even one of the large values fits in beside them.
    private static let room = 700_000

    private static func information(_ client: TestClient, _ section: Bytes, _ name: String) throws -> Int? {
        let line = try client.call("INFO", section).text?.split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix(name + ":") }
        return line.flatMap { Int($0.dropFirst(name.count + 1)) }
    }

    @Test(arguments: ["volatile-lru", "allkeys-lru"])
    func `a dry run that reads large values makes a full server evict nothing`(policy: Bytes) throws {
        let appauth = try Store()
        let filler = Bytes(String(repeating: "x", count: 1 << 20))
        let large: Bytes = "{\"ts\": 1500000000, \"x\": \"" + filler + "\"}"
        for number in 0..<250 {
            let value = number % 8 == 0 ? large : Appauth.expired
            try appauth.client.call("SET", Appauth.session("session-\(number)"), value, "EX", "9999")
        }
        let used = try #require(try Self.information(appauth.client, "memory", "used_memory"))
        try appauth.client.call("CONFIG", "SET", "maxmemory-policy", policy)
        try appauth.client.call("CONFIG", "SET", "maxmemory", Bytes(used + Self.room))
        // Memory is looked at when a command comes, whoever sends it.
        let client = try appauth.redis.client()
        let isOver = Atomic(false)
        let traffic = Thread { while !isOver.load(ordering: .relaxed) { _ = try? client.call("PING") } }
        traffic.start()
        let (status, report) = try appauth.clean(["--dry-run", "--include-expired"])
        isOver.store(true, ordering: .relaxed)
        #expect(status == .exited(0))
        #expect(report.stat("sessions_checked") == 250)
        #expect(report.stat("expired_sessions_found") == 250)
        #expect(try Self.information(appauth.client, "stats", "evicted_keys") == 0)
    }

    @Test func `keys that only look like pointers or presence keys make a full server evict nothing`() throws {
        let redis = try PrivateRedis()
        let client = try redis.client()
        let large = Bytes(String(repeating: "x", count: 1 << 20))
        for number in 0..<100 {
            try client.call("SET", Bytes("s:u\(number):\(number)"), "x", "EX", "9999")
            try client.call("SET", Bytes("cur:u\(number)"), Bytes("\(number)"), "EX", "9999")
            if number % 5 == 0 { try client.call("SET", Bytes("cur:large\(number)"), large, "EX", "9999") }
            if number % 5 == 1 { try client.call("SET", Bytes("on:large\(number)"), large, "EX", "9999") }
        }
        let used = try #require(try Self.information(client, "memory", "used_memory"))
        try client.call("CONFIG", "SET", "maxmemory-policy", "volatile-lru")
        try client.call("CONFIG", "SET", "maxmemory", Bytes(used + Self.room))
        let other = try redis.client()
        let isOver = Atomic(false)
        let traffic = Thread { while !isOver.load(ordering: .relaxed) { _ = try? other.call("PING") } }
        traffic.start()
        let result = try JanitorProcess.run(
            [
                "--layout", "custom", "--session-key", "s:{user}:{id}", "--pointer-key", "cur:{user}", "--presence-key",
                "on:{user}", "--dry-run", "--json",
            ], environment: ["REDIS_URL": redis.url])
        isOver.store(true, ordering: .relaxed)
        #expect(result.status == .exited(0))
        #expect(try Self.information(client, "stats", "evicted_keys") == 0)
    }

    /// The most memory that a process ever had, in bytes.
    private static func peak(of process: Int32) -> Int? {
        let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 << 10 }
    }

    @Test func `large sessions are written down one by one, and come back`() throws {
        let appauth = try Store()
        let folder = try TemporaryFolder()
        let filler = Bytes((0..<5 << 20).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13 | 0x40) & 0x7a })
        let value: Bytes = "{\"ts\": 1500000000, \"x\": \"" + filler + "\"}"
        for number in 0..<8 { try appauth.client.call("SET", Appauth.session("session-\(number)"), value) }
        let before = try #require(try Self.information(appauth.client, "memory", "used_memory"))
        let process = try JanitorProcess(
            ["--include-expired", "--allow-no-live-sessions", "--grace", "0", "--json", "--backup", folder.file("b")],
            environment: ["REDIS_URL": appauth.redis.url])
        var peak = 0
        while process.ending(within: .milliseconds(2)) == nil {
            peak = max(peak, Self.peak(of: process.processIdentifier) ?? 0)
        }
        let report = try RunReport(try process.finish())
        #expect(report.stat("expired_sessions_removed") == 8)
        #expect(peak > 0 && peak < 100 << 20)
        let most = try #require(try Self.information(appauth.client, "memory", "used_memory_peak"))
        #expect(most - before < 80 << 20)
        let result = try appauth.run("restore", folder.file("b"))
        #expect(result.status == .exited(0))
        #expect(try appauth.client.call("GET", Appauth.session("session-7")) == .string(value))
    }
}

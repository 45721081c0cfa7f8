import TestSupport
import Testing

/// What is removed is what the backup holds, whatever it was in between.
@Suite(.waiting) struct RecordedContentTests {
    /// A thing that is to be removed, and how it is changed before it is recorded and changed back afterwards.
    struct Change: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var options: [String]
        var key: Bytes
        var before: [Bytes]
        var meanwhile: [Bytes]
        var number: String
    }

    static let changes = [
        Change(
            testDescription: "a pointer", options: ["--pointer-key", "cur:{user}"], key: "cur:ann",
            before: ["SET", "cur:ann", "gone"], meanwhile: ["SET", "cur:ann", "other"],
            number: "orphaned_pointers_removed"),
        Change(
            testDescription: "a companion", options: ["--companion-key", "with:{id}"], key: "with:gone",
            before: ["SET", "with:gone", "1"], meanwhile: ["SET", "with:gone", "2"],
            number: "orphaned_companions_removed"),
        Change(
            testDescription: "a session", options: ["--date", "expiry=json:exp", "--include-expired"], key: "s:old",
            before: ["SET", "s:old", "{\"exp\": 1000000000}"], meanwhile: ["SET", "s:old", "{\"exp\": 1000000001}"],
            number: "expired_sessions_removed"),
        Change(
            testDescription: "a hash session", options: ["--date", "expiry=hash:exp:s", "--include-expired"],
            key: "s:old", before: ["HSET", "s:old", "exp", "1000000000", "cart", "1"],
            meanwhile: ["HSET", "s:old", "cart", "2"], number: "expired_sessions_removed"),
    ]

    @Test(arguments: changes)
    func `what was another thing when it was recorded is kept, or comes back as it was`(change: Change) throws {
        let store = try Store(["--layout", "custom", "--session-key", "s:{id}"] + change.options)
        let isHash = change.before[0] == "HSET"
        try store.write(
            change.before,
            isHash ? ["HSET", "s:live", "exp", "7000000000"] : ["SET", "s:live", "{\"exp\": 7000000000}"])
        if change.testDescription == "a pointer" { try store.write(["SET", "cur:zoe", "live"]) }
        let content = try store.client.call("DUMP", change.key).bytes
        let client = store.client
        let proxy = try RedisProxy(to: store.redis) { command, _ in
            if command[0].text == "DUMP" { try client.call(change.meanwhile) }
            if command[0].text == "EVALSHA" { try client.call(change.before) }
            return .forward
        }
        let folder = try TemporaryFolder()
        let result = try JanitorProcess.run(
            ["--json", "--grace", "0", "--no-lock", "--layout", "custom", "--session-key", "s:{id}"] + change.options
                + ["--backup", folder.file("b")], environment: ["REDIS_URL": proxy.url])
        let report = try RunReport(result)
        #expect(report.outcome == "completed", "\(result)")
        #expect(proxy.count(of: "EVALSHA") > 0)
        if report.stat(change.number) != 0 {
            let restored = try JanitorProcess.run(
                ["restore", folder.file("b")], environment: ["REDIS_URL": store.redis.url])
            #expect(restored.status == .exited(0))
        }
        #expect(try store.client.call("DUMP", change.key).bytes == content, "\(report)")
    }
}

import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// An application may write a pointer before its session: the grace time counts from when the pointer was read.
@Suite(.waiting) struct DependentGraceTests {
    /// One way to point at a session, and a login by it.
    struct Form: Sendable, CustomTestStringConvertible {
        var options: [String]
        /// A pointer that leads nowhere, and one to a session that is there.
        var orphan: [Bytes]
        var living: [Bytes]
        /// What a login writes first.
        var pointer: [Bytes]

        var testDescription: String { options.joined(separator: " ") }

        static let all = [
            Form(
                options: ["--pointer-key", "cur:{user}"], orphan: ["SET", "cur:bob", "gone"],
                living: ["SET", "cur:ann", "a"], pointer: ["SET", "cur:eve", "login"]),
            Form(
                options: ["--pointer-key", "cur:{user}=hash:web"], orphan: ["HSET", "cur:bob", "web", "gone"],
                living: ["HSET", "cur:ann", "web", "a"], pointer: ["HSET", "cur:eve", "web", "login"]),
            Form(
                options: ["--pointer-key", "cur:{token}", "--back-check", "hash:token"],
                orphan: ["SET", "cur:bob", "a"], living: ["SET", "cur:ann", "a"],
                pointer: ["SET", "cur:eve", "login"]),
        ]
    }

    @Test(arguments: Form.all)
    func `a survey longer than the grace time takes nothing off that of a pointer`(form: Form) throws {
        let layout = ["--layout", "custom", "--session-key", "s:{id}"] + form.options
        let store = try Store(layout)
        try store.write(
            ["HSET", "s:a", "token", "ann"], form.living, form.orphan,
            // Known to the census by its last login.
            form.pointer.dropLast() + ["before"])
        let client = store.client
        let proxy = try RedisProxy(to: store.redis) { command, count in
            guard ["MGET", "HMGET"].contains(command[0].text), count == 1 else { return .forward }
            let end = Deadline(in: .milliseconds(1_050))
            try Deadline.wait(for: "a slow survey") { end.hasPassed }
            try client.call(form.pointer)
            return .forward
        }
        let janitor = try JanitorProcess(
            ["--json", "--grace", "1s"] + layout, environment: ["REDIS_URL": proxy.url])
        // The second look comes at once then and sees no session; the removal has to wait and see.
        try Deadline.wait(for: "the second look") {
            try client.call("INFO", "commandstats").text?.contains("cmdstat_exists:") == true
        }
        let pause = Deadline(in: .milliseconds(300))
        try Deadline.wait(for: "a slow login") { pause.hasPassed }
        try store.write(["HSET", "s:login", "token", "eve"])
        let report = try RunReport(try janitor.finish())
        #expect(report.stat("orphaned_pointers_found") == 1)
        #expect(report.stat("orphaned_pointers_removed") == 1)
        #expect(try store.keys() == ["s:a", "s:login", "cur:ann", "cur:eve"])
    }

    @Test(arguments: [.pointer, .companion, .presence] as [Removal.Kind])
    func `no kind of key goes before its grace time is over`(kind: Removal.Kind) throws {
        let redis = try PrivateRedis()
        let layout = try Layout()
        let log = RemovalLog()
        ("x" as Bytes).raw.withUnsafeBytes {
            log.append(Removal(kind: kind, reason: .orphaned, template: 0, stem: $0))
        }
        let plan = CleanupPlan(log, sessions: ExpiredSessions(ByteLog(), layout))
        var checkpoints = 0
        let remover = Remover(
            try RedisConnection(to: redis.endpoint(), mode: .readWrite, timeout: .seconds(20)), plan, layout: layout,
            pacer: Pacer(chunkTime: .milliseconds(1), niceRatio: 0), observer: SilentObserver()
        ) {
            checkpoints += 1
            if checkpoints == 3 { throw RunStop.timeIsUp }
        }
        #expect(throws: RunStop.timeIsUp) { try remover.run(grace: .seconds(3_600)) }
    }
}

import Glibc
import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// A server that hangs comes to our scripts after we have given up on them: they do nothing then.
struct LateScriptTests {
    /// A removal on its own: the script, what it is told, and the key that it would change.
    struct Removal: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var script: ServerScript
        var keys: [String]
        var values: [String] = []
        var setUp: [[Bytes]]
        /// Whether ARGV goes on with what DUMP gives of the key, and its TTL.
        var tellsContent = false
    }

    static let removals = [
        Removal(
            testDescription: "entries", script: RemovalScript.removeEntries, keys: ["k", "s"],
            values: ["1", "z", "1", "m", "1"], setUp: [["ZADD", "k", "1", "m"]]),
        Removal(
            testDescription: "sessions", script: RemovalScript.removeSessions, keys: ["k"], values: ["v"],
            setUp: [["SET", "k", "v"]]),
        Removal(
            testDescription: "hashes", script: DependentScript.removeSessions, keys: ["k"], values: ["1", "f", "1v"],
            setUp: [["HSET", "k", "f", "v"]]),
        Removal(
            testDescription: "scored sessions", script: ScoredSessionScript.removeSessions, keys: ["k", "z"],
            values: ["1", "0", "m", "11"], setUp: [["SET", "k", "v"], ["ZADD", "z", "1", "m"]]),
        Removal(
            testDescription: "dependents", script: DependentScript.remove, keys: ["k", "s"],
            values: ["0", "p", "1", "v", "", "", ""], setUp: [["SET", "k", "v"]]),
        Removal(
            testDescription: "TTLs", script: DependentScript.setTTL, keys: ["k"],
            values: ["\(time(nil) * 1_000 + 90_000_000)", "90000000"],
            setUp: [["SET", "k", "v"]]),
        Removal(
            testDescription: "a cluster's entries", script: ClusterRemovalScript.takeOut, keys: ["k"],
            values: ["z", "m", "1"], setUp: [["ZADD", "k", "1", "m"]]),
        Removal(
            testDescription: "a cluster's keys", script: ClusterRemovalScript.takeKey, keys: ["k"],
            setUp: [["SET", "k", "v"]], tellsContent: true),
        Removal(
            testDescription: "a cluster's fields", script: ClusterRemovalScript.takeField, keys: ["k"],
            values: ["f", "-1", "v"], setUp: [["HSET", "k", "f", "v"]]),
    ]

    @Test(arguments: removals)
    func `a script that is carried out after we have given up changes nothing`(removal: Removal) throws {
        let redis = try PrivateRedis()
        let client = try redis.client()
        let connection = try RedisConnection(
            to: redis.endpoint(), mode: .readWrite, timeout: .milliseconds(200), retries: RetryPolicy(pauses: []))
        for command in removal.setUp { try client.call(command) }
        func state() throws -> [RedisValue] {
            [try client.call("DUMP", "k"), .integer((try client.call("PTTL", "k").integer ?? 0).signum())]
        }
        let before = try state()
        let keys = CommandArguments(removal.keys.map { Array($0.utf8) })
        let content = removal.tellsContent ? [before[0].bytes?.raw ?? [], Array("-1".utf8)] : []
        let values = CommandArguments(removal.values.map { Array($0.utf8) } + content)
        var script = removal.script
        // In time it does what it is for; and the server's clock is known from then on.
        try script.run(connection, keys: keys, values: values, into: Reply())
        #expect(try state() != before)
        try client.call("FLUSHALL")
        for command in removal.setUp { try client.call(command) }
        redis.freeze()
        #expect(throws: RedisError.timedOut(command: .evalsha, seconds: 0.2)) {
            try script.run(connection, keys: keys, values: values, into: Reply())
        }
        redis.thaw()
        try Deadline.wait(for: "the script") { try ClusterAppauth.calls(of: "evalsha", on: redis) == 2 }
        #expect(try state() == before)
    }

    @Test func `a script that comes too late as the server's clock was set is sent again`() throws {
        let redis = try PrivateRedis(clockOffset: .zero)
        let client = try redis.client()
        let connection = try RedisConnection(to: redis.endpoint(), mode: .readWrite, timeout: .seconds(5))
        let script = BatchScript(connection, RemovalScript.removeSessions)
        func remove() -> BatchScript.Answer {
            var items = ScriptItems()
            items.keys.append("k".utf8)
            items.values.append("v".utf8)
            items.endItem()
            return script.run(items)
        }
        #expect(remove().verdicts == [0])
        try client.call("SET", "k", "v")
        try redis.setClock(ahead: .seconds(7_200))
        let answer = remove()
        #expect(answer.failure == nil)
        #expect(answer.verdicts == [1])
    }
}

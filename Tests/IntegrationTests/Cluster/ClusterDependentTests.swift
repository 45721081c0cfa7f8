import TestSupport
import Testing

/// Keys that depend on sessions of other nodes: what comes back to life while they go.
@Suite(.waiting) struct ClusterDependentTests {
    private let session: Bytes = "user_session:a"

    private func store(_ commands: [Bytes]...) throws -> ClusterStore {
        let store = try ClusterStore("--layout", "user-sessions")
        try store.client.run(commands)
        return store
    }

    @Test func `a pointer whose session appears during its removal goes back with its TTL`() throws {
        let store = try store()
        let pointer = try store.key(notWith: session) { "token:\($0)" }
        try store.write(["SET", pointer, "a", "PX", "100000"], ["SET", "token:orphan", "gone"])
        let report = try store.whileRemoving(pointer) {
            try store.write(["HSET", session, "user_id", "u"])
        }
        #expect(report.outcome == "completed")
        #expect(try store.client.call("GET", pointer).text == "a")
        #expect((1...100_000).contains(try store.client.call("PTTL", pointer).integer ?? 0))
        #expect(report.stat("orphaned_pointers_found") == 1)
        #expect(report.stat("orphaned_pointers_removed") == 1)
        #expect(try store.keys() == [session, pointer])
    }

    @Test func `a pointer that its session names by now goes back, and one that it does not name stays removed`() throws
    {
        let store = try store()
        let pointer = try store.key(notWith: session) { "token:\($0)" }
        try store.write(["HSET", session, "token", "other"], ["SET", pointer, "a"])
        let report = try store.whileRemoving(pointer) {
            try store.write(["HSET", session, "token", Bytes(pointer.raw.dropFirst("token:".utf8.count))])
        }
        #expect(report.stat("orphaned_pointers_removed") == 0)
        #expect(try store.keys() == [session, pointer])
        try store.write(["HSET", session, "token", "other"])
        #expect(try store.clean().report.stat("orphaned_pointers_removed") == 1)
        #expect(try store.keys() == [session])
    }

    @Test(arguments: [["SET", "", "v"], ["HSET", "", "f", "v"], ["RPUSH", "", "a", "b"]] as [[Bytes]])
    func `a companion of any type goes back as it was`(command: [Bytes]) throws {
        let store = try ClusterStore("--session-key", "s:{id}", "--companion-key", "c:{id}")
        let areApart = try store.apart()
        let name = try #require((0..<100).map { Bytes($0) }.first { areApart("c:" + $0, "s:" + $0) })
        let key = "c:" + name
        try store.write([command[0], key] + command[2...])
        let before = try store.snapshot()[key]
        let report = try store.whileRemoving(key) {
            try store.write(["SET", "s:" + name, "x"])
        }
        #expect(report.stat("orphaned_companions_removed") == 0)
        #expect(report.stat("orphaned_companions_found") == 0)
        #expect(try store.snapshot()[key] == before)
    }

    @Test func `nothing is taken out that could not be put back`() throws {
        let store = try store()
        let pointer = try store.key(notWith: session) { "token:\($0)" }
        try store.write(["SET", pointer, "a"])
        for node in store.cluster.primaries {
            try node.client().call("ACL", "SETUSER", "weak", "on", ">pw", "~*", "+@all", "-restore")
        }
        let url = store.cluster.url().split(separator: "//")[1]
        let result = try JanitorProcess.run(
            store.words([]), environment: ["REDIS_URL": "redis://weak:pw@\(url)"])
        #expect(result.status == .exited(1))
        #expect(result.error.contains("RESTORE"), "\(result.error)")
        #expect(try store.keys() == [pointer])
        #expect(try RunReport(result).stat("orphaned_pointers_removed") == 0)
    }

    @Test func `presence keys stay where a session may have been missed, and go when none can be`() throws {
        let store = try ClusterStore("--layout", "websocket")
        try store.write(
            ["SET", "3de3-9980b633-000d", "ann"], ["SET", "ann", ""], ["SET", "eve", ""], ["SET", "bob", ""])
        // A slot that is on its way, and gets no further.
        let (source, target) = (store.cluster.primaries[0], store.cluster.primaries[1])
        try target.client().call("CLUSTER", "SETSLOT", "7", "IMPORTING", try store.cluster.identifier(of: source))
        try source.client().call("CLUSTER", "SETSLOT", "7", "MIGRATING", try store.cluster.identifier(of: target))
        let (status, report) = try store.clean()
        #expect(status == .exited(3))
        #expect(report.warnings.count == 1)
        #expect(report.stat("orphaned_presence_keys_found") == 2)
        #expect(report.stat("orphaned_presence_keys_removed") == 0)
        for node in [source, target] { try node.client().call("CLUSTER", "SETSLOT", "7", "STABLE") }
        let (second, complete) = try store.clean()
        #expect(second == .exited(0))
        #expect(complete.stat("orphaned_presence_keys_removed") == 2)
        #expect(try store.keys() == ["3de3-9980b633-000d", "ann"])
    }

    @Test func `missing TTLs are set on every node, and a restore takes them back`() throws {
        let store = try ClusterStore("--layout", "websocket")
        for number in 100..<130 {
            try store.write(["SET", "3de3-9980b633-0\(number)", "u\(number)"], ["SET", "u\(number)", ""])
        }
        let before = try store.snapshot()
        let folder = try TemporaryFolder()
        let (status, report) = try store.clean("--set-missing-ttl", "layout", "--backup", folder.file("backup"))
        #expect(status == .exited(0))
        #expect(report.stat("sessions_without_ttl_found") == 30)
        #expect(report.stat("presence_keys_without_ttl_found") == 30)
        #expect(report.stat("ttls_set") == 60)
        #expect(try store.snapshot().keys.values.allSatisfy { $0.expiresAt != nil })
        #expect(try store.restore(folder.file("backup")).stat("ttls_cleared") == 60)
        #expect(try before == store.snapshot())
    }

    @Test func `sessions that nobody has used go from every node, and those that were used stay`() throws {
        let store = try ClusterStore("--session-key", "s:{id}", "--index-key", "i:{user}")
        for number in 0..<30 {
            let key: Bytes = "s:\(number)"
            try store.write(["SET", key, "x"], ["SADD", "i:\(number % 4)", Bytes(number)])
            guard number % 3 == 0 else { continue }
            let value = try #require(try store.client.call("DUMP", key).bytes)
            try store.write(["RESTORE", key, "0", value, "REPLACE", "IDLETIME", "7200"])
        }
        let (_, dry) = try store.clean("--max-idle", "1h", "--dry-run")
        #expect(dry.stat("idle_sessions_found") == 10)
        let (status, report) = try store.clean("--max-idle", "1h")
        #expect(status == .exited(0))
        #expect(report.stat("idle_sessions_removed") == 10)
        #expect(report.stat("expired_entries_removed") == 10)
        #expect(try store.keys().count == 24)
    }
}

import TestSupport
import Testing

/// Fields of hashes that point to sessions of other nodes: what comes back to life while they go.
@Suite(.waiting) struct ClusterFieldTests {
    private static let layout = [
        "--layout", "custom", "--session-key", "s:{id}", "--pointer-key", "u:{user}=hash:web", "--pointer-key",
        "u:{name}=hash:app", "--pointer-key", "d:{token}=hash:session", "--back-check", "hash:device",
    ]
    private let session: Bytes = "s:a"
    private let store: ClusterStore
    /// A hash on another node than the session.
    private let user: Bytes

    init() throws {
        store = try ClusterStore(Self.layout)
        user = try store.key(notWith: session) { "u:\($0)" }
    }

    private func fields(_ key: Bytes) throws -> [String: String] {
        let all = try store.client.call("HGETALL", key).strings.map(\.text)
        return Dictionary(uniqueKeysWithValues: stride(from: 0, to: all.count, by: 2).map { (all[$0], all[$0 + 1]) })
    }

    @Test func `a hash that is gone with its last fields comes back with them and with its TTL`() throws {
        try store.write(["HSET", user, "web", "a", "app", "a"], ["PEXPIRE", user, "100000"])
        let report = try store.whileRemoving(user) {
            try store.write(["SET", session, "x"])
        }
        #expect(report.outcome == "completed")
        #expect(report.stat("orphaned_pointers_found") == 0)
        #expect(report.stat("orphaned_pointers_removed") == 0)
        #expect(try fields(user) == ["web": "a", "app": "a"])
        #expect((1...100_000).contains(try store.client.call("PTTL", user).integer ?? 0))
    }

    @Test func `of two fields the one comes back whose session does, and the rest of the hash is not touched`() throws {
        try store.write(["HSET", user, "web", "a", "app", "gone", "name", "Ann"])
        let report = try store.whileRemoving(user) {
            try store.write(["SET", session, "x"])
        }
        #expect(report.stat("orphaned_pointers_removed") == 1)
        #expect(try fields(user) == ["web": "a", "name": "Ann"])
        #expect(try store.client.call("PTTL", user).integer == -1)
    }

    @Test func `a field whose token its session names by now comes back`() throws {
        let device = try store.key(notWith: session) { "d:\($0)" }
        try store.write(["HSET", session, "device", "other"], ["HSET", device, "session", "a", "kind", "phone"])
        let report = try store.whileRemoving(device) {
            try store.write(["HSET", session, "device", Bytes(device.raw.dropFirst(2))])
        }
        #expect(report.stat("orphaned_pointers_removed") == 0)
        #expect(try fields(device) == ["session": "a", "kind": "phone"])
        try store.write(["HSET", session, "device", "other"])
        #expect(try store.clean().report.stat("orphaned_pointers_removed") == 1)
        #expect(try fields(device) == ["kind": "phone"])
    }

    @Test(arguments: ["hsetnx", "pexpire"])
    func `no field is taken out that could not be put back`(right: String) throws {
        try store.write(["HSET", user, "web", "a"], ["PEXPIRE", user, "100000"])
        for node in store.cluster.primaries {
            try node.client().call("ACL", "SETUSER", "weak", "on", ">pw", "~*", "+@all", Bytes("-" + right))
        }
        let url = store.cluster.url().split(separator: "//")[1]
        let result = try JanitorProcess.run(
            store.words([]), environment: ["REDIS_URL": "redis://weak:pw@\(url)"])
        #expect(result.status == .exited(1))
        #expect(result.error.contains(right.uppercased()), "\(result.error)")
        #expect(try fields(user) == ["web": "a"])
        #expect(try RunReport(result).stat("orphaned_pointers_removed") == 0)
    }
}

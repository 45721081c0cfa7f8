import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// A node of a cluster whose memory is full: what was taken out of it comes back all the same.
@Suite(.waiting) struct ClusterFullNodeTests {
    private static let pointers = ["--layout", "custom", "--session-key", "s:{id}", "--pointer-key"]

    /// Lets a session appear, and its node's neighbour become full, between the look at the session and the removal.
    private func losesNothing(
        _ layout: [String], key: Bytes, _ command: (_ id: Bytes) -> [Bytes], session: (Int) -> Bytes
    ) throws {
        let store = try ClusterStore(layout)
        let sessionKey = try store.key(notWith: key, form: session)
        try store.write(command(Bytes(sessionKey.text.split(separator: ":").last.map(String.init) ?? "")))
        let before = try store.client.call("DUMP", key).bytes
        let node = try store.owner(of: key).client()
        let report = try store.whileRemoving(key) {
            try store.write(["SET", sessionKey, "{}"])
            try node.call("CONFIG", "SET", "maxmemory", "1")
        }
        #expect(report.outcome == "completed", "\(report)")
        #expect(try store.client.call("DUMP", key).bytes == before)
    }

    @Test(.needs(.clusterPort), arguments: ["ZADD", "SADD", "RPUSH"] as [Bytes])
    func `an entry comes back into a full node`(command: Bytes) throws {
        try losesNothing(
            [], key: "appauth:usess:ann",
            { [command, "appauth:usess:ann"] + (command == "ZADD" ? ["1"] : []) + [$0] },
            session: { "appauth:sess:\($0)" })
    }

    @Test(.needs(.clusterPort)) func `a pointer comes back into a full node`() throws {
        try losesNothing(
            Self.pointers + ["cur:{user}"], key: "cur:ann", { ["SET", "cur:ann", $0] }, session: { "s:\($0)" })
    }

    @Test(.needs(.clusterPort)) func `a field comes back into a full node`() throws {
        try losesNothing(
            Self.pointers + ["cur:{user}=hash:sid"], key: "cur:ann", { ["HSET", "cur:ann", "sid", $0] },
            session: { "s:\($0)" })
    }

    /// The same for the scripts alone, which every version of Redis understands.
    @Test(arguments: [["ZADD", "k", "1", "m"], ["SADD", "k", "m"], ["RPUSH", "k", "m"]] as [[Bytes]])
    func `entries go from a full server and come back into it`(command: [Bytes]) throws {
        let redis = try PrivateRedis()
        let client = try redis.client()
        let connection = try RedisConnection(to: redis.endpoint(), mode: .readWrite, timeout: .seconds(20))
        try client.call(command)
        let before = try client.call("DUMP", "k").bytes
        try client.call("CONFIG", "SET", "maxmemory", "1")
        let type: IndexType = ["ZADD": .sortedSet, "SADD": .set][command[0].text] ?? .list
        var item = TriedRemoval.item(
            .entry, "k", .member(type), session: "s", member: "m", score: type == .sortedSet ? 1 : nil)
        item.lifetime = -1
        item.readAt = .now
        let answer = TriedRemoval(connection).run(item, .takingOut)
        #expect(answer.verdicts == [.removed])
        #expect(answer.emptied == [0])
        #expect(try client.call("EXISTS", "k").integer == 0)
        var putBack = PutBackScript()
        try putBack.run([item], on: connection)
        #expect(try client.call("DUMP", "k").bytes == before)
    }
}

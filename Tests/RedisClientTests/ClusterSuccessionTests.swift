import TestSupport
import Testing

@testable import RedisClient

/// A node that is lost, and the one that takes over.
@Suite(.waiting) struct ClusterSuccessionTests {
    private let cluster: PrivateCluster
    private let connection: ClusterConnection
    private let key: [UInt8] = Array("key".utf8)
    private let place: Int

    init() throws {
        cluster = try PrivateCluster(withReplicas: true)
        let owner = try cluster.owner(ofSlot: HashSlot.of(key))
        place = try #require(cluster.primaries.firstIndex { $0 === owner })
        let client = try owner.client()
        for number in 0..<100 { try client.call("SET", "{key}\(number)", "value") }
        try client.call("SET", "key", "value")
        try client.call("WAIT", "1", "5000")
        let start = try Endpoint(url: cluster.url((place + 1) % 3))
        connection = try ClusterConnection.open(to: start, mode: .readOnly, timeout: .seconds(20))
    }

    private var primary: PrivateRedis { cluster.primaries[place] }

    private func newPrimary() throws -> ClusterTopology.Shard? { connection.topology.shard(ofSlot: HashSlot.of(key)) }

    private func read() throws {
        #expect(try connection.call(.mget, CommandArguments([key])).text(1) == "value")
    }

    private func awaitSuccessor() throws {
        try Deadline.wait(for: "the replica to take over", within: .seconds(30)) {
            try connection.refreshTopology().shard(ofSlot: HashSlot.of(key))?.primary.address.port
                == cluster.replicas[place].port
        }
    }

    @Test func `what a lost node did not answer is asked of its successor, though its slots are known there already`()
        throws
    {
        try read()
        primary.freeze()
        try connection.append(.mget, CommandArguments([key]))
        try connection.flush()
        primary.stop()
        try awaitSuccessor()
        let reply = Reply()
        try connection.receive(into: reply)
        #expect(reply.text(1) == "value")
        try read()
    }

    @Test func `a walk does not go on at the node that took over`() throws {
        let walk = connection.sibling(at: try #require(try newPrimary()))
        func scan(_ cursor: String) throws -> String {
            try walk.call(.scan, CommandArguments([Array(cursor.utf8), Array("COUNT".utf8), Array("10".utf8)])).text(1)
        }
        let cursor = try scan("0")
        #expect(cursor != "0")
        primary.stop()
        #expect(try walk.call(.mget, CommandArguments([key])).text(1) == "value")
        #expect {
            try scan(cursor)
        } throws: {
            ($0 as? RedisError)?.isLostServer == true
        }
        #expect(try scan("0") != "0")
    }

    @Test func `a home that is lost is not taken for there because another node answers`() throws {
        let replica = try cluster.replicas[place].client()
        try replica.call("CONFIG", "SET", "cluster-replica-no-failover", "yes")
        let impatient = try ClusterConnection.open(
            to: connection.endpoint, mode: .readOnly, timeout: .seconds(20),
            retries: RetryPolicy(pauses: [.milliseconds(100)]))
        let shard = try #require(try newPrimary())
        primary.stop()
        let walk = impatient.sibling(at: shard)
        #expect(try walk.call(.ping).text(0) == "PONG")
        #expect {
            try walk.openHome()
        } throws: {
            ($0 as? RedisError)?.isLostServer == true
        }
        try replica.call("CLUSTER", "FAILOVER", "TAKEOVER")
        try awaitSuccessor()
        try connection.sibling(at: try #require(try newPrimary())).openHome()
    }
}

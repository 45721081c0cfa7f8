import TestSupport
import Testing

@testable import RedisClient

@Suite(.waiting) struct ClusterTopologyTests {
    private func reply(_ text: String) throws -> Reply {
        let reader = ReplyReader()
        let reply = Reply()
        let bytes = Array(text.replacing(" ", with: "\r\n").utf8)
        try #require(bytes.withUnsafeBytes { reader.feed($0) })
        try #require(reader.next(into: reply) == true)
        return reply
    }

    private let answeredBy = NodeAddress(host: "start", port: 1)

    @Test func `both ways of asking give the same topology`() throws {
        let cluster = try PrivateCluster(withReplicas: true)
        let connection = try RedisConnection(
            to: try Endpoint(url: cluster.url()), mode: .readOnly, timeout: .seconds(20))
        let shards = try ClusterTopologyReader(try connection.call(.clusterShards), answeredBy: answeredBy).shards()
        let slots = try ClusterTopologyReader(try connection.call(.clusterSlots), answeredBy: answeredBy).slots()
        #expect(shards == slots)
        #expect(shards.uncoveredSlots == 0)
        #expect(shards.shards.map(\.primary.address.port) == cluster.primaries.map(\.port))
        #expect(shards.shards.map { $0.replicas.map(\.address.port) } == cluster.replicas.map { [$0.port] })
        #expect(shards.slotsMoved(since: slots).isEmpty)
    }

    @Test func `an unknown host is the one that answered`() throws {
        for host in ["$0 ", "$1 ?", "$-1"] {
            let text = "*1 *3 :0 :16383 *3 \(host) :7000 $1 n "
            let topology = try ClusterTopologyReader(try reply(text), answeredBy: answeredBy).slots()
            #expect(topology.shard(ofSlot: 9)?.primary.address == NodeAddress(host: "start", port: 7_000), "\(host)")
        }
    }

    @Test func `more primaries than there are slots are survived`() throws {
        let count = 40_000
        let shards = (0..<count).map { "*3 :7 :7 *3 $1 a :1 $\(String($0).count) \($0) " }.joined()
        let reader = ClusterTopologyReader(try reply("*\(count) " + shards), answeredBy: answeredBy)
        #expect(try reader.slots().shards.count == count)
    }

    @Test func `a primary that failed yields to the one that took over`() throws {
        func node(_ name: String, _ health: String) -> String {
            "*10 $2 id $1 \(name) $4 port :7000 $2 ip $1 h $4 role $6 master $6 health $\(health.count) \(health)"
        }
        let text = "*1 *4 $5 slots *2 :0 :16383 $5 nodes *2 \(node("a", "fail")) \(node("b", "online")) "
        let topology = try ClusterTopologyReader(try reply(text), answeredBy: answeredBy).shards()
        #expect(topology.shards.map(\.primary.identifier) == ["b"])
    }

    @Test(arguments: ["*1 *3 :0 :16384 *3 $1 a :1 $1 n ", "*1 *1 :0 ", "+OK ", "*1 *3 :5 :3 *3 $1 a :1 $1 n "])
    func `an answer of another form is an error`(text: String) throws {
        let reader = ClusterTopologyReader(try reply(text), answeredBy: answeredBy)
        #expect(throws: RedisError.self) { try reader.slots() }
        #expect(throws: RedisError.self) { try reader.shards() }
    }

    @Test func `slots on their way are found in the node's own line`() {
        let nodes = """
            a 127.0.0.1:1@2 master - 0 0 1 connected [7->-x]
            b 127.0.0.1:3@4 myself,master - 0 0 2 connected 0-92 [93->-a] [77-<-a]
            """
        #expect(ClusterTopologyReader.openSlots(nodes) == [93, 77])
    }
}

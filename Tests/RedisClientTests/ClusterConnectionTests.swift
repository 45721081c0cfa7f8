import TestSupport
import Testing

@testable import RedisClient

@Suite(.waiting) struct ClusterConnectionTests {
    private let cluster: PrivateCluster
    private let client: ClusterClient

    init() throws {
        cluster = try PrivateCluster()
        client = ClusterClient(cluster)
    }

    private func connect(_ mode: AccessMode = .readOnly) throws -> ClusterConnection {
        try ClusterConnection.open(to: try Endpoint(url: cluster.url()), mode: mode, timeout: .seconds(20))
    }

    private func arguments(_ words: [String]) -> CommandArguments {
        CommandArguments(words.map { Array($0.utf8) })
    }

    private func number(
        _ connection: ClusterConnection, _ command: RedisCommand, _ arguments: CommandArguments
    ) throws -> Int {
        try connection.call(command, arguments).integer(0)
    }

    @Test func `commands of many keys are put together from all nodes in order`() throws {
        for number in 0..<50 where number % 3 != 0 { try client.call("SET", "key \(number)", "value \(number)") }
        try client.call("SADD", "key 0", "not a string")
        let connection = try connect()
        let names = (0..<50).map { "key \($0)" }
        #expect(try number(connection, .exists, arguments(names)) == 34)
        let values = try connection.call(.mget, arguments(names))
        for number in 0..<50 {
            #expect(values.text(number + 1) == (number % 3 == 0 ? "" : "value \(number)"))
        }
    }

    @Test func `replies come in the order of the commands, whichever node is faster`() throws {
        for number in 0..<300 { try client.call("SET", "key \(number)", "\(number)") }
        let connection = try connect()
        for number in 0..<300 { try connection.append(.mget, arguments(["key \(number)"])) }
        try connection.flush()
        let reply = Reply()
        for number in 0..<300 {
            try connection.receive(into: reply)
            #expect(reply.text(1) == "\(number)")
        }
    }

    @Test func `commands follow a slot that moves, before, during and after`() throws {
        let slot = HashSlot.of(Array("{tag}".utf8))
        for number in 0..<40 { try client.call("SET", "{tag}\(number)", "\(number)") }
        let connection = try connect()
        let names = (0..<40).map { "{tag}\($0)" }
        #expect(try number(connection, .exists, arguments(names)) == 40)
        let source = try cluster.owner(ofSlot: slot)
        let target = try #require(cluster.primaries.first { $0 !== source })
        try cluster.move(slot: slot, to: target) {
            #expect(try number(connection, .exists, arguments(names)) == 40)
            let open = try connection.openSlots()
            #expect(open == [slot])
        }
        #expect(try number(connection, .exists, arguments(names)) == 40)
        #expect(connection.topology.shard(ofSlot: slot)?.primary.address.port == target.port)
        let open = try connection.openSlots()
        #expect(open.isEmpty)
    }

    @Test func `a script is loaded where its key has gone to`() throws {
        let connection = try connect(.readWrite)
        let source = "return redis.call('INCR', KEYS[1])"
        let digest = try connection.call(.scriptLoad, arguments([source])).text(0)
        for number in 0..<20 {
            let reply = try connection.call(.evalsha, arguments([digest, "1", "key \(number)"]))
            #expect(reply.integer(0) == 1)
        }
        #expect(try number(connection, .evalsha, arguments([digest, "1", "key 0"])) == 2)
    }

    @Test func `a write that another node has to carry out is carried out once`() throws {
        let slot = HashSlot.of(Array("counter".utf8))
        let connection = try connect(.readWrite)
        let digest = try connection.call(.scriptLoad, arguments(["return redis.call('INCR', KEYS[1])"])).text(0)
        _ = try connection.call(.evalsha, arguments([digest, "1", "counter"]))
        let source = try cluster.owner(ofSlot: slot)
        try cluster.move(slot: slot, to: try #require(cluster.primaries.first { $0 !== source }))
        #expect(try number(connection, .evalsha, arguments([digest, "1", "counter"])) == 2)
        #expect(try client.call("GET", "counter").text == "2")
    }

    @Test func `a connection for reading refuses what changes data`() throws {
        let connection = try connect()
        #expect(throws: RedisError.refusedOnReadOnlyConnection(.set)) {
            try connection.append(.set, arguments(["key", "value"]))
        }
    }

    @Test func `commands that were refused together do not wait one after the other`() throws {
        let key: Bytes = "key"
        try client.call("SET", key, "value")
        let connection = try connect()
        let node = try cluster.owner(ofSlot: HashSlot.of(key.raw))
        let owner = try node.client()
        func isDown() throws -> Bool {
            try owner.call("CLUSTER", "INFO").text?.contains("cluster_state:fail") == true
        }
        try #require(cluster.primaries.last { $0 !== node }).stop()
        try Deadline.wait(for: "the cluster to be down") { try isDown() }
        for _ in 0..<200 { try connection.append(.mget, arguments(["key"])) }
        try connection.flush()
        // All of them are refused before the cluster is well again.
        try Deadline.wait(for: "the refusals") {
            try owner.call("INFO", "errorstats").text?.contains("CLUSTERDOWN:count=200") == true
        }
        try owner.call("CONFIG", "SET", "cluster-require-full-coverage", "no")
        try Deadline.wait(for: "the cluster to be up") { try !isDown() }
        // At the first pause for each of them it would be fifty seconds.
        let deadline = Deadline(in: .seconds(25))
        let reply = Reply()
        for _ in 0..<200 {
            try connection.receive(into: reply)
            #expect(reply.text(1) == "value")
        }
        #expect(!deadline.hasPassed)
    }
}

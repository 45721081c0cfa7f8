/// A real Redis Cluster of one's own: primaries with equal shares of the slots, and replicas if wanted.
public final class PrivateCluster: Sendable {
    public let primaries: [PrivateRedis]
    /// The replica of the primary at the same place; empty without replicas.
    public let replicas: [PrivateRedis]

    public static let slots = 16_384

    /// Starts the servers and waits until all of them agree on who has which slots. `clockOffsets` tells by how much the
    /// clocks of the primaries at these places are ahead; any offset makes every node have a clock that can be moved.
    public init(
        primaries count: Int = 3, withReplicas: Bool = false, arguments: [String] = [],
        clockOffsets: [Int: Duration] = [:]
    ) throws {
        let offsets =
            (0..<count).map { clockOffsets[$0] ?? .zero } + Array(repeating: .zero, count: withReplicas ? count : 0)
        let nodes = try offsets.map { try PrivateCluster.node(arguments, $0 - PrivateCluster.hesitation) }
        primaries = Array(nodes[..<count])
        replicas = Array(nodes[count...])
        try assignSlots()
        for (node, offset) in zip(nodes, offsets) { try node.setClock(ahead: offset) }
        try join()
        if withReplicas { try replicate() }
    }

    /// A primary that has just started is not sure of its slots for two seconds; its clock is told that they have passed.
    private static let hesitation: Duration = .milliseconds(2_100)

    private static func node(_ arguments: [String], _ clockOffset: Duration) throws -> PrivateRedis {
        try PrivateRedis(
            [
                "--cluster-enabled", "yes", "--cluster-port", String(try PrivateRedis.freePort()),
                "--cluster-node-timeout", "1000", "--cluster-config-file", "nodes.conf",
                "--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0",
                "--repl-ping-replica-period", "1",
            ] + arguments, listensOnPort: true, clockOffset: clockOffset)
    }

    private var nodes: [PrivateRedis] { primaries + replicas }

    private func assignSlots() throws {
        let share = PrivateCluster.slots / primaries.count
        for (place, node) in nodes.enumerated() {
            let client = try node.client()
            try client.call("CLUSTER", "SET-CONFIG-EPOCH", Bytes(place + 1))
            guard place < primaries.count else { continue }
            let last = place == primaries.count - 1 ? PrivateCluster.slots - 1 : (place + 1) * share - 1
            try client.call(["CLUSTER", "ADDSLOTS"] + (place * share...last).map { Bytes($0) })
            // It has looked at its state once when it answers again.
            try client.call("PING")
        }
    }

    /// Each node meets every other, which is quicker than that they hear of each other.
    private func join() throws {
        let clients = try nodes.map { try $0.client() }
        for (place, node) in nodes.enumerated() {
            let bus = try clients[place].call("CONFIG", "GET", "cluster-port").strings[1]
            for other in clients[..<place] {
                try other.call("CLUSTER", "MEET", "127.0.0.1", Bytes(node.port ?? 0), bus)
            }
        }
        try Deadline.wait(for: "the cluster's agreement", within: .seconds(15)) {
            try clients.allSatisfy { client in
                let info = try client.call("CLUSTER", "INFO").text ?? ""
                return info.contains("cluster_state:ok") && info.contains("cluster_slots_ok:16384")
                    && info.contains("cluster_known_nodes:\(nodes.count)")
            }
        }
    }

    private func replicate() throws {
        for (primary, replica) in zip(primaries, replicas) {
            try replica.client().call("CLUSTER", "REPLICATE", try identifier(of: primary))
        }
        // A replica counts once it has received something.
        let clients = try nodes.map { try $0.client() }
        try Deadline.wait(for: "the replicas to be known", within: .seconds(15)) {
            try clients.allSatisfy { client in
                let ranges = try client.call("CLUSTER", "SLOTS").elements
                return ranges.count == primaries.count && ranges.allSatisfy { $0.elements.count == 4 }
            }
        }
    }

    // MARK: Addresses

    public func url(_ place: Int = 0) -> String { "redis://127.0.0.1:\(nodes[place].port ?? 0)" }

    public func identifier(of node: PrivateRedis) throws -> Bytes {
        try node.client().call("CLUSTER", "MYID").bytes ?? ""
    }

    public func node(onPort port: Int) throws -> PrivateRedis {
        guard let node = nodes.first(where: { $0.port == port }) else { throw SupportError("no node has port \(port)") }
        return node
    }

    /// The node that has this slot by its own word.
    public func owner(ofSlot slot: Int) throws -> PrivateRedis {
        guard let port = try ports()[slot] else { throw SupportError("no node has slot \(slot)") }
        return try node(onPort: port)
    }

    /// For each slot the port of the node that has it by its own word.
    public func ports() throws -> [Int: Int] {
        var ports: [Int: Int] = [:]
        for node in nodes {
            guard let client = try? node.client(), let port = node.port else { continue }
            for range in try client.call("CLUSTER", "SLOTS").elements {
                let parts = range.elements
                guard let first = parts[0].integer, let last = parts[1].integer, parts[2].elements[1].integer == port
                else { continue }
                for slot in first...last { ports[slot] = port }
            }
        }
        return ports
    }

    /// Those that are primaries by now.
    public func presentPrimaries() throws -> [PrivateRedis] {
        try nodes.filter { try $0.client().call("ROLE").elements[0].text == "master" }
    }

    // MARK: Changes

    /// Moves a slot with all its keys to another primary, a few keys at a time; `during` is called in the middle.
    public func move(slot: Int, to target: PrivateRedis, during: () throws -> Void = {}) throws {
        let source = try owner(ofSlot: slot)
        guard source !== target else { return }
        let (from, to) = (try source.client(), try target.client())
        let (sourceName, targetName) = (try identifier(of: source), try identifier(of: target))
        try to.call("CLUSTER", "SETSLOT", Bytes(slot), "IMPORTING", sourceName)
        try from.call("CLUSTER", "SETSLOT", Bytes(slot), "MIGRATING", targetName)
        var isFirst = true
        while true {
            let keys = try from.call("CLUSTER", "GETKEYSINSLOT", Bytes(slot), "10").strings
            guard !keys.isEmpty else { break }
            try from.call(["MIGRATE", "127.0.0.1", Bytes(target.port ?? 0), "", "0", "5000", "KEYS"] + keys)
            if isFirst { try during() }
            isFirst = false
        }
        if isFirst { try during() }
        try to.call("CLUSTER", "SETSLOT", Bytes(slot), "NODE", targetName)
        let others = [source] + (try presentPrimaries().filter { $0 !== source && $0 !== target })
        for node in others {
            try node.client().call("CLUSTER", "SETSLOT", Bytes(slot), "NODE", targetName)
        }
        try awaitAgreement(on: targetName)
    }

    /// Waits until all nodes know by which epoch this one has its slots; moving on before makes them disagree.
    private func awaitAgreement(on name: Bytes) throws {
        let clients = try nodes.map { try $0.client() }
        try Deadline.wait(for: "the cluster's agreement", within: .seconds(15)) {
            let epochs = try clients.map { client in
                let lines = try client.call("CLUSTER", "NODES").text?.split(separator: "\n") ?? []
                return lines.first { $0.hasPrefix(name.text) }?.split(separator: " ")[6]
            }
            return epochs.allSatisfy { $0 == epochs[0] }
        }
    }

    /// Makes the replica of a primary that does not answer the primary, and waits until the other primaries know.
    public func takeOver(_ place: Int) throws {
        try replicas[place].client().call("CLUSTER", "FAILOVER", "TAKEOVER")
        let name = try identifier(of: replicas[place])
        let others = try primaries.indices.filter { $0 != place }.map { try primaries[$0].client() }
        try Deadline.wait(for: "the taking over", within: .seconds(15)) {
            try others.allSatisfy { other in
                let lines = try other.call("CLUSTER", "NODES").text?.split(separator: "\n") ?? []
                let parts = lines.first { $0.hasPrefix(name.text) }?.split(separator: " ") ?? []
                return parts.count > 8 && parts[2].contains("master")
            }
        }
    }

    /// Makes the replica of the primary at this place the primary, and waits until all nodes know.
    public func failOver(_ place: Int) throws {
        let client = try replicas[place].client()
        try client.call("CLUSTER", "FAILOVER")
        try Deadline.wait(for: "the fail-over", within: .seconds(15)) {
            try client.call("INFO", "replication").text?.contains("role:master") == true
        }
        try awaitAgreement(on: identifier(of: replicas[place]))
    }
}

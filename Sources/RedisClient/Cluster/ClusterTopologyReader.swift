/// Reads the answers to `CLUSTER SHARDS`, `CLUSTER SLOTS` and `CLUSTER NODES`.
struct ClusterTopologyReader {
    private let reply: Reply
    /// The node that answered; its own host may be missing in what it says.
    private let answeredBy: NodeAddress
    private let prefersTLS: Bool

    init(_ reply: Reply, answeredBy: NodeAddress, prefersTLS: Bool = false) {
        self.reply = reply
        self.answeredBy = answeredBy
        self.prefersTLS = prefersTLS
    }

    // MARK: CLUSTER SHARDS

    func shards() throws(RedisError) -> ClusterTopology {
        guard let elements = elements(0) else { throw malformed(.clusterShards) }
        var shards: [ClusterTopology.Shard] = []
        for element in elements {
            let fields = map(element)
            guard let bounds = fields["slots"].flatMap(self.elements),
                let nodes = fields["nodes"].flatMap(self.elements)
            else { throw malformed(.clusterShards) }
            let slots = try ranges(bounds.map(reply.integer))
            var primaries: [(node: ClusterTopology.Node, isWell: Bool)] = []
            var replicas: [ClusterTopology.Node] = []
            for node in nodes.map(map) {
                guard let found = shardNode(node) else { throw malformed(.clusterShards) }
                let isWell = text(node["health"]) != "fail"
                if text(node["role"]) == "master" {
                    primaries.append((found, isWell))
                } else if text(node["health"]) == "online" {
                    replicas.append(found)
                }
            }
            // After a fail-over the lost primary stands beside the new one.
            guard let primary = primaries.first(where: \.isWell) ?? primaries.first else { continue }
            shards.append(.init(primary: primary.node, slots: slots, replicas: replicas))
        }
        return ClusterTopology(shards: shards)
    }

    private func shardNode(_ fields: [String: Int]) -> ClusterTopology.Node? {
        let ports = prefersTLS ? [fields["tls-port"], fields["port"]] : [fields["port"], fields["tls-port"]]
        guard let identifier = text(fields["id"]), let port = ports.compactMap({ $0 }).map(reply.integer).first else {
            return nil
        }
        let names = [text(fields["endpoint"]), text(fields["ip"])].compactMap { $0 }
        let host = names.first(where: NodeAddress.isKnown) ?? answeredBy.host
        return .init(identifier: identifier, address: NodeAddress(host: host, port: port))
    }

    /// Bounds, two for a range.
    private func ranges(_ bounds: [Int]) throws(RedisError) -> [ClosedRange<Int>] {
        guard bounds.count % 2 == 0 else { throw malformed(.clusterShards) }
        var ranges: [ClosedRange<Int>] = []
        for index in stride(from: 0, to: bounds.count, by: 2) {
            guard let range = range(bounds[index], bounds[index + 1]) else { throw malformed(.clusterShards) }
            ranges.append(range)
        }
        return ranges
    }

    private func range(_ first: Int, _ last: Int) -> ClosedRange<Int>? {
        0 <= first && first <= last && last < HashSlot.count ? first...last : nil
    }

    // MARK: CLUSTER SLOTS

    func slots() throws(RedisError) -> ClusterTopology {
        guard let elements = elements(0) else { throw malformed(.clusterSlots) }
        var shards: [String: ClusterTopology.Shard] = [:]
        for element in elements {
            guard let parts = self.elements(element), parts.count >= 3,
                let range = range(reply.integer(parts[0]), reply.integer(parts[1]))
            else { throw malformed(.clusterSlots) }
            let nodes = parts[2...].compactMap(slotsNode)
            guard let primary = nodes.first, nodes.count == parts.count - 2 else { throw malformed(.clusterSlots) }
            let new = ClusterTopology.Shard(primary: primary, slots: [], replicas: Array(nodes.dropFirst()))
            shards[primary.identifier, default: new].slots.append(range)
        }
        return ClusterTopology(shards: Array(shards.values))
    }

    private func slotsNode(_ index: Int) -> ClusterTopology.Node? {
        guard let parts = elements(index), parts.count >= 3, reply.kind(parts[1]) == .integer, let name = text(parts[2])
        else { return nil }
        let host = text(parts[0]).flatMap { NodeAddress.isKnown($0) ? $0 : nil } ?? answeredBy.host
        return .init(identifier: name, address: NodeAddress(host: host, port: reply.integer(parts[1])))
    }

    // MARK: CLUSTER NODES

    /// The slots that are on their way from or to the node that answered: `[93->-node]` and `[93-<-node]`.
    static func openSlots(_ nodes: String) -> [Int] {
        guard let own = nodes.split(separator: "\n").first(where: { $0.contains("myself") }) else { return [] }
        return own.split(separator: " ").compactMap { word in
            guard word.hasPrefix("["), word.contains("-") else { return nil }
            return Int(word.dropFirst().prefix { $0 != "-" })
        }
    }

    // MARK: Nested replies

    private func malformed(_ command: RedisCommand) -> RedisError {
        .unexpectedReply(command: command, expected: "the cluster's slots and nodes")
    }

    /// The places of an array's elements.
    private func elements(_ index: Int) -> [Int]? {
        guard index < reply.count, reply.kind(index) == .array else { return nil }
        var places: [Int] = []
        var next = index + 1
        for _ in 0..<max(reply.integer(index), 0) {
            guard next < reply.count else { return nil }
            places.append(next)
            next = end(next)
        }
        return places
    }

    /// The place behind a node and all that is in it.
    private func end(_ index: Int) -> Int {
        var open = 1
        var next = index
        while open > 0, next < reply.count {
            open -= 1
            if reply.kind(next) == .array { open += max(reply.integer(next), 0) }
            next += 1
        }
        return next
    }

    /// An array of names and values in turn.
    private func map(_ index: Int) -> [String: Int] {
        guard let parts = elements(index) else { return [:] }
        var fields: [String: Int] = [:]
        for place in stride(from: 0, to: parts.count - 1, by: 2) { fields[reply.text(parts[place])] = parts[place + 1] }
        return fields
    }

    private func text(_ index: Int?) -> String? {
        guard let index, reply.kind(index).hasBytes else { return nil }
        return reply.text(index)
    }
}

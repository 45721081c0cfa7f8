import RedisClient

/// What a run did not get to, as a part of the cluster was lost after the census, or as slots stayed on their way.
public struct Unreachable: Equatable, Sendable {
    /// Index keys that were not read.
    public var indexKeys = 0
    /// Entries and sessions that stayed.
    public var items = 0
    /// The addresses of nodes that did not answer any more.
    public var nodes: Set<String> = []

    public init(indexKeys: Int = 0, items: Int = 0, nodes: Set<String> = []) {
        self.indexKeys = indexKeys
        self.items = items
        self.nodes = nodes
    }

    /// Notes which nodes a cluster's conversation has given up.
    mutating func note(_ connection: any RedisPipeline) {
        nodes.formUnion(connection.lostNodes.map(\.description))
    }

    var isEmpty: Bool { indexKeys + items == 0 }
}

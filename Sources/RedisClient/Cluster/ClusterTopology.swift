/// Which node of a cluster has which slots, as one of its nodes sees it.
public struct ClusterTopology: Equatable, Sendable {
    /// One node with its name, which stays the same when its address changes.
    public struct Node: Equatable, Sendable {
        public var identifier: String
        public var address: NodeAddress

        public init(identifier: String, address: NodeAddress) {
            self.identifier = identifier
            self.address = address
        }
    }

    /// A primary, the slots it has, and its replicas.
    public struct Shard: Equatable, Sendable {
        public var primary: Node
        public var slots: [ClosedRange<Int>]
        public var replicas: [Node]

        public init(primary: Node, slots: [ClosedRange<Int>], replicas: [Node]) {
            self.primary = primary
            self.slots = slots
            self.replicas = replicas
        }
    }

    /// The primaries that have slots, in the order of their first slot.
    public let shards: [Shard]
    /// For each slot the place of its shard; -1 where no node has it.
    private let owners: [Int32]

    public init(shards: [Shard]) {
        let withSlots = shards.filter { !$0.slots.isEmpty }
        let sorted = withSlots.sorted {
            ($0.slots.map(\.lowerBound).min() ?? 0) < ($1.slots.map(\.lowerBound).min() ?? 0)
        }
        var owners = [Int32](repeating: -1, count: HashSlot.count)
        for (place, shard) in sorted.enumerated() {
            for range in shard.slots { for slot in range { owners[slot] = Int32(place) } }
        }
        self.shards = sorted
        self.owners = owners
    }

    /// The shard that has this slot; nil if none has.
    public func shard(ofSlot slot: Int) -> Shard? {
        owners[slot] < 0 ? nil : shards[Int(owners[slot])]
    }

    /// How many slots no node has.
    public var uncoveredSlots: Int { owners.reduce(0) { $0 + ($1 < 0 ? 1 : 0) } }

    /// The slots that another primary has now than in `former`.
    public func slotsMoved(since former: ClusterTopology) -> [Int] {
        (0..<HashSlot.count).filter {
            shard(ofSlot: $0)?.primary.identifier != former.shard(ofSlot: $0)?.primary.identifier
        }
    }

    /// Every node, primaries first.
    public var addresses: [NodeAddress] {
        shards.map(\.primary.address) + shards.flatMap { $0.replicas.map(\.address) }
    }
}

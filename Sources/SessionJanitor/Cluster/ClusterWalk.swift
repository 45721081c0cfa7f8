import RedisClient

/// The walk over a Redis Cluster: every primary at the same time, each with a connection and a thread of its own.
///
/// What they have seen is shared, and so a key counts once even if it is seen on two nodes because its slot is on its way.
/// What a slot's way may have hidden is looked for again on the node that has it by then.
final class ClusterWalk: KeyspaceWalk {
    private(set) var unstableSlots = 0
    var censuses: [Census] { nodes.compactMap(\.census) }
    var surveys: [IndexSurvey] { nodes.compactMap(\.survey) }
    var unread: Unreachable {
        Unreachable(
            indexKeys: nodes.reduce(0) { $0 + $1.unreadIndexKeys },
            nodes: nodes.reduce(into: []) { $0.formUnion($1.lostNodes) })
    }

    private let cluster: any RedisPipeline
    private let options: WalkOptions
    private var nodes: [NodeWalk] = []
    private let sets: CensusSets

    /// A census after which slots have moved is completed so often.
    private static let mostRounds = 3

    init(_ cluster: any RedisPipeline, options: WalkOptions) {
        self.cluster = cluster
        self.options = options
        sets = CensusSets(options.layout, isShared: true)
    }

    func takeCensus(_ progress: @escaping (_ fraction: Double) throws -> Void) throws {
        var topology = try cluster.refreshTopology()
        var shards = topology.shards
        var moved: [Int] = []
        for _ in 0..<ClusterWalk.mostRounds {
            try walk(shards, progress)
            let after = try cluster.refreshTopology()
            moved = after.slotsMoved(since: topology)
            topology = after
            guard !moved.isEmpty else { break }
            let owners = Set(moved.compactMap { after.shard(ofSlot: $0)?.primary.identifier })
            shards = after.shards.filter { owners.contains($0.primary.identifier) }
        }
        for census in censuses { census.settle() }
        // Where a slot is still on its way, keys may have passed from a node not yet walked to one already walked.
        unstableSlots = moved.count + (try cluster.openSlots().count) + topology.uncoveredSlots
    }

    private func walk(_ shards: [ClusterTopology.Shard], _ progress: (_ fraction: Double) throws -> Void) throws {
        let walks = shards.map { shard in
            NodeWalk(
                cluster.sibling(at: shard), slot: shard.slots[0].lowerBound, options: options)
        }
        nodes += walks
        let sets = sets
        let whole = Double(max(walks.count, 1) * 1_000)
        func watch(_ done: Int) throws { try progress(Double(done) / whole) }
        try NodeThreads.run(walks.count, watch: watch) { index, progress in
            try walks[index].takeCensus(sets, progress)
        }
        try progress(1)
    }

    func readIndexKeys(_ expired: ExpiredSessions.Numbers?, _ progress: @escaping (_ indexKeys: Int) throws -> Void)
        throws
    {
        let walks = nodes
        try NodeThreads.run(walks.count, watch: progress) { index, progress in
            try walks[index].readIndexKeys(expired, progress)
        }
    }
}

import RedisClient

/// What every part of a walk needs to know.
struct WalkOptions {
    var layout: Layout
    var policy: RetentionPolicy?
    var selection: Selection?
    /// Whether the names of all session keys are kept.
    var keepsStems = false
    /// The clocks of the nodes by which their sessions are judged.
    var clocks: ServerClocks
    var ttls: TTLCount
    var chunkTime: Duration
    var niceRatio: Double
    /// The hashes of keys that are not to be read.
    var keysLeftAlone: IdentifierSet?
}

/// Sees every key once: the census of the session keys and then the survey of the index keys, of every node at the same
/// time, each on a connection and a thread of its own.
///
/// What they have seen is shared, and so a key counts once even if it is seen on two nodes because its slot is on its way.
/// What a slot's way may have hidden is looked for again on the node that has it by then. A node that is lost costs its own
/// keys, not those of the others.
final class KeyspaceWalk {
    /// Slots of a cluster whose keys may not all have been seen.
    private(set) var unstableSlots = 0
    /// They share what they have seen: sets of sessions, of users and of keys.
    var censuses: [Census] { nodes.compactMap(\.census) }
    var surveys: [IndexSurvey] { nodes.compactMap(\.survey) }
    /// What could not be read of a cluster, as its node was lost.
    var unread: Unreachable {
        Unreachable(
            indexKeys: nodes.reduce(0) { $0 + $1.unreadIndexKeys }, slots: unseenSlots,
            nodes: nodes.reduce(into: []) { $0.formUnion($1.lostNodes) })
    }

    private let connection: any RedisPipeline
    private let options: WalkOptions
    private var nodes: [NodeWalk] = []
    /// Slots of nodes that were lost, and that no other node has by now.
    private var unseenSlots = 0
    private let sets: CensusSets

    /// A census after which slots have moved is completed so often.
    private static let mostRounds = 3

    init(_ connection: any RedisPipeline, options: WalkOptions) {
        self.connection = connection
        self.options = options
        sets = CensusSets(options.layout, isShared: connection.isCluster)
    }

    func takeCensus(_ progress: @escaping (_ fraction: Double) throws -> Void) throws {
        var topology = try connection.refreshTopology()
        var shards = topology.shards
        var moved: [Int] = []
        for _ in 0..<KeyspaceWalk.mostRounds {
            try walk(shards, progress)
            let after = try connection.refreshTopology()
            moved = after.slotsMoved(since: topology)
            topology = after
            guard !moved.isEmpty else { break }
            let owners = Set(moved.compactMap { after.shard(ofSlot: $0)?.primary.identifier })
            shards = after.shards.filter { owners.contains($0.primary.identifier) }
        }
        // What was lost with a node was seen if another one has it by now.
        let lost = nodes.filter(\.isLost).map(\.shard)
        if let failure = nodes.last?.failure, lost.count == nodes.count { throw failure }
        let owners = lost.flatMap { shard in
            shard.slots.joined().map { topology.shard(ofSlot: $0)?.primary.identifier }.filter {
                $0 == nil || $0 == shard.primary.identifier
            }
        }
        unseenSlots = owners.count
        for census in censuses { census.settle() }
        // Where a slot is still on its way, keys may have passed from a node not yet walked to one already walked.
        unstableSlots =
            moved.count + (try connection.openSlots().count) + topology.uncoveredSlots
            + owners.count { $0 != nil }
    }

    private func walk(
        _ shards: [ClusterTopology.Shard], _ progress: @escaping (_ fraction: Double) throws -> Void
    ) throws {
        let walks = shards.map { NodeWalk(connection.sibling(at: $0), $0, options) }
        nodes += walks
        let sets = sets
        let whole = Double(max(walks.count, 1) * NodeWalk.whole)
        func watch(_ done: Int) throws { try progress(Double(done) / whole) }
        try NodeThreads.run(walks.count, watch: watch) { index, progress in
            try walks[index].takeCensus(sets, progress)
        }
        try progress(1)
    }

    /// `expired` has the places of the sessions that the census found expired.
    func readIndexKeys(
        _ expired: ExpiredSessions.Places?, _ progress: @escaping (_ indexKeys: Int) throws -> Void
    ) throws {
        let walks = nodes
        try NodeThreads.run(walks.count, watch: progress) { index, progress in
            try walks[index].readIndexKeys(expired, progress)
        }
    }
}

/// One node's part of a walk; of a cluster what it does, it does on a thread of its own.
private final class NodeWalk {
    private(set) var census: Census?
    private(set) var survey: IndexSurvey?
    /// Index keys that could not be read, as the node was lost.
    private(set) var unreadIndexKeys = 0
    /// Why the census did not come to its end.
    private(set) var failure: RedisError?
    let shard: ClusterTopology.Shard
    var isLost: Bool { failure != nil }
    var lostNodes: [String] {
        connection.lostNodes.map(\.description) + (isLost ? [shard.primary.address.description] : [])
    }

    private var connection: any RedisPipeline
    private let options: WalkOptions
    private var pacer: Pacer?
    private var done = 0

    /// A whole census, as its progress is counted.
    static let whole = 1_000
    /// So often a walk begins anew because its primary was lost.
    private static let mostRestarts = 2
    /// How long a walk waits for another node to take over: a cluster's nodes wait for 15 seconds by default before they
    /// elect one. Without a replica the node can only come back itself.
    private var patience: Duration { shard.replicas.isEmpty ? .seconds(8) : .seconds(40) }
    /// One of its slots tells who has taken over if it is lost.
    private var slot: Int { shard.slots[0].lowerBound }

    init(_ connection: any RedisPipeline, _ shard: ClusterTopology.Shard, _ options: WalkOptions) {
        self.connection = connection
        self.shard = shard
        self.options = options
    }

    /// What is out of reach in the end is noted, not thrown.
    func takeCensus(_ sets: CensusSets, _ progress: NodeThreads.Progress) throws {
        var restarts = 0
        while true {
            do {
                return try goOn(sets, progress)
            } catch let error as RedisError where error.isUnreachable {
                // With a replica a node that does not answer is replaced, and slots that are not served will be.
                guard error.isLostServer || !shard.replicas.isEmpty, restarts < NodeWalk.mostRestarts,
                    let newPrimary = try newPrimary(progress)
                else {
                    failure = error
                    return
                }
                restarts += 1
                connection = newPrimary
                census?.resume(on: newPrimary)
            }
        }
    }

    private func goOn(_ sets: CensusSets, _ progress: NodeThreads.Progress) throws {
        let pacer =
            try pacer
            ?? Pacer(measuredOn: connection, chunkTime: options.chunkTime, niceRatio: options.niceRatio)
        self.pacer = pacer
        let census =
            census
            ?? Census(
                connection, layout: options.layout, policy: options.policy?.at(options.clocks.time(ofSlot: slot)),
                selection: options.selection, keysLeftAlone: options.keysLeftAlone, keepsStems: options.keepsStems,
                ttls: options.ttls, pacer: pacer,
                sets: sets
            ) { [unowned self] in
                done = Int(clamping: $0 * Double(NodeWalk.whole))
                try progress.report(done)
            }
        self.census = census
        try census.run()
    }

    /// A conversation with the node that has the lost one's slots by now; nil if there is none in time.
    private func newPrimary(_ progress: NodeThreads.Progress) throws -> (any RedisPipeline)? {
        let end = ContinuousClock.now + patience
        repeat {
            try progress.report(done)
            Duration.milliseconds(250).sleep()
            do throws(RedisError) {
                guard let newPrimary = try connection.refreshTopology().shard(ofSlot: slot) else { continue }
                let sibling = connection.sibling(at: newPrimary)
                try sibling.openHome()
                return sibling
            } catch {
                continue
            }
        } while .now < end
        return nil
    }

    func readIndexKeys(_ expired: ExpiredSessions.Places?, _ progress: NodeThreads.Progress) throws {
        guard let census, let pacer else { return }
        let survey = IndexSurvey(
            connection, layout: options.layout, sessions: census.sessions, expired: expired,
            pacer: pacer
        ) { try progress.report($0) }
        self.survey = survey
        do {
            try survey.run(census.indexKeys)
        } catch RedisError.unreachable {
            // The other nodes' keys are read for all that.
            unreadIndexKeys = max(census.indexKeys.count - survey.indexKeysRead, 1)
        }
    }
}

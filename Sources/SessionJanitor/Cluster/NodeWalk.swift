import RedisClient

/// One primary's part of a walk over a cluster; what it does, it does on a thread of its own.
final class NodeWalk {
    private(set) var census: Census?
    private(set) var survey: IndexSurvey?
    /// Index keys that could not be read, as the primary was lost.
    private(set) var unreadIndexKeys = 0
    var lostNodes: [String] { connection.lostNodes.map(\.description) }

    private var connection: any RedisPipeline
    /// Tells who has taken over if the primary is lost.
    private let slot: Int
    private let options: WalkOptions
    private var pacer: Pacer?
    /// Thousandths of the census.
    private var done = 0

    /// So often a walk begins anew because its primary was lost.
    private static let mostRestarts = 2
    /// How long a walk waits for another node to take over: a cluster's nodes wait for 15 seconds by default before they
    /// elect one. Without a replica the node can only come back itself.
    private var patience: Duration { hasReplica ? .seconds(40) : .seconds(8) }
    private let hasReplica: Bool

    init(_ connection: any RedisPipeline, slot: Int, options: WalkOptions) {
        self.connection = connection
        self.slot = slot
        self.options = options
        hasReplica = connection.topology.shard(ofSlot: slot)?.replicas.isEmpty == false
    }

    func takeCensus(_ sets: CensusSets, _ progress: NodeThreads.Progress) throws {
        let pacer = try Pacer(measuredOn: connection, chunkTime: options.chunkTime, niceRatio: options.niceRatio)
        self.pacer = pacer
        let census = Census(
            connection, layout: options.layout, policy: options.policy?.at(options.clocks.time(ofSlot: slot)),
            ttls: options.ttls, pacer: pacer, sets: sets
        ) { [unowned self] in
            done = Int(clamping: $0 * 1_000)
            try progress.report(done)
        }
        self.census = census
        var restarts = 0
        while true {
            do {
                return try census.run()
            } catch let error as RedisError {
                // With a replica a node that does not answer is succeeded, and slots that are not served will be.
                let isTransient = error.isLostServer || (hasReplica && error.isUnreachable)
                guard isTransient, restarts < NodeWalk.mostRestarts else { throw error }
                restarts += 1
                connection = try successor(after: error, progress)
                census.resume(on: connection)
            }
        }
    }

    /// The node that has the lost one's slots by now.
    private func successor(after error: RedisError, _ progress: NodeThreads.Progress) throws -> any RedisPipeline {
        let end = ContinuousClock.now + patience
        repeat {
            try progress.report(done)
            Duration.milliseconds(250).sleep()
            do throws(RedisError) {
                guard let newPrimary = try connection.refreshTopology().shard(ofSlot: slot) else { continue }
                let successor = connection.sibling(at: newPrimary)
                try successor.openHome()
                return successor
            } catch {
                continue
            }
        } while .now < end
        throw error
    }

    func readIndexKeys(_ expired: ExpiredSessions.Numbers?, _ progress: NodeThreads.Progress) throws {
        guard let census, let pacer else { return }
        let survey = IndexSurvey(
            connection, layout: options.layout, sessions: census.sessions, expired: expired, pacer: pacer
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

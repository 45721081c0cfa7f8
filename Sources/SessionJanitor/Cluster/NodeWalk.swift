import RedisClient

/// One primary's part of a walk over a cluster; what it does, it does on a thread of its own.
final class NodeWalk {
    private(set) var census: Census?
    private(set) var survey: IndexSurvey?
    /// Index keys that could not be read, as the primary was lost.
    private(set) var unreadIndexKeys = 0
    var lostNodes: [String] { connection.lostNodes.map(\.description) }

    private var connection: ClusterConnection
    /// Tells who has taken over if the primary is lost.
    private let slot: Int
    private let options: WalkOptions
    private var pacer: Pacer?

    /// So often a walk begins anew because its primary was lost.
    private static let mostRestarts = 2

    init(_ connection: ClusterConnection, slot: Int, options: WalkOptions) {
        self.connection = connection
        self.slot = slot
        self.options = options
    }

    func takeCensus(_ sets: CensusSets, _ progress: NodeThreads.Progress) throws {
        let pacer = try Pacer(measuredOn: connection, chunkTime: options.chunkTime, niceRatio: options.niceRatio)
        self.pacer = pacer
        let census = Census(
            connection, layout: options.layout, policy: options.policy, ttls: options.ttls, pacer: pacer,
            sets: sets
        ) { try progress.report(Int($0 * 1_000)) }
        self.census = census
        var restarts = 0
        while true {
            do {
                return try census.run()
            } catch let error as RedisError {
                guard error.isLostServer, restarts < NodeWalk.mostRestarts else { throw error }
                restarts += 1
                connection = try successor(after: error)
                census.resume(on: connection)
            }
        }
    }

    /// The node that has the lost one's slots by now.
    private func successor(after error: RedisError) throws -> ClusterConnection {
        for pause in RetryPolicy.standard.pauses {
            Pacer.sleep(pause)
            do {
                guard let heir = try connection.refreshTopology().shard(ofSlot: slot) else { continue }
                let successor = connection.sibling(at: heir)
                _ = try successor.call(.ping)
                return successor
            } catch {
                continue
            }
        }
        throw error
    }

    func readIndexKeys(_ progress: NodeThreads.Progress) throws {
        guard let census, let pacer else { return }
        let survey = IndexSurvey(
            connection, layout: options.layout, sessions: census.sessions, pacer: pacer
        ) { try progress.report($0) }
        self.survey = survey
        do {
            try survey.run(census.indexKeys)
        } catch let error as RedisError where error.isOutOfReach {
            // The other nodes' keys are read for all that.
            unreadIndexKeys = max(census.indexKeys.count - survey.indexKeysRead, 1)
        }
    }
}

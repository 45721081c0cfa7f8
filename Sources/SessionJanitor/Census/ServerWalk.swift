import RedisClient

/// The walk over one server.
final class ServerWalk: KeyspaceWalk {
    private(set) var censuses: [Census] = []
    private(set) var surveys: [IndexSurvey] = []
    let unstableSlots = 0
    let unread = Unreachable()

    private let connection: any RedisPipeline
    private let layout: Layout
    private let policy: RetentionPolicy?
    private let ttls: TTLCount
    private let pacer: Pacer

    init(
        _ connection: any RedisPipeline, layout: Layout, policy: RetentionPolicy?, ttls: TTLCount, pacer: Pacer
    ) {
        self.ttls = ttls
        self.connection = connection
        self.layout = layout
        self.policy = policy
        self.pacer = pacer
    }

    func takeCensus(_ progress: @escaping (_ fraction: Double) throws -> Void) throws {
        let census = Census(
            connection, layout: layout, policy: policy, ttls: ttls, pacer: pacer, progress: progress)
        censuses = [census]
        try census.run()
        census.settle()
    }

    func readIndexKeys(_ expired: ExpiredSessions.Numbers?, _ progress: @escaping (_ indexKeys: Int) throws -> Void)
        throws
    {
        for census in censuses {
            let survey = IndexSurvey(
                connection, layout: layout, sessions: census.sessions, expired: expired, pacer: pacer,
                progress: progress)
            surveys.append(survey)
            try survey.run(census.indexKeys)
        }
    }
}

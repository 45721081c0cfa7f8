import RedisClient
import TestSupport

@testable import SessionJanitor

/// A clean-up stopped between its plan and its execution, so that a test can change the data in between.
final class PlannedCleanup {
    let plan: CleanupPlan
    private let connection: RedisConnection
    private let layout: Layout
    private let pacer = Pacer(chunkTime: .milliseconds(1), niceRatio: 0)

    init(_ redis: PrivateRedis, includesExpired: Bool = false) throws {
        connection = try RedisConnection(to: redis.endpoint(), mode: .readWrite, timeout: .seconds(20))
        layout = try Layout()
        let policy = includesExpired ? RetentionPolicy(now: try ServerClock.read(connection), maxAgeDays: 30) : nil
        let census = Census(connection, layout: layout, policy: policy, pacer: pacer) { _ in }
        try census.run()
        let sessions = ExpiredSessions(census.expiredSessions, layout)
        let survey = IndexSurvey(
            connection, layout: layout, sessions: census.sessions, expired: ExpiredSessions.Numbers(sessions),
            pacer: pacer
        ) { _ in }
        try survey.run(census.indexKeys)
        let look = SecondLook(connection, layout: layout, pacer: pacer) { _ in }
        try look.run(survey.candidates)
        plan = CleanupPlan(look.confirmed, sessions: sessions, lastRead: .now)
    }

    func execute(grace: Duration = .zero) throws -> RemovalTally {
        let remover = Remover(connection, plan, layout: layout, pacer: pacer, observer: SilentObserver())
        try remover.run(grace: grace)
        return remover.results
    }
}

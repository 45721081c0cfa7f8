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
        let survey = IndexSurvey(connection, layout: layout, sessions: census.sessions, pacer: pacer) { _ in }
        try survey.run(census.indexKeys)
        let look = SecondLook(connection, layout: layout, pacer: pacer) { _ in }
        try look.run(survey.candidates)
        plan = CleanupPlan(
            entries: look.confirmed, sessions: census.expiredSessions, lastRead: .now)
    }

    func execute(grace: Duration = .zero) throws -> RemovalResults {
        let executor = CleanupExecutor(connection, layout: layout, pacer: pacer, observer: SilentObserver())
        try executor.run(plan, grace: grace)
        return executor.results
    }
}

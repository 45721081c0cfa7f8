import Synchronization
import TestSupport
import Testing

/// The application and the janitor at work on the same server at the same time.
///
/// `STRESS_OPERATIONS` and `STRESS_RUNS` make it long, as `make stress` does; `SESSION_JANITOR_SEED` repeats what the
/// application does.
struct ApplicationRaceTests {
    private static let seed = RaceVariables.seed
    private static let operations = RaceVariables.number("STRESS_OPERATIONS") ?? 5_000
    private static let runs = RaceVariables.number("STRESS_RUNS") ?? 8
    private static let isLong = operations > 5_000
    private static let grace = Duration.milliseconds(isLong ? 600 : 250)

    @Test func `no live session loses its entry while the application goes on`() throws {
        let appauth = try Appauth()
        let now = Int(try appauth.client.call("TIME").strings[0].text) ?? 0
        let clients = try (0..<4).map { _ in try appauth.redis.client() }
        let application = RaceApplication(
            clients: clients, seed: ApplicationRaceTests.seed, grace: ApplicationRaceTests.grace,
            population: ApplicationRaceTests.isLong ? 12_000 : 2_000, now: now)
        let janitors = Mutex(
            JanitorLoop(appauth, seed: ApplicationRaceTests.seed, grace: ApplicationRaceTests.grace))
        let game = RaceGame()
        game.start { game in
            try janitors.withLock { loop in
                while loop.runs < ApplicationRaceTests.runs || loop.killed == 0
                    || game.operations < ApplicationRaceTests.operations
                {
                    try loop.runOnce()
                }
            }
        }
        try game.play(application, operations: ApplicationRaceTests.operations)
        let loop = janitors.withLock { $0 }
        try application.settle()
        try application.checkAll()

        // All is quiet: one run more leaves nothing to do, and has taken nothing that it should not.
        let (status, quiet) = try appauth.report(["--include-expired"])
        #expect(status == .exited(0))
        #expect(quiet.stat("orphaned_sessions_removed") == quiet.stat("orphaned_sessions_found"))
        try application.checkAll()
        let (_, after) = try appauth.report(["--dry-run", "--include-expired"])
        #expect(after.consistency == "good")
        #expect(after.stat("orphaned_sessions_found") == 0)
        #expect(after.stat("expired_sessions_found") == 0)
        #expect(after.stat("unindexed_sessions_found") == 0)
        #expect(after.stat("valid_sessions_found") == application.sessions.count)
        #expect(after.stat("sessions_checked") == application.sessions.count)

        let complaints = application.complaints + loop.complaints
        #expect(
            complaints.isEmpty,
            "SESSION_JANITOR_SEED=\(ApplicationRaceTests.seed) repeats this:\n\(complaints.joined(separator: "\n"))")
        // A game in which nothing happens would let everything pass.
        #expect(application.operations >= ApplicationRaceTests.operations)
        #expect(loop.runs >= ApplicationRaceTests.runs)
        #expect(loop.killed > 0)
        #expect(loop.removals > 0)
        #expect(application.brokenPromises <= application.operations / 10)
        if ApplicationRaceTests.isLong {
            print(
                "stress: seed \(ApplicationRaceTests.seed), \(application.operations) operations, \(loop.runs) runs, "
                    + "\(loop.killed) of them killed, \(loop.removals) entries removed, "
                    + "\(application.sessions.count) sessions at the end, \(application.brokenPromises) logins too slow "
                    + "to count")
        }
    }
}

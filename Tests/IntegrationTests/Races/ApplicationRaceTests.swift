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

    @Test(.needs(.listPositions)) func `no live session loses its entry while the application goes on`() throws {
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
        try RaceEnd.check(application) { try appauth.report($0) }

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

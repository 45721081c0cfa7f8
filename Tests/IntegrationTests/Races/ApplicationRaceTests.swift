import Synchronization
import TestSupport
import Testing

/// The application and the janitor at work on the same servers at the same time, while those stall, are full, fail over
/// and so on.
///
/// `STRESS_OPERATIONS` makes all of it long, as `make stress` does; `SESSION_JANITOR_SEED` repeats what the application
/// does and what gets in its way.
@Suite(.waiting, .serialized) struct ApplicationRaceTests {
    private static let isLong = RaceVariables.isLong
    private static let grace = RaceVariables.grace
    /// How often each disturbance has to take place, and how many runs there are.
    private static let least = isLong ? 10 : 1
    private static let leastRuns = isLong ? 50 : 4

    private let tally = RaceTally()

    @Test(.needs(.listPositions), arguments: RaceScene.wanted)
    func `no live session loses anything`(scene: RaceScene) throws {
        let seed = RaceVariables.seed
        let start = ContinuousClock.now
        let least = (RaceVariables.operations ?? 100_000) * scene.share / 100 / (Self.isLong ? 1 : 20)
        let host = try RaceHost(scene, tally)
        let application = RaceApplication(
            scene, clients: try (0..<4).map { _ in try host.client() }, tally: tally, seed: seed, grace: Self.grace,
            population: (Self.isLong ? 6_000 : 1_600) / (scene.things.count > 1 ? 4 : scene.isCluster ? 2 : 1),
            now: try host.time())
        let janitors = try JanitorLoop(scene, host, tally, seed: seed, grace: Self.grace)
        let disturbing = Mutex(try Disturber(scene, host, janitors, tally, seed: seed))
        let isDisturbed = Mutex(scene.isDisturbed)
        let game = RaceGame(tally)
        let deadline = Deadline(in: .seconds(Self.isLong ? 600 : 60))
        if scene.isDisturbed {
            game.start { game in
                defer { isDisturbed.withLock { $0 = false } }
                try disturbing.withLock { disturber in
                    while !game.isGivenUp,
                        !disturber.isEnough(Self.least) && !deadline.hasPassed || game.operations < least
                    {
                        try disturber.disturbOnce()
                    }
                }
            }
        }
        game.start { [tally, deadline] game in
            while !game.isGivenUp,
                tally[.runs] < Self.leastRuns || game.operations < least || !hasRemoved(scene) && !deadline.hasPassed
                    || isDisturbed.withLock({ $0 })
            {
                try janitors.runOnce()
            }
        }
        try game.play(application, operations: least)
        try disturbing.withLock { try $0.cleanUp() }
        try RaceEnd(scene, host, application, janitors, tally).check()

        #expect(
            tally.complaints.count == 0,
            "SESSION_JANITOR_SEED=\(seed) repeats this:\n\((tally.complaints.prefix(20) + tally.excuses).joined(separator: "\n"))"
        )
        // A game in which nothing happens would let everything pass.
        #expect(application.operations >= least)
        #expect(hasRemoved(scene), "\(tally.excuses)")
        for disturbance in scene.disturbances {
            #expect(tally[.disturbance(disturbance)] > 0, "no \(disturbance.rawValue): \(tally.excuses)")
        }
        #expect(tally[.brokenPromises] + tally[.missedLogOuts] <= application.operations / 10)
        if Self.isLong || RaceVariables.scene != nil {
            print(tally.line(scene, seed: seed, operations: application.operations, took: .now - start))
        }
    }

    private func hasRemoved(_ scene: RaceScene) -> Bool {
        tally[.completed] > 0 && tally[.killed] > 0 && tally[.entriesRemoved] > 0
            && (tally[.dependentsRemoved] > 0 || scene.things.count == 1)
    }
}

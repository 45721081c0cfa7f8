import Synchronization
import TestSupport
import Testing

/// The application and the janitor at work on the same cluster at the same time, while slots move and replicas take over.
///
/// `CLUSTER_STRESS_OPERATIONS` and `CLUSTER_STRESS_RUNS` make it long, as `make stress` does; `SESSION_JANITOR_SEED`
/// repeats what the application does.
@Suite(.needs(.clusterPort)) struct ClusterApplicationRaceTests {
    private static let operations = RaceVariables.number("CLUSTER_STRESS_OPERATIONS") ?? 3_000
    private static let runs = RaceVariables.number("CLUSTER_STRESS_RUNS") ?? 4
    private static let isLong = operations > 3_000
    private static let grace = Duration.milliseconds(isLong ? 600 : 250)

    @Test func `no live session of a changing cluster loses its entry for good`() throws {
        let appauth = try ClusterAppauth(withReplicas: true)
        let now = Int(try appauth.cluster.primaries[0].client().call("TIME").strings[0].text) ?? 0
        let seed = RaceVariables.seed
        let (operations, leastRuns) = (Self.operations, Self.runs)
        let application = RaceApplication(
            clients: [appauth.client], seed: seed, grace: Self.grace, population: Self.isLong ? 6_000 : 600, now: now,
            patience: .seconds(15))
        let janitors = Mutex(ClusterJanitorLoop(appauth.cluster, seed: seed, grace: Self.grace))
        let changing = Mutex(ClusterChanges(appauth.cluster, seed: seed, failOvers: Self.isLong ? 3 : 1))
        let reviving = Mutex(SessionReviver(appauth.cluster, seed: seed))
        let rivals = Mutex(2)
        let game = RaceGame()
        game.start { game in
            defer { rivals.withLock { $0 -= 1 } }
            try reviving.withLock { reviver in
                while reviver.complaints.isEmpty,
                    game.operations < operations || (reviver.revivals == 0 && reviver.rounds < 100)
                {
                    try reviver.reviveOnce()
                }
            }
        }
        game.start { game in
            defer { rivals.withLock { $0 -= 1 } }
            try changing.withLock { changes in
                while !changes.isEnough || game.operations < operations { try changes.changeOnce() }
            }
        }
        game.start { game in
            try janitors.withLock { loop in
                while loop.runs < leastRuns || game.operations < operations || rivals.withLock({ $0 }) > 0 {
                    try loop.runOnce()
                }
            }
        }
        try game.play(application, operations: operations)
        let (loop, changes, reviver) = (janitors.withLock { $0 }, changing.withLock { $0 }, reviving.withLock { $0 })
        try reviver.cleanUp()
        try RaceEnd.check(application) { try appauth.report($0) }

        let complaints = application.complaints + loop.complaints + reviver.complaints
        #expect(
            complaints.isEmpty,
            "SESSION_JANITOR_SEED=\(seed) repeats this:\n\((complaints + loop.excuses).joined(separator: "\n"))")
        // A game in which nothing happens would let everything pass.
        #expect(application.operations >= operations)
        #expect(loop.runs >= leastRuns)
        #expect(loop.removals > 0, "\(loop.excuses)")
        #expect(reviver.revivals > 0)
        #expect(changes.moves > 0)
        #expect(changes.failOvers > 0)
        #expect(application.brokenPromises + application.missedLogOuts <= application.operations / 10)
        if Self.isLong {
            print(
                "stress of a cluster: seed \(seed), \(application.operations) operations, \(loop.runs) runs, "
                    + "\(loop.completed) of them complete, \(loop.removals) entries removed, "
                    + "\(application.returns) seen to come back, \(reviver.revivals) revived in time, \(changes.moves) slots moved, "
                    + "\(changes.failOvers) fail-overs, \(application.sessions.count) sessions at the end, "
                    + "\(application.brokenPromises) logins too slow to count, \(application.missedLogOuts) sessions "
                    + "missed by a log-out everywhere")
            for excuse in Set(loop.excuses).sorted() { print("  \(excuse)") }
        }
    }
}

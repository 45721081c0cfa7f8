import Synchronization
import TestSupport
import Testing

/// Sessions with pointers and companions time out and come back on a cluster whose slots move, while the janitor is at
/// work. `SESSION_JANITOR_SEED` repeats what the application does.
struct ClusterLayoutRaceTests {
    private static let operations = 3_000
    private static let runs = 6

    @Test func `no session that comes back loses its pointer or its companion for good`() throws {
        let store = try ClusterStore(DependentApplication.layout)
        let seed = RaceVariables.seed
        var application = DependentApplication(store.client, seed: seed)
        let changes = Mutex(ClusterChanges(store.cluster, seed: seed, failOvers: 0))
        let reviving = Mutex(PointerReviver(store.cluster, seed: seed))
        let janitor = Sideline {
            // Large batches, so that a key is out for long before its session is looked for again.
            let result = try JanitorProcess.run(
                ["--json", "--grace", "50ms", "--chunk-time", "20ms", "--allow-no-live-sessions"]
                    + DependentApplication.layout, environment: ["REDIS_URL": store.cluster.url()])
            let report = try RunReport(result)
            guard ["completed", "partial"].contains(report.outcome) else { throw SupportError("\(result)") }
            return report.stat("orphaned_pointers_removed") ?? 0
        }
        let mover = Sideline {
            try changes.withLock { try $0.changeOnce() }
            return 1
        }
        let reviver = Sideline {
            try reviving.withLock {
                let before = $0.revivals
                try $0.reviveOnce()
                return $0.revivals - before
            }
        }
        let others = [reviver, mover, janitor]
        var operations = 0
        while application.complaints.isEmpty, !others.contains(where: \.isOver),
            operations < Self.operations || janitor.rounds < Self.runs || (reviver.sum == 0 && reviver.rounds < 100)
        {
            try application.step()
            operations += 1
        }
        for other in others {
            let failure = try other.stop()
            #expect(failure == nil)
        }
        try reviving.withLock { try $0.cleanUp() }
        try application.checkAll()

        // All is quiet: a run leaves nothing to do, and takes nothing that it should not.
        let (status, _) = try store.clean()
        #expect(status == .exited(0))
        try application.checkAll()
        let (_, after) = try store.clean("--dry-run")
        #expect(after.stat("orphaned_pointers_found") == 0)
        #expect(after.stat("orphaned_companions_found") == 0)
        #expect(after.stat("sessions_checked") == application.livingSessions)
        let complaints = application.complaints + reviving.withLock { $0.complaints }
        #expect(
            complaints.isEmpty, "SESSION_JANITOR_SEED=\(seed) repeats this:\n\(complaints.joined(separator: "\n"))")
        // A game in which nothing happens would let everything pass.
        #expect(application.returns > 100)
        #expect(janitor.sum > 0)
        #expect(mover.sum > 0)
        #expect(reviver.sum > 0)
    }
}

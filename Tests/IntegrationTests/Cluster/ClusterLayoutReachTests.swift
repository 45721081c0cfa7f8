import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// A primary that hangs after the census costs its own keys alone, whatever the layout.
@Suite(.waiting, .needs(.clusterPort)) struct ClusterLayoutReachTests {
    enum Moment: CaseIterable {
        case beforeSecondLook, beforeRemoval
    }

    /// Calls something once, when a phase begins.
    private final class Watcher: CleanupObserver {
        let wantsRemovals = false
        private let phase: CleanupPhase
        private var action: (() -> Void)?

        init(_ phase: CleanupPhase, _ action: @escaping () -> Void) {
            self.phase = phase
            self.action = action
        }

        func progress(_ phase: CleanupPhase, done: Int, total: Int) {
            guard phase == self.phase else { return }
            action?()
            action = nil
        }

        func removal(
            _ kind: Removal.Kind, _ reason: Removal.Reason, of template: KeyTemplate, key: [UInt8], ids: [[UInt8]]
        ) {}
    }

    @Test(arguments: RandomLayout.allCases.filter { $0 != .websocket }, Moment.allCases)
    func `the rest is cleaned, and what cannot be reached is kept and told`(layout: RandomLayout, moment: Moment) throws
    {
        // None of the nodes is to be taken for dead meanwhile.
        let cluster = try PrivateCluster(
            arguments: ["--cluster-node-timeout", "30000", "--cluster-require-full-coverage", "no"])
        let seed = UInt64.random(in: 0..<1_000_000_000)
        var generator = KeyspaceGenerator(seed: seed, now: try cluster.time(), [layout], isOdd: false)
        var model: KeyspaceModel
        var keyspace: Keyspace
        repeat {
            keyspace = generator.make()
            keyspace.options.allowsNoLiveSessions = true
            try cluster.empty()
            try cluster.write(keyspace.commands, to: 0)
            model = KeyspaceModel(try cluster.snapshot(of: 0), of: keyspace, now: Double(try cluster.time()))
        } while model.removals < 12
        let connection = try ClusterConnection.open(
            to: Endpoint(url: cluster.url), mode: .readWrite, timeout: .milliseconds(300),
            retries: RetryPolicy(pauses: [.milliseconds(10)]))
        let lost = cluster.primaries[2]
        let watcher = Watcher(.secondLook) { if moment == .beforeSecondLook { lost.freeze() } }
        let cleanup = try PlannedCleanup(
            Layout(words: layout.arguments), includesExpired: keyspace.options.includesExpired, observer: watcher
        ) { _ in connection }
        if moment == .beforeRemoval { lost.freeze() }
        let report = try cleanup.execute()
        lost.thaw()
        #expect(report.outcome == .partial || report.outcome == .completed, "seed \(seed): \(report)")
        if report.outcome == .partial, report.statistics.unreadableIndexKeys == 0 {
            let isTold = report.warnings.contains { if case .unreachable = $0 { true } else { false } }
            #expect(isTold, "seed \(seed): \(report)")
        }
        if report.outcome == .completed {
            #expect(model.after.difference(to: try cluster.snapshot(of: 0)) == nil, "seed \(seed): not told")
        }
        // Nothing live is gone: all that is left to do leads to what a run without a loss leads to.
        let result = try JanitorProcess.run(
            ["--json", "--no-lock"] + keyspace.arguments, environment: ["REDIS_URL": cluster.url])
        #expect(["completed", "partial"].contains(try RunReport(result).outcome), "seed \(seed): \(result)")
        let difference = model.after.difference(to: try cluster.snapshot(of: 0))
        #expect(difference == nil, "seed \(seed): \(difference ?? "")")
    }
}

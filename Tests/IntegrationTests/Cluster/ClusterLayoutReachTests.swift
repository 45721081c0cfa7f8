import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// A primary that hangs after the census costs its own keys alone, whatever the layout.
@Suite(.needs(.clusterPort)) struct ClusterLayoutReachTests {
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

    private static func layout(_ layout: RandomLayout) throws -> Layout {
        let words = layout.arguments
        let options = stride(from: 2, to: words.count, by: 2).compactMap { place in
            LayoutOption.Name(rawValue: words[place]).map { LayoutOption($0, words[place + 1]) }
        }
        return try Layout(try #require(BuiltInLayout(rawValue: words[1])), options: options)
    }

    @Test(arguments: RandomLayout.allCases.filter { $0 != .websocket }, Moment.allCases)
    func `the rest is cleaned, and what cannot be reached is kept and told`(layout: RandomLayout, moment: Moment) throws
    {
        // None of the nodes is to be taken for dead meanwhile.
        let host = try ClusterHost(
            PrivateCluster(arguments: ["--cluster-node-timeout", "30000", "--cluster-require-full-coverage", "no"]))
        let seed = UInt64.random(in: 0..<1_000_000_000)
        var generator = RandomLayoutGenerator(seed: seed, now: try host.time(), [layout])
        var model: RandomLayoutModel
        var keyspace: RandomLayoutKeyspace
        repeat {
            keyspace = generator.make()
            try host.empty()
            try host.write(keyspace.commands, to: 0)
            model = RandomLayoutModel(
                try host.snapshot(of: 0), layout, includesExpired: keyspace.includesExpired,
                now: Double(try host.time()))
        } while model.removals < 12
        let connection = try ClusterConnection.open(
            to: Endpoint(url: host.cluster.url()), mode: .readWrite, timeout: .milliseconds(300),
            retries: RetryPolicy(pauses: [.milliseconds(10)]))
        var options = CleanupOptions(
            layout: try Self.layout(layout), isDryRun: true, includesExpired: keyspace.includesExpired, grace: .zero)
        options.limits.allowsNoLiveSessions = true
        let lost = host.cluster.primaries[2]
        let watcher = Watcher(.secondLook) { if moment == .beforeSecondLook { lost.freeze() } }
        let cleanup = Cleanup(connection, options: options, observer: watcher)
        let dry = cleanup.run()
        #expect(dry.error == nil, "seed \(seed)")
        if moment == .beforeRemoval { lost.freeze() }
        let report = cleanup.execute(on: connection)
        lost.thaw()
        #expect(report.outcome == .partial || report.outcome == .completed, "seed \(seed): \(report)")
        if report.outcome == .partial, report.statistics.unreadableIndexKeys == 0 {
            let isTold = report.warnings.contains { if case .unreachable = $0 { true } else { false } }
            #expect(isTold, "seed \(seed): \(report)")
        }
        if report.outcome == .completed {
            #expect(model.after.difference(to: try host.snapshot(of: 0)) == nil, "seed \(seed): not told")
        }
        // Nothing live is gone: all that is left to do leads to what a run without a loss leads to.
        let result = try JanitorProcess.run(
            keyspace.arguments + ["--no-lock"], environment: ["REDIS_URL": host.url(database: 0)])
        #expect(["completed", "partial"].contains(try RunReport(result).outcome), "seed \(seed): \(result)")
        let difference = model.after.difference(to: try host.snapshot(of: 0))
        #expect(difference == nil, "seed \(seed): \(difference ?? "")")
    }
}

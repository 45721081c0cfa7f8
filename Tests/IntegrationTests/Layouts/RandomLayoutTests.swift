import Foundation
import TestSupport
import Testing

/// The janitor against a model of the other stores that it knows, over small keyspaces of theirs.
///
/// `SESSION_JANITOR_SEED` repeats the keyspaces of a former run, `SESSION_JANITOR_KEYSPACE` one of them alone.
struct RandomLayoutTests {
    private static let keyspacesEach = 20
    private static let seed: UInt64 = variable("SESSION_JANITOR_SEED") ?? .random(in: 0..<1_000_000_000)
    private static let only = variable("SESSION_JANITOR_KEYSPACE")

    private static func variable(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test(arguments: 0..<3)
    func `random keyspaces of a store are cleaned as its description says`(share: Int) throws {
        let first = UInt64(share * RandomLayoutTests.keyspacesEach)
        let layouts = RandomLayout.allCases.filter { $0 != .websocket }
        let numbers = first..<first + UInt64(RandomLayoutTests.keyspacesEach)
        let removals = try trials(numbers, layouts, on: SingleServer.onSocket())
        // A generator that makes nothing to remove would let everything pass.
        if RandomLayoutTests.only == nil { #expect(removals > RandomLayoutTests.keyspacesEach) }
    }

    /// Few, as the proof that a presence key is nobody's takes a second.
    @Test(arguments: 1_000..<1_002 as Range<UInt64>)
    func `random keyspaces with presence keys are cleaned as their description says`(number: UInt64) throws {
        _ = try trials(number..<number + 1, [.websocket], on: SingleServer.onSocket())
    }

    /// With a restore in between, as no node has all that belongs together.
    @Test func `random keyspaces are cleaned and restored on a cluster in just the same way`() throws {
        let host = try ClusterHost(PrivateCluster())
        var removals = 0
        for (place, layout) in RandomLayout.allCases.enumerated() {
            let first = UInt64(2_000 + 10 * place)
            let count: UInt64 = layout == .websocket ? 1 : 4
            removals += try trials(first..<first + count, [layout], on: host, restores: layout != .websocket)
        }
        if RandomLayoutTests.only == nil { #expect(removals > RandomLayoutTests.keyspacesEach) }
    }

    private func trials(
        _ numbers: Range<UInt64>, _ layouts: [RandomLayout], on host: any KeyspaceHost, restores: Bool = false
    ) throws -> Int {
        var removals = 0
        var failures = 0
        for number in numbers where RandomLayoutTests.only.map({ $0 == number }) ?? true {
            var generator = RandomLayoutGenerator(
                seed: RandomLayoutTests.seed &+ number &* 0x9e37_79b9, now: try host.time(), layouts)
            let keyspace = generator.make()
            var trial = try RandomLayoutTrial(keyspace, on: host, restores: restores)
            try trial.run()
            removals += trial.removals
            guard !trial.complaints.isEmpty else { continue }
            Issue.record(
                """
                SESSION_JANITOR_SEED=\(RandomLayoutTests.seed) SESSION_JANITOR_KEYSPACE=\(number) repeats this: \
                \(keyspace.arguments)
                \(trial.complaints.joined(separator: "\n"))
                """)
            failures += 1
            if failures == 5 { break }
        }
        return removals
    }
}

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
        let removals = try trials(first..<first + UInt64(RandomLayoutTests.keyspacesEach), layouts)
        // A generator that makes nothing to remove would let everything pass.
        if RandomLayoutTests.only == nil { #expect(removals > RandomLayoutTests.keyspacesEach) }
    }

    /// Few, as the proof that a presence key is nobody's takes 2.5 s.
    @Test(arguments: 1_000..<1_002 as Range<UInt64>)
    func `random keyspaces with presence keys are cleaned as their description says`(number: UInt64) throws {
        _ = try trials(number..<number + 1, [.websocket])
    }

    private func trials(_ numbers: Range<UInt64>, _ layouts: [RandomLayout]) throws -> Int {
        let redis = try PrivateRedis()
        let client = try redis.client()
        var removals = 0
        var failures = 0
        for number in numbers where RandomLayoutTests.only.map({ $0 == number }) ?? true {
            let now = Int(try client.call("TIME").strings[0].text) ?? 0
            var generator = RandomLayoutGenerator(
                seed: RandomLayoutTests.seed &+ number &* 0x9e37_79b9, now: now, layouts)
            let keyspace = generator.make()
            var trial = try RandomLayoutTrial(keyspace, on: redis, client)
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

import Foundation
import TestSupport
import Testing

/// The janitor against a model of itself, over databases that nobody would think of.
///
/// `SESSION_JANITOR_SEED` repeats the keyspaces of a former run, `SESSION_JANITOR_KEYSPACE` one of them alone.
struct RandomKeyspaceTests {
    private static let keyspacesEach = 150
    private static let keyspacesOnOtherWays: UInt64 = 40
    private static let seed: UInt64 = variable("SESSION_JANITOR_SEED") ?? .random(in: 0..<1_000_000_000)
    private static let only: UInt64? = variable("SESSION_JANITOR_KEYSPACE")

    private static func variable(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test(arguments: 0..<4)
    func `random keyspaces are reported and cleaned as the contract says`(share: Int) throws {
        let first = UInt64(share * RandomKeyspaceTests.keyspacesEach)
        try run(first..<first + UInt64(RandomKeyspaceTests.keyspacesEach), on: SingleServer.onSocket())
    }

    /// The first of the keyspaces above, held against the same model, so that every way has the same results.
    @Test(.needs(.tls))
    func `random keyspaces give the same results over TLS`() throws {
        try run(0..<RandomKeyspaceTests.keyspacesOnOtherWays, on: SingleServer.overTLS())
    }

    @Test func `random keyspaces give the same results through a sentinel`() throws {
        try run(0..<RandomKeyspaceTests.keyspacesOnOtherWays, on: SingleServer.throughSentinel())
    }

    private func run(_ numbers: Range<UInt64>, on host: any KeyspaceHost) throws {
        var removals = 0
        var failures = 0
        for number in numbers where RandomKeyspaceTests.only.map({ $0 == number }) ?? true {
            let seed = RandomKeyspaceTests.seed &+ number &* 0x9e37_79b9
            var generator = KeyspaceGenerator(seed: seed, now: try host.time())
            let keyspace = generator.make()
            var trial = try KeyspaceTrial(keyspace, on: host)
            try trial.run(again: number % 3 == 0)
            removals += trial.model.removals
            guard !trial.complaints.isEmpty else { continue }
            Issue.record(
                """
                SESSION_JANITOR_SEED=\(RandomKeyspaceTests.seed) SESSION_JANITOR_KEYSPACE=\(number) repeats this: \
                database \(keyspace.database), \(keyspace.arguments)
                \(trial.complaints.joined(separator: "\n"))
                """)
            failures += 1
            if failures == 5 { break }
        }
        // A generator that makes nothing to remove would let everything pass.
        if RandomKeyspaceTests.only == nil { #expect(removals > numbers.count) }
    }

    @Test func `the model takes no broken text for a session`() {
        let oracle = SessionOracle(now: 0, maxAgeDays: 0)
        for text in SessionValueGenerator.broken {
            let verdict = oracle.verdict(StoredKey(content: .string(Bytes(text))))
            #expect(verdict == .unreadable, "\(text)")
        }
    }
}

import Foundation
import TestSupport
import Testing

/// The janitor against a model of itself, over databases of every store that nobody would think of.
///
/// `SESSION_JANITOR_SEED` repeats the keyspaces of a former run, `SESSION_JANITOR_KEYSPACE` one of them alone.
@Suite(.waiting) struct RandomKeyspaceTests {
    private static let keyspacesEach: UInt64 = 150
    private static let seed: UInt64 = variable("SESSION_JANITOR_SEED") ?? .random(in: 0..<1_000_000_000)
    private static let only: UInt64? = variable("SESSION_JANITOR_KEYSPACE")
    /// The proof that a presence key is nobody's takes a second.
    private static let quickStores = RandomLayout.allCases.filter { $0 != .appauth && $0 != .websocket }

    private static func variable(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `random keyspaces are reported, cleaned and restored as the contract says`(share: UInt64) throws {
        let (redis, first) = (try PrivateRedis(), share * Self.keyspacesEach)
        try run(first..<first + Self.keyspacesEach, of: [.appauth], on: redis)
        try run(10_000 + first..<10_030 + first, of: Self.quickStores, on: redis)
    }

    @Test(arguments: 11_000..<11_003 as Range<UInt64>)
    func `random keyspaces with presence keys are cleaned as their description says`(number: UInt64) throws {
        try run(number..<number + 1, of: [.websocket], on: PrivateRedis())
    }

    /// The first of the keyspaces above, held against the same model, so that every way has the same results.
    @Test(.needs(.tls))
    func `random keyspaces give the same results over TLS`() throws {
        try run(0..<40, of: [.appauth], on: OtherWay.overTLS())
    }

    @Test func `random keyspaces give the same results through a sentinel`() throws {
        try run(0..<40, of: [.appauth], on: OtherWay.throughSentinel())
    }

    /// With many a restore, as no node has all that belongs together.
    @Test(.needs(.clusterPort))
    func `random keyspaces give the same results on a cluster`() throws {
        let cluster = try PrivateCluster()
        try run(0..<40, of: [.appauth], on: cluster)
        try run(12_000..<12_028, of: Self.quickStores, on: cluster)
        try run(13_000..<13_001, of: [.websocket], on: cluster)
    }

    private func run(_ numbers: Range<UInt64>, of layouts: [RandomLayout], on host: any DataHost) throws {
        var removals = 0
        var failures = 0
        for number in numbers where Self.only.map({ $0 == number }) ?? true {
            let seed = Self.seed &+ number &* 0x9e37_79b9
            var generator = KeyspaceGenerator(seed: seed, now: try host.time(), layouts)
            let keyspace = generator.make()
            var trial = try KeyspaceTrial(keyspace, on: host)
            // Presence keys have no way back that is theirs alone.
            let restores = number % (host.databases == 1 ? 2 : 10) == 1 && keyspace.layout != .websocket
            try trial.run(restores: restores, again: number % 3 == 0)
            removals += trial.model.removals
            guard !trial.complaints.isEmpty else { continue }
            Issue.record(
                """
                SESSION_JANITOR_SEED=\(Self.seed) SESSION_JANITOR_KEYSPACE=\(number) repeats this: \
                database \(keyspace.database), \(keyspace.arguments)
                \(trial.complaints.joined(separator: "\n"))
                """)
            failures += 1
            if failures == 5 { break }
        }
        // A generator that makes nothing to remove would let everything pass.
        if Self.only == nil, numbers.count > 1 { #expect(removals > numbers.count) }
    }

    @Test func `the model takes no broken text for a session`() {
        for text in SessionValueGenerator.broken {
            let date = Keyspace(layout: .appauth).rules.date(of: StoredKey(content: .string(Bytes(text))))
            #expect(date == .unreadable, "\(text)")
        }
    }
}

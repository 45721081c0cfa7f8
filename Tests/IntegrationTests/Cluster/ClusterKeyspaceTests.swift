import TestSupport
import Testing

/// The same keys give the same numbers, wherever they are.
@Suite(.needs(.clusterPort)) struct ClusterKeyspaceTests {
    private static let keyspaces: UInt64 = 40

    @Test func `random keyspaces give the same report and the same data on a cluster as on one server`() throws {
        let redis = try PrivateRedis()
        let client = try redis.client()
        let cluster = try PrivateCluster()
        let router = ClusterClient(cluster)
        let primaries = try cluster.primaries.map { try $0.client() }
        let now = Int(try client.call("TIME").strings[0].text) ?? 0
        let seed = UInt64.random(in: 0..<1_000_000_000)
        var removals = 0
        for number in 0..<ClusterKeyspaceTests.keyspaces {
            var generator = KeyspaceGenerator(seed: seed &+ number &* 0x9e37_79b9, now: now)
            let keyspace = generator.make()
            for one in primaries + [client] { try one.call("FLUSHALL") }
            try client.run(keyspace.commands)
            try router.run(keyspace.commands)
            for mode in [["--dry-run"], []] {
                let arguments = ["--json"] + keyspace.arguments + mode
                let single = try JanitorProcess.run(arguments, environment: ["REDIS_URL": redis.url])
                let shared = try JanitorProcess.run(arguments, environment: ["REDIS_URL": cluster.url()])
                let (expected, actual) = (try RunReport(single), try RunReport(shared))
                let name = "seed \(seed) keyspace \(number) \(arguments)"
                #expect(shared.status == single.status, "\(name)")
                #expect(numbers(expected) == numbers(actual), "\(name)")
                #expect(expected.outcome == actual.outcome, "\(name)")
                #expect(expected.consistency == actual.consistency, "\(name)")
                #expect(Set(expected.warnings.map(kind)) == Set(actual.warnings.map(kind)), "\(name)")
                if mode != [] { #expect(actual.stat("write_commands_sent") == 0) }
                removals += actual.stat("orphaned_sessions_removed") ?? 0
            }
            var joined = try Snapshot(primaries[0])
            for primary in primaries.dropFirst() {
                for (key, value) in try Snapshot(primary).keys { joined[key] = value }
            }
            #expect(try Snapshot(client).difference(to: joined) == nil, "seed \(seed) keyspace \(number)")
        }
        #expect(removals > 0)
    }

    private func numbers(_ report: RunReport) -> [String: Int] {
        report.stats.filter { $0.key != "write_commands_sent" }
    }

    /// Without the numbers and names in it.
    private func kind(_ warning: String) -> Substring {
        warning.drop { !$0.isLetter }.prefix(30)
    }
}

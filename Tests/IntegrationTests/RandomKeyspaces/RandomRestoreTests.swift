import Foundation
import TestSupport
import Testing

/// A run and then a restore, over databases that nobody would think of: nothing may be different afterwards.
///
/// `SESSION_JANITOR_RESTORE_SEED` repeats one keyspace of a former run alone.
struct RandomRestoreTests {
    private static let keyspaces = 60

    @Test func `a run and a restore leave random keyspaces as they were`() throws {
        let redis = try PrivateRedis(ServerProgram.debugArguments)
        let client = try redis.client()
        let folder = try TemporaryFolder()
        let only = ProcessInfo.processInfo.environment["SESSION_JANITOR_RESTORE_SEED"].flatMap { UInt64($0) }
        let first = only ?? UInt64.random(in: 0..<1_000_000_000)
        var removals = 0
        for number in 0..<UInt64(only == nil ? RandomRestoreTests.keyspaces : 1) {
            let now = Int(try client.call("TIME").strings[0].text) ?? 0
            var generator = KeyspaceGenerator(seed: first &+ number, now: now)
            let keyspace = generator.make()
            try client.call("FLUSHALL")
            try client.call("SELECT", Bytes(keyspace.database))
            try client.run(keyspace.commands)
            let before = try Snapshot(client)
            let digest = try client.call("DEBUG", "DIGEST")
            let file = folder.file("\(number)")
            let environment = ["REDIS_URL": redis.url(database: keyspace.database)]
            let cleaned = try JanitorProcess.run(
                ["--json", "--backup", file] + keyspace.arguments, environment: environment)
            guard cleaned.status == .exited(0) || cleaned.status == .exited(3) else { continue }
            let report = try RunReport(cleaned)
            let removed =
                report.stat("orphaned_sessions_removed", "expired_entries_removed", "expired_sessions_removed")
            removals += removed
            guard removed > 0 else { continue }
            let result = try JanitorProcess.run(
                ["restore", file, "--json", "--entries-without-session"], environment: environment)
            let reading = try RestoreReading(result)
            let name = "seed \(first &+ number), \(keyspace.arguments)"
            #expect(result.status == .exited(0), "\(name): \(result)")
            let expired = reading.stat("expired") ?? 0
            if expired == 0 {
                let difference = before.difference(to: try Snapshot(client), within: 1_000)
                #expect(difference == nil, "\(name): \(difference ?? "")")
                #expect(try client.call("DEBUG", "DIGEST") == digest, "\(name)")
            }
        }
        // A generator that makes nothing to remove would let everything pass.
        if only == nil { #expect(removals > RandomRestoreTests.keyspaces) }
    }
}

extension RunReport {
    fileprivate func stat(_ names: String...) -> Int {
        names.reduce(0) { $0 + (stat($1) ?? 0) }
    }
}

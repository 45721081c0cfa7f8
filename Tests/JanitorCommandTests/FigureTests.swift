import Foundation
import Testing

@testable import JanitorCommand
@testable import SessionJanitor

struct FigureTests {
    /// The contract's section 5, each name with the field that holds its number.
    private static let names: [(String, any WritableKeyPath<CleanupStatistics, Int> & Sendable)] = [
        ("user_sessions_checked", \.indexKeysChecked),
        ("total_sessions_checked", \.entriesChecked),
        ("valid_sessions_found", \.validEntriesFound),
        ("orphaned_sessions_found", \.orphanedEntriesFound),
        ("orphaned_sessions_left", \.orphanedEntriesLeft),
        ("user_sessions_cleaned", \.indexKeysCleaned),
        ("orphaned_sessions_removed", \.orphanedEntriesRemoved),
        ("empty_user_sessions_removed", \.emptyIndexKeysRemoved),
        ("empty_user_sessions_found", \.emptyIndexKeysFound),
        ("expired_entries_found", \.expiredEntriesFound),
        ("expired_entries_removed", \.expiredEntriesRemoved),
        ("sessions_checked", \.sessionsChecked),
        ("expired_sessions_found", \.expiredSessionsFound),
        ("expired_sessions_removed", \.expiredSessionsRemoved),
        ("undated_sessions_found", \.undatedSessionsFound),
        ("unreadable_sessions_found", \.unreadableSessionsFound),
        ("revived_sessions_found", \.revivedSessionsFound),
        ("unreadable_index_keys", \.unreadableIndexKeys),
        ("orphaned_pointers_found", \.orphanedPointersFound),
        ("orphaned_pointers_removed", \.orphanedPointersRemoved),
        ("orphaned_companions_found", \.orphanedCompanionsFound),
        ("orphaned_companions_removed", \.orphanedCompanionsRemoved),
        ("orphaned_presence_keys_found", \.orphanedPresenceKeysFound),
        ("orphaned_presence_keys_removed", \.orphanedPresenceKeysRemoved),
        ("expired_dependents_found", \.expiredDependentsFound),
        ("expired_dependents_removed", \.expiredDependentsRemoved),
        ("idle_sessions_found", \.idleSessionsFound),
        ("idle_sessions_removed", \.idleSessionsRemoved),
        ("excess_sessions_found", \.excessSessionsFound),
        ("excess_sessions_removed", \.excessSessionsRemoved),
        ("presence_keys_without_ttl_found", \.presenceKeysWithoutTTLFound),
        ("missing_ttls_found", \.missingTTLsFound),
        ("ttls_set", \.ttlsSet),
        ("write_commands_sent", \.writeCommandsSent),
    ]

    /// Nil of a number that is null.
    private func encoded(_ statistics: CleanupStatistics) throws -> [String: Int?] {
        struct Object: Decodable {
            let stats: [String: Int?]
        }
        let report = CleanupReport(
            statistics: statistics, consistency: .good, outcome: .completed, warnings: [])
        return try JSONDecoder().decode(Object.self, from: Data(try Sample.record(report: report).json().utf8)).stats
    }

    @Test
    func `its JSON has exactly the contract's names, all 0 at first`() throws {
        let object = try encoded(CleanupStatistics())
        #expect(Set(object.keys) == Set(Self.names.map(\.0) + ["unindexed_sessions_found"]))
        #expect(object.values.allSatisfy { $0 == 0 })
    }

    @Test
    func `what was not counted has no number`() throws {
        var statistics = CleanupStatistics()
        #expect(try encoded(statistics)["sessions_without_ttl_found"] == nil)
        statistics.sessionsWithoutTTLFound = 3
        #expect(try encoded(statistics)["sessions_without_ttl_found"] == 3)
        statistics.unindexedSessionsFound = nil
        #expect(try encoded(statistics)["unindexed_sessions_found"] == .some(nil))
    }

    @Test
    func `each name has the number it stands for`() throws {
        var statistics = CleanupStatistics()
        for (index, entry) in Self.names.enumerated() { statistics[keyPath: entry.1] = index + 1 }
        let object = try encoded(statistics)
        for (index, entry) in Self.names.enumerated() { #expect(object[entry.0] == index + 1, "\(entry.0)") }
    }

    @Test
    func `what a stage would have found out is null until it came to its end; what was removed is always known`() throws
    {
        var statistics = CleanupStatistics(completed: [])
        let known: Set = ["write_commands_sent", "ttls_set"]
        func unknown() throws -> Set<String> { Set(try encoded(statistics).filter { $0.value == nil }.keys) }
        func isRemoval(_ name: String) -> Bool { name.hasSuffix("_removed") || known.contains(name) }
        let all = Set(Self.names.map(\.0) + ["unindexed_sessions_found"])
        #expect(try unknown() == all.filter { !isRemoval($0) })
        #expect(statistics[\.sessionsChecked] == nil)
        statistics.completed = [.census]
        #expect(statistics[\.sessionsChecked] == 0)
        #expect(statistics[\.entriesChecked] == nil)
        statistics.completed = [.census, .survey]
        #expect(statistics[\.entriesChecked] == 0)
        #expect(statistics[\.orphanedEntriesFound] == nil)
        statistics.completed = [.census, .survey, .secondLook]
        #expect(try unknown().isEmpty)
    }
}

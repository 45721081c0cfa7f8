import Testing

@testable import SessionJanitor

@Suite struct CleanupPlanTests {
    private struct Group: Equatable {
        var user: [UInt8]
        var reason: RemovalReason
        var ids: [[UInt8]]
    }

    private func plan(_ keys: [(user: String, entries: [(String, RemovalReason)])], sessions: Int = 0) -> CleanupPlan {
        let log = EntryLog()
        for key in keys {
            key.user.bytes.withUnsafeBytes { _ = log.append(indexKey: $0, type: .sortedSet, keepsEntries: false) }
            for (id, reason) in key.entries { id.bytes.withUnsafeBytes { log.append(entry: $0, reason: reason) } }
        }
        let expired = ByteLog()
        for number in 0..<sessions {
            "id-\(number)".bytes.withUnsafeBytes { _ = expired.append(tag: 0, number: 1, $0) }
        }
        return CleanupPlan(entries: log, sessions: expired, lastRead: .now)
    }

    private func groups(_ plan: CleanupPlan, limit: Int = 1_000) -> [Group] {
        var groups: [Group] = []
        plan.forEachGroup(limit: limit) { groups.append(Group(user: $0, reason: $2, ids: $3)) }
        return groups
    }

    @Test("An empty plan has no groups")
    func empty() {
        #expect(plan([]).isEmpty)
        #expect(groups(plan([])) == [])
        #expect(groups(plan([("u", [])])) == [])
    }

    @Test("Entries are grouped by index key and reason, in order")
    func grouping() {
        let plan = plan(
            [
                ("ann", [("a", .orphaned), ("b", .expired), ("c", .orphaned)]), ("", [("d", .expired)]),
                ("bob", [("", .orphaned)]),
            ])
        #expect(
            groups(plan) == [
                Group(user: "ann".bytes, reason: .orphaned, ids: ["a".bytes, "c".bytes]),
                Group(user: "ann".bytes, reason: .expired, ids: ["b".bytes]),
                Group(user: [], reason: .expired, ids: ["d".bytes]),
                Group(user: "bob".bytes, reason: .orphaned, ids: [[]]),
            ])
    }

    @Test("No group is larger than the limit, and every entry is in one group", arguments: [1, 2, 3, 7, 25, 26, 1_000])
    func limit(limit: Int) {
        let entries = (0..<25).map { ("id-\($0)", $0 % 3 == 0 ? RemovalReason.expired : .orphaned) }
        let groups = groups(plan([("ann", entries), ("bob", entries)]), limit: limit)
        #expect(groups.allSatisfy { (1...limit).contains($0.ids.count) })
        for user in ["ann", "bob"] {
            for reason in [RemovalReason.orphaned, .expired] {
                let ids = groups.filter { $0.user == user.bytes && $0.reason == reason }.flatMap(\.ids)
                #expect(ids == entries.filter { $0.1 == reason }.map { $0.0.bytes })
            }
        }
    }

    @Test("Its numbers are those of the log")
    func numbers() {
        let plan = plan([("a", [("x", .orphaned), ("y", .orphaned)]), ("b", [("z", .expired)])], sessions: 4)
        #expect(plan.orphanedEntries == 2)
        #expect(plan.expiredEntries == 1)
        #expect(plan.entryCount == 3)
        #expect(plan.indexKeys == 2)
        #expect(plan.expiredSessions == 4)
        #expect(!plan.isEmpty)
    }

    @Test("A plan of sessions alone is not empty")
    func sessionsAlone() {
        #expect(!plan([], sessions: 1).isEmpty)
    }
}

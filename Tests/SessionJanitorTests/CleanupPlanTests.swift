import Testing

@testable import SessionJanitor

struct CleanupPlanTests {
    private struct Group: Equatable {
        var user: [UInt8]
        var reason: Removal.Reason
        var ids: [[UInt8]]
    }

    private let layout: Layout

    init() throws {
        layout = try Layout()
    }

    private func plan(_ keys: [(user: String, entries: [(String, Removal.Reason)])], sessions: Int = 0) -> CleanupPlan {
        let log = RemovalLog()
        for key in keys {
            key.user.bytes.withUnsafeBytes { _ = log.append(indexKey: $0, type: .sortedSet, keepsEntries: false) }
            for (id, reason) in key.entries {
                id.bytes.withUnsafeBytes {
                    log.append(Removal(kind: .entry, reason: reason, template: 0, stem: $0))
                }
            }
        }
        let expired = ByteLog()
        for number in 0..<sessions {
            "id-\(number)".bytes.withUnsafeBytes { _ = expired.append(tag: 0, prefix: 1, count: 8, $0) }
        }
        return CleanupPlan(log, sessions: ExpiredSessions(expired, layout))
    }

    private func groups(_ plan: CleanupPlan, limit: Int = 1_000) -> [Group] {
        let told = Listener()
        var groups = RemovalGroups(layout, told, limit: limit)
        plan.forEach(layout) { groups.add($0) }
        groups.finish()
        return told.groups
    }

    private final class Listener: CleanupObserver {
        var groups: [Group] = []
        let wantsRemovals = true

        func progress(_ phase: CleanupPhase, done: Int, total: Int) {}

        func removal(
            _ kind: Removal.Kind, _ reason: Removal.Reason, of template: KeyTemplate, key: [UInt8], ids: [[UInt8]]
        ) {
            guard kind == .entry else { return }
            groups.append(Group(user: Array(key.dropFirst("appauth:usess:".utf8.count)), reason: reason, ids: ids))
        }
    }

    @Test
    func `an empty plan has no groups`() {
        #expect(plan([]).isEmpty)
        #expect(groups(plan([])) == [])
        #expect(groups(plan([("u", [])])) == [])
    }

    @Test
    func `entries are grouped by index key and reason, in order`() {
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

    @Test(arguments: [1, 2, 3, 7, 25, 26, 1_000])
    func `no group is larger than the limit, and every entry is in one group`(limit: Int) {
        let entries = (0..<25).map { ("id-\($0)", $0 % 3 == 0 ? Removal.Reason.expired : .orphaned) }
        let groups = groups(plan([("ann", entries), ("bob", entries)]), limit: limit)
        #expect(groups.allSatisfy { (1...limit).contains($0.ids.count) })
        for user in ["ann", "bob"] {
            for reason in [Removal.Reason.orphaned, .expired] {
                let ids = groups.filter { $0.user == user.bytes && $0.reason == reason }.flatMap(\.ids)
                #expect(ids == entries.filter { $0.1 == reason }.map { $0.0.bytes })
            }
        }
    }

    @Test
    func `its numbers are those of the log`() {
        let plan = plan([("a", [("x", .orphaned), ("y", .orphaned)]), ("b", [("z", .expired)])], sessions: 4)
        #expect(plan.count(.entry, .orphaned) == 2)
        #expect(plan.count(.entry, .expired) == 1)
        #expect(plan.count(.entry) == 3)
        #expect(plan.indexKeys == 2)
        #expect(plan.count(.session) == 4)
        #expect(!plan.isEmpty)
    }

    @Test
    func `a plan of sessions alone is not empty`() {
        #expect(!plan([], sessions: 1).isEmpty)
    }
}

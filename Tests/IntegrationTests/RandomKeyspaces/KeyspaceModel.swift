import TestSupport

/// What a run has to find, say and remove, reckoned from the contract over plain sets and dictionaries.
struct KeyspaceModel {
    private enum Verdict {
        case live, expired, undated, unreadable
    }

    enum Warning: String, CaseIterable {
        case refusal = "a real run would be refused"
        case unreadableIndexKeys = "cannot hold session ids"
        case undated = "without a usable date"
        case unreadable = "not a JSON object"
        case foreign = "cannot name a session"
        case noEffect = "--max-age-days has no effect without --include-expired"
    }

    private var found: [String: Int] = [:]
    private var removed: [String: Int] = [:]
    /// The database after a real run.
    private(set) var after: Snapshot
    private(set) var isRefused = false

    private let before: Snapshot
    private let rules: KeyspaceRules
    private let options: RunOptions
    private let now: Double
    private var sessions: [Bytes: Verdict] = [:]
    /// Keys that are not the layout's.
    private var others = 0
    /// Whether an entry or a pointer names no session by its form.
    private var hasForeign = false

    /// How many entries and keys would go.
    var removals: Int {
        removed.filter { $0.key != "empty_user_sessions_removed" }.values.reduce(0, +)
    }

    init(_ snapshot: Snapshot, of keyspace: Keyspace, now: Double) {
        before = snapshot
        after = snapshot
        rules = keyspace.rules
        options = keyspace.options
        self.now = now
        for (key, stored) in snapshot.keys {
            switch rules.role(of: key, stored) {
            case .session: sessions[key] = options.includesExpired ? verdict(stored) : .live
            case .foreign: others += 1
            default: break
            }
        }
        reckonEntries()
        reckonDependents()
        reckonSessions()
        isRefused = isImplausible || isTooMuch
        if isRefused { after = before }
    }

    private func verdict(_ session: StoredKey) -> Verdict {
        guard rules.isAlive(session) else { return .expired }
        return switch rules.date(of: session) {
        case .over(let end): end < now ? .expired : .live
        case .undated: .undated
        case .unreadable: .unreadable
        }
    }

    // MARK: What is refused

    private func found(_ names: String...) -> Int { names.reduce(0) { $0 + (found[$1] ?? 0) } }

    private var isImplausible: Bool {
        guard !options.allowsNoLiveSessions else { return false }
        if sessions.isEmpty { return removals > 100 || (removals > 0 && others > 0) }
        // Not one entry names a session that is there, and some would go.
        if found("valid_sessions_found", "expired_entries_found") == 0, found("orphaned_sessions_found") > 0 {
            return true
        }
        // Undated and unreadable sessions are kept, and are not known to live.
        let expired = found("expired_sessions_found")
        return sessions.count > 100 && expired > 0
            && expired + found("undated_sessions_found", "unreadable_sessions_found") == sessions.count
    }

    private var isTooMuch: Bool {
        switch options.limit {
        case .none: false
        case .count(let count): removals > count
        case .permille(let permille):
            removals * 1_000 > permille * (found("total_sessions_checked") + sessions.count)
        }
    }

    // MARK: What the report has to say

    private var hasUnreadableIndexKeys: Bool { found("unreadable_index_keys") > 0 }

    /// Whether there are keys, and none of the layout.
    private var missesItsKeys: Bool { others > 0 && others == before.keys.count }

    /// All numbers but `write_commands_sent`; sessions without a TTL are counted only where that costs nothing.
    func stats(isDryRun: Bool, countsTTL: Bool) -> [String: Int] {
        let removes = !isDryRun && !isRefused
        return found.merging(removes ? removed : removed.mapValues { _ in 0 }) { $1 }
            .merging(["orphaned_sessions_left": removes ? 0 : found("orphaned_sessions_found")]) { $1 }
            .merging(isRefused && !isDryRun ? ["user_sessions_cleaned": 0] : [:]) { $1 }
            .filter { countsTTL || $0.key != "sessions_without_ttl_found" }
    }

    func outcome(isDryRun: Bool) -> String {
        if isRefused, !isDryRun { return "refused" }
        return hasUnreadableIndexKeys ? "partial" : "completed"
    }

    func status(isDryRun: Bool) -> Int32 {
        if isRefused, !isDryRun { return 4 }
        return hasUnreadableIndexKeys ? 3 : 0
    }

    func consistency(isDryRun: Bool) -> String {
        if missesItsKeys { return "unknown" }
        if found("orphaned_sessions_found") == 0 { return "good" }
        return isDryRun || isRefused ? "needs_repair" : "repaired"
    }

    func warnings(isDryRun: Bool) -> Set<Warning> {
        var warnings: Set<Warning> = []
        if isRefused, isDryRun { warnings.insert(.refusal) }
        if options.maxAgeDays != nil, !options.includesExpired { warnings.insert(.noEffect) }
        if hasUnreadableIndexKeys { warnings.insert(.unreadableIndexKeys) }
        if hasForeign { warnings.insert(.foreign) }
        if found("undated_sessions_found") > 0 { warnings.insert(.undated) }
        if found("unreadable_sessions_found") > 0 { warnings.insert(.unreadable) }
        return warnings
    }

    // MARK: Entries

    private mutating func reckonEntries() {
        var numbers = (keys: 0, entries: 0, orphaned: 0, expired: 0, empty: 0, unreadable: 0)
        var listed: Set<Bytes> = []
        var cleaned = 0
        for (key, stored) in before.keys where rules.role(of: key, stored) == .index {
            guard let members = stored.identifiers(ofHash: rules.layout == .hashIndex) else {
                numbers.unreadable += 1
                continue
            }
            numbers.keys += 1
            var gone: Set<Bytes> = []
            var valid = 0
            for member in members {
                guard let keys = rules.sessionKeys(of: member, in: key) else {
                    hasForeign = true
                    continue
                }
                numbers.entries += 1
                listed.formUnion(keys)
                let alive = keys.filter { rules.isAlive(before[$0]) }
                if alive.isEmpty {
                    numbers.orphaned += 1
                    gone.insert(member)
                } else if alive.allSatisfy({ sessions[$0] == .expired }) {
                    numbers.expired += 1
                    gone.insert(member)
                } else {
                    valid += 1
                }
            }
            if valid == 0, members.count == gone.count { numbers.empty += 1 }
            guard !gone.isEmpty else { continue }
            cleaned += 1
            after[key] = stored.removing(gone)
        }
        found["user_sessions_checked"] = numbers.keys
        found["total_sessions_checked"] = numbers.entries
        found["valid_sessions_found"] = numbers.entries - numbers.orphaned - numbers.expired
        found["orphaned_sessions_found"] = numbers.orphaned
        found["expired_entries_found"] = numbers.expired
        found["empty_user_sessions_found"] = numbers.empty
        found["user_sessions_cleaned"] = cleaned
        found["unreadable_index_keys"] = numbers.unreadable
        found["revived_sessions_found"] = 0
        let unlisted = sessions.keys.filter { !listed.contains($0) && rules.isAlive(before[$0]) }
        found["unindexed_sessions_found"] =
            rules.layout == .websocket ? 0 : numbers.unreadable > 0 ? nil : Set(unlisted.map(rules.session)).count
        removed["orphaned_sessions_removed"] = numbers.orphaned
        removed["expired_entries_removed"] = numbers.expired
        removed["empty_user_sessions_removed"] = numbers.empty
    }

    // MARK: What depends on sessions

    private mutating func reckonDependents() {
        var numbers = (pointers: 0, companions: 0, presence: 0, expired: 0)
        var presenceWithoutTTL = 0
        let users = Set(
            sessions.keys.compactMap { key -> Bytes? in
                if case .string(let user)? = before[key]?.content { user } else { nil }
            })
        for (key, stored) in before.keys {
            switch (rules.role(of: key, stored), stored.content) {
            case (.pointer(let token), .string(let id)):
                guard let session = rules.sessionKey(ofPointerTo: id) else {
                    hasForeign = true
                    continue
                }
                if rules.isAlive(before[session]), sessions[session] == .expired {
                    numbers.expired += 1
                } else if before[session].map({ !rules.isAlive($0) || rules.namesAnother($0, than: token) }) ?? true {
                    numbers.pointers += 1
                } else {
                    continue
                }
            case (.pointers(let fields), .hash(let content)):
                var kept = content
                for (field, id) in content where fields.contains(field) {
                    guard let session = rules.sessionKey(ofPointerTo: id) else {
                        hasForeign = true
                        continue
                    }
                    guard sessions[session] == .expired || before[session] == nil else { continue }
                    if sessions[session] == .expired { numbers.expired += 1 } else { numbers.pointers += 1 }
                    kept[field] = nil
                }
                after[key] = kept.isEmpty ? nil : StoredKey(content: .hash(kept), expiresAt: stored.expiresAt)
                continue
            case (.companion(let session), _):
                if sessions[session] == .expired {
                    numbers.expired += 1
                } else if before[session] == nil {
                    numbers.companions += 1
                } else {
                    continue
                }
            case (.presence(let user), .string("")):
                if stored.expiresAt == nil { presenceWithoutTTL += 1 }
                guard !users.contains(user) else { continue }
                numbers.presence += 1
            default: continue
            }
            after[key] = nil
        }
        found["presence_keys_without_ttl_found"] = presenceWithoutTTL
        for (name, number) in [
            ("orphaned_pointers", numbers.pointers), ("orphaned_companions", numbers.companions),
            ("orphaned_presence_keys", numbers.presence), ("expired_dependents", numbers.expired),
        ] {
            found[name + "_found"] = number
            removed[name + "_removed"] = number
        }
    }

    // MARK: Sessions

    private mutating func reckonSessions() {
        func count(_ verdict: Verdict) -> Int { sessions.values.count { $0 == verdict } }
        found["sessions_checked"] = sessions.count
        found["expired_sessions_found"] = count(.expired)
        found["undated_sessions_found"] = count(.undated)
        found["unreadable_sessions_found"] = count(.unreadable)
        removed["expired_sessions_removed"] = count(.expired)
        for name in [
            "idle_sessions_found", "idle_sessions_removed", "excess_sessions_found", "excess_sessions_removed",
            "missing_ttls_found", "ttls_set",
        ] {
            found[name] = 0
        }
        found["sessions_without_ttl_found"] = sessions.count {
            before[$0.key]?.expiresAt == nil && $0.value != .expired
        }
        for (key, verdict) in sessions where verdict == .expired { after[key] = nil }
    }
}

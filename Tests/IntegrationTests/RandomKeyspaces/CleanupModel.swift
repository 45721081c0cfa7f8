import TestSupport

/// What a run has to find and do, reckoned from the contract over plain sets and dictionaries.
struct CleanupModel {
    enum Warning: String, CaseIterable {
        case refusal = "a real run would be refused"
        case unreadableIndexKeys = "cannot hold session ids"
        case undated = "without a usable date"
        case unreadable = "not a JSON object"
        case noEffect = "--max-age-days has no effect without --include-expired"
    }

    private(set) var found: [String: Int] = [:]
    /// How many entries and sessions would go.
    private(set) var removals = 0
    private(set) var isRefused = false
    private let hasUselessOption: Bool
    /// Whether there are keys, and none of the layout.
    private var missesItsKeys = false
    /// The database after a real run.
    private(set) var after: Snapshot
    private var indexKeysCleaned = 0
    private var removedNumbers: [String: Int] = [:]

    /// Numbers of what these keyspaces have not, or of what these runs are not told to do.
    private static let elsewhere = [
        "orphaned_pointers_found",
        "orphaned_pointers_removed",
        "orphaned_companions_found",
        "orphaned_companions_removed",
        "orphaned_presence_keys_found",
        "orphaned_presence_keys_removed",
        "expired_dependents_found",
        "expired_dependents_removed",
        "idle_sessions_found",
        "idle_sessions_removed",
        "excess_sessions_found",
        "excess_sessions_removed",
        "presence_keys_without_ttl_found",
        "missing_ttls_found",
        "ttls_set",
    ]

    private let before: Snapshot

    init(_ snapshot: Snapshot, session: KeyPattern, index: KeyPattern, options: RunOptions, now: Double) {
        before = snapshot
        after = snapshot
        hasUselessOption = options.maxAgeDays != nil && !options.includesExpired
        var sessions: [Bytes: SessionOracle.Verdict] = [:]
        let oracle = SessionOracle(now: now, maxAgeDays: options.maxAgeDays ?? RunOptions.defaultMaxAgeDays)
        for (key, stored) in snapshot.keys {
            guard let id = session.variable(in: key) else { continue }
            sessions[id] = options.includesExpired ? oracle.verdict(stored) : .live
        }
        var indexKeys: [Bytes: Set<Bytes>] = [:]
        var unreadable = 0
        for (key, stored) in snapshot.keys where index.variable(in: key) != nil {
            if let identifiers = stored.identifiers { indexKeys[key] = identifiers } else { unreadable += 1 }
        }
        reckon(sessions, indexKeys, unreadable)
        found["sessions_without_ttl_found"] = sessions.count {
            $0.value != .expired && snapshot[session.key($0.key)]?.expiresAt == nil
        }
        for (id, verdict) in sessions where verdict == .expired { after[session.key(id)] = nil }
        let others = snapshot.keys.keys.count {
            session.variable(in: $0) == nil && index.variable(in: $0) == nil
        }
        decide(options, sessions: sessions.count, others: others)
    }

    private mutating func reckon(
        _ sessions: [Bytes: SessionOracle.Verdict], _ indexKeys: [Bytes: Set<Bytes>], _ unreadable: Int
    ) {
        var entries = 0
        var orphaned = 0
        var expired = 0
        var empty = 0
        var listed: Set<Bytes> = []
        for (key, identifiers) in indexKeys {
            let missing = identifiers.filter { sessions[$0] == nil }
            let outdated = identifiers.filter { sessions[$0] == .expired }
            entries += identifiers.count
            orphaned += missing.count
            expired += outdated.count
            listed.formUnion(identifiers)
            let gone = missing.union(outdated)
            if gone.count == identifiers.count { empty += 1 }
            guard !gone.isEmpty else { continue }
            indexKeysCleaned += 1
            after[key] = before[key]?.removing(gone)
        }
        func count(_ verdict: SessionOracle.Verdict) -> Int { sessions.values.count { $0 == verdict } }
        found = [
            "user_sessions_checked": indexKeys.count,
            "total_sessions_checked": entries,
            "valid_sessions_found": entries - orphaned - expired,
            "orphaned_sessions_found": orphaned,
            "expired_entries_found": expired,
            "empty_user_sessions_found": empty,
            "sessions_checked": sessions.count,
            "expired_sessions_found": count(.expired),
            "undated_sessions_found": count(.undated),
            "unreadable_sessions_found": count(.unreadable),
            "unindexed_sessions_found": sessions.keys.count { !listed.contains($0) },
            "revived_sessions_found": 0,
            "unreadable_index_keys": unreadable,
        ]
        for name in CleanupModel.elsewhere { found[name] = 0 }
        // They may list any session.
        if unreadable > 0 { found["unindexed_sessions_found"] = nil }
        removedNumbers = [
            "orphaned_sessions_removed": orphaned,
            "expired_entries_removed": expired,
            "expired_sessions_removed": count(.expired),
            "empty_user_sessions_removed": empty,
        ]
        removals = orphaned + expired + count(.expired)
    }

    private mutating func decide(_ options: RunOptions, sessions: Int, others: Int) {
        let indexKeys = (found["user_sessions_checked"] ?? 0) + (found["unreadable_index_keys"] ?? 0)
        missesItsKeys = sessions + indexKeys == 0 && others > 0
        let entries = found["total_sessions_checked"] ?? 0
        let expired = found["expired_sessions_found"] ?? 0
        if !options.allowsNoLiveSessions {
            if sessions == 0, removals > 100 || (removals > 0 && others > 0) { isRefused = true }
            // Not one entry names a session that is there, and some would go.
            let named = (found["valid_sessions_found"] ?? 0) + (found["expired_entries_found"] ?? 0)
            if sessions > 0, named == 0, found["orphaned_sessions_found"] != 0 { isRefused = true }
            // Undated and unreadable sessions are kept, and are not known to live.
            let unknown = (found["undated_sessions_found"] ?? 0) + (found["unreadable_sessions_found"] ?? 0)
            if sessions > 100, expired > 0, expired + unknown == sessions { isRefused = true }
        }
        switch options.limit {
        case .none: break
        case .count(let count): if removals > count { isRefused = true }
        case .permille(let permille): if removals * 1_000 > permille * (entries + sessions) { isRefused = true }
        }
        if isRefused { after = before }
    }

    // MARK: What the report has to say

    private var hasUnreadableIndexKeys: Bool { found["unreadable_index_keys"] != 0 }

    /// All numbers but `write_commands_sent`.
    func stats(isDryRun: Bool) -> [String: Int] {
        let removes = !isDryRun && !isRefused
        return found.merging(removes ? removedNumbers : removedNumbers.mapValues { _ in 0 }) { $1 }
            .merging(["user_sessions_cleaned": isDryRun || removes ? indexKeysCleaned : 0]) { $1 }
            .merging(["orphaned_sessions_left": removes ? 0 : found["orphaned_sessions_found"] ?? 0]) { $1 }
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
        if found["orphaned_sessions_found"] == 0 { return "good" }
        return isDryRun || isRefused ? "needs_repair" : "repaired"
    }

    func warnings(isDryRun: Bool) -> Set<Warning> {
        var warnings: Set<Warning> = []
        if isRefused, isDryRun { warnings.insert(.refusal) }
        if hasUselessOption { warnings.insert(.noEffect) }
        if hasUnreadableIndexKeys { warnings.insert(.unreadableIndexKeys) }
        if found["undated_sessions_found"] != 0 { warnings.insert(.undated) }
        if found["unreadable_sessions_found"] != 0 { warnings.insert(.unreadable) }
        return warnings
    }
}

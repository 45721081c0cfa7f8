import SessionJanitor

/// One number of a run: its name in JSON, metrics and log, and its row in the report for people, if it has one.
struct Figure: Sendable {
    typealias Field = any PartialKeyPath<CleanupStatistics> & Sendable

    let name: String
    fileprivate let field: Field
    /// The stage that finds it out; nil if it is always known.
    fileprivate var stage: CleanupPhase?
    /// Whether it is left out where it is unknown, as another figure replaces it.
    fileprivate let isOptional: Bool
    /// Nil if a warning tells it, or nothing.
    private let label: Message?
    private let tone: TextStyle.Tone?
    /// Whether it has a row even if it is 0.
    private let isAlwaysShown: Bool
    /// The figure that a dry run shows instead.
    private let planned: String?

    private init(
        _ name: String, _ field: Field, from stage: CleanupPhase? = nil, _ label: Words? = nil, zh chinese: Words = "",
        _ tone: TextStyle.Tone? = nil, always isAlwaysShown: Bool = false, planned: String? = nil,
        isOptional: Bool = false
    ) {
        self.name = name
        self.field = field
        self.stage = stage
        self.label = label.map { Message($0, zh: chinese) }
        self.tone = tone
        self.isAlwaysShown = isAlwaysShown
        self.planned = planned
        self.isOptional = isOptional
    }

    /// The report's table: a row for what there is, and for what the former tool always told. In Chinese a label says by
    /// itself what its heading says in English.
    static func rows(of run: RunRecord) -> [ReportPage.Row] {
        let isDryRun = run.options.cleanup.isDryRun
        return [
            (Message("Checked", zh: ""), checked), (Message("Found", zh: ""), found),
            (Message(isDryRun ? "Would be removed" : "Removed", zh: ""), removed),
            (Message(isDryRun ? "Would be changed" : "Changed", zh: ""), changed),
        ].flatMap { heading, figures in
            figures.compactMap { figure -> ReportPage.Row? in
                guard var label = figure.label else { return nil }
                let planned = isDryRun ? all.first { $0.name == figure.planned } : nil
                let number = run.report.statistics.value(planned ?? figure)
                if planned != nil { label = Message("\(label)", zh: "将\(label)") }
                guard figure.isAlwaysShown || number ?? 0 > 0 else { return nil }
                return ReportPage.Row(heading: heading, label: label, number: number, tone: figure.tone)
            }
        }
    }

    /// All of them, in the order of the report.
    fileprivate static let all = checked + found + removed + changed + untold

    private static let checked = [
        Figure("user_sessions_checked", \.indexKeysChecked, "index keys", zh: "检查的用户会话键", always: true),
        Figure("total_sessions_checked", \.entriesChecked, "entries", zh: "检查的记录数", always: true),
        Figure("sessions_checked", \.sessionsChecked, from: .census, "sessions", zh: "检查的会话数"),
    ].map { $0.known(from: .survey) }

    private static let found = [
        Figure("valid_sessions_found", \.validEntriesFound, "valid entries", zh: "发现的有效会话", always: true),
        Figure(
            "orphaned_sessions_found", \.orphanedEntriesFound, "orphaned entries", zh: "发现的孤儿会话", .caution, always: true
        ),
        Figure(
            "expired_entries_found", \.expiredEntriesFound, "entries of expired sessions", zh: "过期会话的记录", .caution),
        Figure(
            "empty_user_sessions_found", \.emptyIndexKeysFound, "index keys without a valid entry", zh: "没有有效会话的用户会话键"),
        Figure(
            "unindexed_sessions_found", \.unindexedSessionsFound, from: .survey, "sessions in no index key",
            zh: "未列入用户会话键的会话"),
        Figure(
            "expired_sessions_found", \.expiredSessionsFound, from: .census, "expired sessions", zh: "过期会话", .caution),
        Figure("undated_sessions_found", \.undatedSessionsFound, from: .census),
        Figure("unreadable_sessions_found", \.unreadableSessionsFound, from: .census),
        Figure("orphaned_pointers_found", \.orphanedPointersFound, "orphaned pointers", zh: "孤儿指针", .caution),
        Figure(
            "orphaned_companions_found", \.orphanedCompanionsFound, "orphaned companion keys", zh: "孤儿伴随键", .caution),
        Figure(
            "orphaned_presence_keys_found", \.orphanedPresenceKeysFound, "orphaned presence keys", zh: "孤儿状态键", .caution
        ),
        Figure("expired_dependents_found", \.expiredDependentsFound, "other keys of expired sessions", zh: "过期会话的其他键"),
        Figure("idle_sessions_found", \.idleSessionsFound, from: .census, "idle sessions", zh: "闲置会话", .caution),
        Figure(
            "excess_sessions_found", \.excessSessionsFound, from: .census, "sessions beyond the limit", zh: "超出上限的会话",
            .caution),
        Figure(
            "sessions_without_ttl_found", \.sessionsWithoutTTLFound, from: .census, "sessions without a TTL",
            zh: "没有 TTL 的会话", .caution, isOptional: true),
        Figure(
            "presence_keys_without_ttl_found", \.presenceKeysWithoutTTLFound, from: .survey,
            "presence keys without a TTL", zh: "没有 TTL 的状态键"),
        Figure(
            "sessions_without_ttl_estimated", \.sessionsWithoutTTLEstimated, from: .census,
            "sessions without a TTL, about", zh: "没有 TTL 的会话（约）", .caution, isOptional: true),
        Figure("revived_sessions_found", \.revivedSessionsFound, "entries whose session came back", zh: "会话重新出现的记录"),
        Figure("unreadable_index_keys", \.unreadableIndexKeys, from: .survey),
    ].map { $0.known(from: .secondLook) }

    private static let removed = [
        Figure(
            "orphaned_sessions_removed", \.orphanedEntriesRemoved, "orphaned entries", zh: "移除的孤儿会话", always: true,
            planned: "orphaned_sessions_found"),
        Figure(
            "expired_entries_removed", \.expiredEntriesRemoved, "entries of expired sessions", zh: "移除的过期会话记录",
            planned: "expired_entries_found"),
        Figure(
            "expired_sessions_removed", \.expiredSessionsRemoved, "expired sessions", zh: "移除的过期会话",
            planned: "expired_sessions_found"),
        Figure(
            "orphaned_pointers_removed", \.orphanedPointersRemoved, "orphaned pointers", zh: "移除的孤儿指针",
            planned: "orphaned_pointers_found"),
        Figure(
            "orphaned_companions_removed", \.orphanedCompanionsRemoved, "orphaned companion keys", zh: "移除的孤儿伴随键",
            planned: "orphaned_companions_found"),
        Figure(
            "orphaned_presence_keys_removed", \.orphanedPresenceKeysRemoved, "orphaned presence keys", zh: "移除的孤儿状态键",
            planned: "orphaned_presence_keys_found"),
        Figure(
            "expired_dependents_removed", \.expiredDependentsRemoved, "other keys of expired sessions",
            zh: "移除的过期会话其他键", planned: "expired_dependents_found"),
        Figure(
            "idle_sessions_removed", \.idleSessionsRemoved, "idle sessions", zh: "移除的闲置会话",
            planned: "idle_sessions_found"),
        Figure(
            "excess_sessions_removed", \.excessSessionsRemoved, "sessions beyond the limit", zh: "移除的超出上限的会话",
            planned: "excess_sessions_found"),
        // The last sentence tells of how many users.
        Figure("user_sessions_cleaned", \.indexKeysCleaned, from: .secondLook),
        Figure(
            "empty_user_sessions_removed", \.emptyIndexKeysRemoved, "index keys left empty", zh: "删除的空用户会话键",
            always: true, planned: "empty_user_sessions_found"),
    ]

    private static let changed = [
        Figure("ttls_set", \.ttlsSet, "TTLs set", zh: "设置的 TTL", planned: "missing_ttls_found")
    ]

    private static let untold = [
        Figure("orphaned_sessions_left", \.orphanedEntriesLeft, from: .secondLook),
        Figure("missing_ttls_found", \.missingTTLsFound, from: .secondLook),
        Figure("write_commands_sent", \.writeCommandsSent),
    ]

    private func known(from stage: CleanupPhase) -> Figure {
        var figure = self
        figure.stage = figure.stage ?? stage
        return figure
    }
}

extension CleanupStatistics {
    /// One of the numbers; nil if it was not found out.
    subscript(field: PartialKeyPath<CleanupStatistics>) -> Int? {
        Figure.all.first { $0.field == field }.flatMap(value)
    }

    /// All numbers, sorted by name; nil for one that was not found out.
    var numbers: [(name: String, value: Int?)] {
        Figure.all.map { ($0, value($0)) }.filter { $1 != nil || !$0.isOptional }.map { ($0.name, $1) }
            .sorted { $0.name < $1.name }
    }

    fileprivate func value(_ figure: Figure) -> Int? {
        guard figure.stage.map(completed.contains) ?? true else { return nil }
        return self[keyPath: figure.field] as? Int
    }
}

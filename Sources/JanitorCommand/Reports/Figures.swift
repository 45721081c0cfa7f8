import SessionJanitor

/// One number of a run: its name in JSON, metrics and log, and where the report for people shows it, if at all.
struct Figure: Sendable {
    enum Section {
        case checked, found, removed, changed
    }

    typealias Field = any PartialKeyPath<CleanupStatistics> & Sendable

    let name: String
    fileprivate let field: Field
    /// The stage that finds it out; nil if it is always known.
    fileprivate var stage: CleanupPhase?
    /// Whether it is left out where it is unknown, as another figure replaces it.
    fileprivate let isOptional: Bool
    private var section: Section?
    private let label: Message
    private let tone: TextStyle.Tone?
    /// The figure that the report of a dry run shows instead, and the label there.
    private let planned: String?
    private let plannedLabel: Message?
    private let isShown: @Sendable (RunRecord) -> Bool

    private init(
        _ name: String, _ field: Field, from stage: CleanupPhase? = nil, _ label: Words = "", zh chinese: Words = "",
        _ tone: TextStyle.Tone? = nil, planned: String? = nil,
        plannedLabel: Message? = nil, isOptional: Bool = false,
        when isShown: @escaping @Sendable (RunRecord) -> Bool = { _ in true }
    ) {
        self.name = name
        self.field = field
        self.stage = stage
        self.label = Message(label, zh: chinese)
        self.tone = tone
        self.planned = planned
        self.plannedLabel = plannedLabel
        self.isOptional = isOptional
        self.isShown = isShown
    }

    /// The lines of a section of the report.
    static func lines(_ section: Section, of run: RunRecord, on page: ReportPage) -> [String] {
        let isDryRun = run.options.cleanup.isDryRun
        return all.compactMap { figure in
            guard figure.section == section, figure.isShown(run) else { return nil }
            let source = isDryRun ? all.first { $0.name == figure.planned } ?? figure : figure
            let number = run.report.statistics.value(source)
            if number == nil, figure.isOptional { return nil }
            return page.figure((isDryRun ? figure.plannedLabel : nil) ?? figure.label, number, figure.tone)
        }
    }

    /// All of them, in the order of the report.
    fileprivate static let all = checked + found + removed + changed + untold

    private static let checked = [
        Figure("user_sessions_checked", \.indexKeysChecked, "index keys", zh: "检查的用户会话键"),
        Figure("total_sessions_checked", \.entriesChecked, "entries", zh: "检查的总会话数"),
        Figure("sessions_checked", \.sessionsChecked, from: .census, "sessions", zh: "检查的会话键"),
    ].map { $0.shown(in: .checked, from: .survey) }

    private static let found = [
        Figure("valid_sessions_found", \.validEntriesFound, "valid entries", zh: "发现的有效会话"),
        Figure("orphaned_sessions_found", \.orphanedEntriesFound, "orphaned entries", zh: "发现的孤儿会话", .caution),
        Figure(
            "expired_entries_found", \.expiredEntriesFound, "entries of expired sessions", zh: "过期会话的记录", .caution,
            when: \.includesExpired),
        Figure(
            "empty_user_sessions_found", \.emptyIndexKeysFound, "index keys without a valid entry", zh: "没有有效会话的用户会话键"),
        Figure(
            "unindexed_sessions_found", \.unindexedSessionsFound, from: .survey, "sessions in no index key",
            zh: "未被任何索引列出的会话"),
        Figure(
            "expired_sessions_found", \.expiredSessionsFound, from: .census, "expired sessions", zh: "过期会话", .caution,
            when: \.includesExpired),
        Figure(
            "undated_sessions_found", \.undatedSessionsFound, from: .census, "undated sessions", zh: "没有日期的会话",
            .caution, when: \.includesExpired),
        Figure(
            "unreadable_sessions_found", \.unreadableSessionsFound, from: .census, "unreadable sessions", zh: "无法解读的会话",
            .caution, when: \.includesExpired),
        Figure(
            "orphaned_pointers_found", \.orphanedPointersFound, "orphaned pointers", zh: "孤儿指针", .caution,
            when: \.hasPointers),
        Figure(
            "orphaned_companions_found", \.orphanedCompanionsFound, "orphaned companions", zh: "孤儿伴随键", .caution,
            when: \.hasCompanions),
        Figure(
            "orphaned_presence_keys_found", \.orphanedPresenceKeysFound, "orphaned presence keys", zh: "孤儿状态键",
            .caution, when: \.hasPresenceKeys),
        Figure(
            "expired_dependents_found", \.expiredDependentsFound, "other keys of expired sessions", zh: "过期会话的其他键",
            when: \.judgesDependents),
        Figure(
            "idle_sessions_found", \.idleSessionsFound, from: .census, "idle sessions", zh: "闲置会话", .caution,
            when: \.judgesIdleness),
        Figure(
            "sessions_without_ttl_found", \.sessionsWithoutTTLFound, from: .census, "sessions without a TTL",
            zh: "没有 TTL 的会话", .caution, isOptional: true),
        Figure(
            "presence_keys_without_ttl_found", \.presenceKeysWithoutTTLFound, from: .survey,
            "presence keys without a TTL", zh: "没有 TTL 的状态键",
            when: { $0.hasPresenceKeys && $0.report.statistics[\.sessionsWithoutTTLFound] != nil }),
        Figure(
            "sessions_without_ttl_estimated", \.sessionsWithoutTTLEstimated, from: .census,
            "sessions without a TTL, about", zh: "没有 TTL 的会话（约）", .caution, isOptional: true),
        Figure("revived_sessions_found", \.revivedSessionsFound, "entries whose session came back", zh: "会话重新出现的记录"),
        Figure(
            "unreadable_index_keys", \.unreadableIndexKeys, from: .survey, "unreadable index keys", zh: "类型不符的索引键", .bad
        ),
    ].map { $0.shown(in: .found, from: .secondLook) }

    private static let removed = [
        Figure(
            "orphaned_sessions_removed", \.orphanedEntriesRemoved, "orphaned entries", zh: "移除的孤儿会话",
            planned: "orphaned_sessions_found", plannedLabel: Message("orphaned entries", zh: "孤儿会话")),
        Figure(
            "expired_entries_removed", \.expiredEntriesRemoved, "entries of expired sessions", zh: "过期会话的记录",
            planned: "expired_entries_found", when: \.includesExpired),
        Figure(
            "expired_sessions_removed", \.expiredSessionsRemoved, "expired sessions", zh: "过期会话",
            planned: "expired_sessions_found", when: \.includesExpired),
        Figure(
            "orphaned_pointers_removed", \.orphanedPointersRemoved, "orphaned pointers", zh: "孤儿指针",
            planned: "orphaned_pointers_found", when: \.hasPointers),
        Figure(
            "orphaned_companions_removed", \.orphanedCompanionsRemoved, "orphaned companions", zh: "孤儿伴随键",
            planned: "orphaned_companions_found", when: \.hasCompanions),
        Figure(
            "orphaned_presence_keys_removed", \.orphanedPresenceKeysRemoved, "orphaned presence keys", zh: "孤儿状态键",
            planned: "orphaned_presence_keys_found", when: \.hasPresenceKeys),
        Figure(
            "expired_dependents_removed", \.expiredDependentsRemoved, "other keys of expired sessions", zh: "过期会话的其他键",
            planned: "expired_dependents_found", when: \.judgesDependents),
        Figure(
            "idle_sessions_removed", \.idleSessionsRemoved, "idle sessions", zh: "闲置会话", planned: "idle_sessions_found",
            when: \.judgesIdleness),
        Figure(
            "user_sessions_cleaned", \.indexKeysCleaned, from: .secondLook, "index keys that lost an entry",
            zh: "移除了记录的用户会话键", plannedLabel: Message("index keys that would lose an entry", zh: "将移除记录的用户会话键")),
        Figure(
            "empty_user_sessions_removed", \.emptyIndexKeysRemoved, "index keys gone with their last entry",
            zh: "删除的空用户会话键", when: { !$0.options.cleanup.isDryRun }),
    ].map { $0.shown(in: .removed) }

    private static let changed = [
        Figure(
            "ttls_set", \.ttlsSet, "TTLs set", zh: "设置的 TTL", planned: "missing_ttls_found",
            when: { $0.options.cleanup.missingTTL != nil })
    ].map { $0.shown(in: .changed) }

    private static let untold = [
        Figure("orphaned_sessions_left", \.orphanedEntriesLeft, from: .secondLook),
        Figure("missing_ttls_found", \.missingTTLsFound, from: .secondLook),
        Figure("write_commands_sent", \.writeCommandsSent),
    ]

    private func shown(in section: Section, from stage: CleanupPhase? = nil) -> Figure {
        var figure = self
        figure.section = section
        figure.stage = figure.stage ?? stage
        return figure
    }
}

extension RunRecord {
    fileprivate var includesExpired: Bool { options.cleanup.includesExpired }
    fileprivate var judgesIdleness: Bool { options.cleanup.maximumIdle != nil }
    fileprivate var hasPointers: Bool { !options.cleanup.layout.pointerKeys.isEmpty }
    fileprivate var hasCompanions: Bool { !options.cleanup.layout.companionKeys.isEmpty }
    fileprivate var hasPresenceKeys: Bool { !options.cleanup.layout.presenceKeys.isEmpty }
    fileprivate var judgesDependents: Bool {
        (includesExpired || judgesIdleness) && (hasPointers || hasCompanions || hasPresenceKeys)
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

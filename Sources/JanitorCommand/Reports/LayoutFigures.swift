import SessionJanitor

/// The figures of a report that only some layouts and options have.
struct LayoutFigures {
    struct Figure {
        var label: Message
        var number: Int?
        var tone: TextStyle.Tone?
    }

    private let statistics: CleanupStatistics
    private let cleanup: CleanupOptions

    init(_ record: RunRecord) {
        statistics = record.report.statistics
        cleanup = record.options.cleanup
    }

    private var layout: Layout { cleanup.layout }
    private var isJudged: Bool { cleanup.includesExpired || cleanup.maximumIdle != nil }
    private var hasDependents: Bool {
        !(layout.pointerKeys.isEmpty && layout.companionKeys.isEmpty && layout.presenceKeys.isEmpty)
    }

    var found: [Figure] {
        var figures = orphans(
            statistics[\.orphanedPointersFound], statistics[\.orphanedCompanionsFound],
            statistics[\.orphanedPresenceKeysFound])
        if isJudged, hasDependents {
            figures.append(
                Figure(
                    label: Message("other keys of expired sessions", zh: "过期会话的其他键"),
                    number: statistics[\.expiredDependentsFound]))
        }
        if cleanup.maximumIdle != nil {
            figures.append(
                Figure(
                    label: Message("idle sessions", zh: "闲置会话"), number: statistics[\.idleSessionsFound], tone: .caution
                ))
        }
        if let withoutTTL = statistics[\.sessionsWithoutTTLFound] {
            figures.append(
                Figure(
                    label: Message("sessions without a TTL", zh: "没有 TTL 的会话"),
                    number: withoutTTL, tone: .caution))
            if !layout.presenceKeys.isEmpty {
                figures.append(
                    Figure(
                        label: Message("presence keys without a TTL", zh: "没有 TTL 的状态键"),
                        number: statistics[\.presenceKeysWithoutTTLFound]))
            }
        }
        if let estimate = statistics[\.sessionsWithoutTTLEstimated] {
            figures.append(
                Figure(
                    label: Message("sessions without a TTL, about", zh: "没有 TTL 的会话（约）"),
                    number: estimate, tone: .caution))
        }
        return figures
    }

    /// What was removed; of a dry run what would be.
    var removed: [Figure] {
        let isDry = cleanup.isDryRun
        var figures = orphans(
            isDry ? statistics[\.orphanedPointersFound] : statistics[\.orphanedPointersRemoved],
            isDry ? statistics[\.orphanedCompanionsFound] : statistics[\.orphanedCompanionsRemoved],
            isDry ? statistics[\.orphanedPresenceKeysFound] : statistics[\.orphanedPresenceKeysRemoved])
        if isJudged, hasDependents {
            figures.append(
                Figure(
                    label: Message("other keys of expired sessions", zh: "过期会话的其他键"),
                    number: isDry ? statistics[\.expiredDependentsFound] : statistics[\.expiredDependentsRemoved]))
        }
        if cleanup.maximumIdle != nil {
            figures.append(
                Figure(
                    label: Message("idle sessions", zh: "闲置会话"),
                    number: isDry ? statistics[\.idleSessionsFound] : statistics[\.idleSessionsRemoved]))
        }
        return figures.map { Figure(label: $0.label, number: $0.number) }
    }

    /// What was changed and is still there; of a dry run what would be.
    var changed: [Figure] {
        guard cleanup.missingTTL != nil else { return [] }
        return [
            Figure(
                label: Message("TTLs set", zh: "设置的 TTL"),
                number: cleanup.isDryRun ? statistics[\.missingTTLsFound] : statistics[\.ttlsSet])
        ]
    }

    private func orphans(_ pointers: Int?, _ companions: Int?, _ presence: Int?) -> [Figure] {
        var figures: [Figure] = []
        if !layout.pointerKeys.isEmpty {
            figures.append(Figure(label: Message("orphaned pointers", zh: "孤儿指针"), number: pointers, tone: .caution))
        }
        if !layout.companionKeys.isEmpty {
            figures.append(
                Figure(label: Message("orphaned companions", zh: "孤儿伴随键"), number: companions, tone: .caution))
        }
        if !layout.presenceKeys.isEmpty {
            figures.append(
                Figure(label: Message("orphaned presence keys", zh: "孤儿状态键"), number: presence, tone: .caution))
        }
        return figures
    }
}

import FoundationEssentials
import RedisClient
import SessionJanitor

/// The report for people: at most 80 columns, figures aligned.
struct TextReport {
    private static let labelWidth = 44
    private static let figureWidth = 15

    let record: RunRecord
    let style: TextStyle

    private var language: Language { record.options.language }
    private var statistics: CleanupStatistics { record.report.statistics }
    private var cleanup: CleanupOptions { record.options.cleanup }

    func text() -> String {
        var sections = [mode, time, checked, found, removed, consistency].map { section in
            ([style(section.title, .heading)] + section.lines).joined(separator: "\n")
        }
        if let refusal = record.report.refusal {
            let lines = WrappedText.lines(RefusalMessage.text(refusal, language), first: "  ", others: "  ")
            sections.append(
                ([style(say("Refused, nothing was removed", zh: "已拒绝，未移除任何内容"), .bad)] + lines).joined(separator: "\n"))
        }
        if !record.report.warnings.isEmpty {
            let lines = record.report.warnings.flatMap { warning in
                WrappedText.lines(WarningMessage.text(warning, language), first: "  ! ", others: "    ")
            }
            sections.append(([style(say("Warnings", zh: "警告"), .caution)] + lines).joined(separator: "\n"))
        }
        return sections.joined(separator: "\n\n") + "\n"
    }

    private struct Section {
        var title: String
        var lines: [String]
    }

    private var mode: Section {
        let expired =
            cleanup.includesExpired
            ? say(
                "\(cleanup.isDryRun ? "would be removed" : "removed"): older than "
                    + "\(NumberText.counted(cleanup.maximumAgeDays, "day")), or past exp",
                zh: "\(cleanup.isDryRun ? "将移除" : "移除")：超过 \(NumberText.grouped(cleanup.maximumAgeDays)) 天，或已过 exp")
            : say("kept (--include-expired removes them)", zh: "保留（--include-expired 可移除）")
        let version = record.server?.version.map { " (Redis \(Printable.text($0)))" } ?? ""
        let lines =
            item(
                say("run", zh: "运行"),
                cleanup.isDryRun ? say("dry run: nothing is changed", zh: "模拟运行：不作任何更改") : say("clean-up", zh: "清理"))
            + item(say("server", zh: "服务器"), Printable.text(record.options.endpoint.description) + version)
            + item(say("session keys", zh: "会话键"), Printable.text(cleanup.layout.sessionKey.key(Array("{id}".utf8))))
            + item(say("index keys", zh: "索引键"), Printable.text(cleanup.layout.indexKey.key(Array("{user}".utf8))))
            + item(say("expired sessions", zh: "过期会话"), expired)
        return Section(title: say("Mode", zh: "模式"), lines: lines)
    }

    private var time: Section {
        let duration = record.finished.timeIntervalSince(record.started)
        return Section(
            title: say("Time", zh: "时间"),
            lines: item(say("started", zh: "开始"), record.started.formatted(.iso8601))
                + item(say("finished", zh: "结束"), record.finished.formatted(.iso8601))
                + item(say("duration", zh: "用时"), NumberText.seconds(max(duration, 0))))
    }

    private var checked: Section {
        Section(
            title: say("Checked", zh: "检查"),
            lines: [
                figure(say("index keys", zh: "检查的用户会话键"), statistics.indexKeysChecked),
                figure(say("entries", zh: "检查的总会话数"), statistics.entriesChecked),
                figure(say("sessions", zh: "检查的会话键"), statistics.sessionsChecked),
            ])
    }

    private var found: Section {
        var lines = [
            figure(say("valid entries", zh: "发现的有效会话"), statistics.validEntriesFound),
            figure(say("orphaned entries", zh: "发现的孤儿会话"), statistics.orphanedEntriesFound, .caution),
            figure(say("index keys without a valid entry", zh: "没有有效会话的用户会话键"), statistics.emptyIndexKeysFound),
            figure(say("sessions in no index key", zh: "未被任何索引列出的会话"), statistics.unindexedSessionsFound),
        ]
        if cleanup.includesExpired {
            lines.insert(
                figure(say("entries of expired sessions", zh: "过期会话的记录"), statistics.expiredEntriesFound, .caution),
                at: 2)
            lines += [
                figure(say("expired sessions", zh: "过期会话"), statistics.expiredSessionsFound, .caution),
                figure(say("undated sessions", zh: "没有日期的会话"), statistics.undatedSessionsFound, .caution),
                figure(say("unreadable sessions", zh: "无法解读的会话"), statistics.unreadableSessionsFound, .caution),
            ]
        }
        lines += [
            figure(say("entries whose session came back", zh: "会话重新出现的记录"), statistics.revivedSessionsFound),
            figure(say("unreadable index keys", zh: "类型不符的索引键"), statistics.unreadableIndexKeys, .bad),
        ]
        return Section(title: say("Found", zh: "发现"), lines: lines)
    }

    private var removed: Section {
        let isDryRun = cleanup.isDryRun
        var lines = [
            figure(
                isDryRun ? say("orphaned entries", zh: "孤儿会话") : say("orphaned entries", zh: "移除的孤儿会话"),
                isDryRun ? statistics.orphanedEntriesFound : statistics.orphanedEntriesRemoved)
        ]
        if cleanup.includesExpired {
            let entries = isDryRun ? statistics.expiredEntriesFound : statistics.expiredEntriesRemoved
            let sessions = isDryRun ? statistics.expiredSessionsFound : statistics.expiredSessionsRemoved
            lines += [
                figure(say("entries of expired sessions", zh: "过期会话的记录"), entries),
                figure(say("expired sessions", zh: "过期会话"), sessions),
            ]
        }
        lines.append(
            figure(
                isDryRun
                    ? say("index keys that would lose an entry", zh: "将移除记录的用户会话键")
                    : say("index keys that lost an entry", zh: "移除了记录的用户会话键"), statistics.indexKeysCleaned))
        if !isDryRun {
            lines.append(
                figure(say("index keys gone with their last entry", zh: "删除的空用户会话键"), statistics.emptyIndexKeysRemoved))
        }
        let title =
            isDryRun
            ? say("Would be removed (dry run: nothing was)", zh: "将移除（模拟运行，未移除任何内容）") : say("Removed", zh: "移除")
        return Section(title: title, lines: lines)
    }

    private var consistency: Section {
        let entries = NumberText.counted(record.report.remainingEntries, "orphaned entry", "orphaned entries")
        let count = NumberText.grouped(record.report.remainingEntries)
        let verdict: (String, TextStyle.Tone) =
            switch (record.report.outcome, record.report.consistency) {
            case (.failed, _): (say("unknown: the run failed before its end", zh: "未知：运行未能完成"), .bad)
            case (_, .good): (say("good: no orphaned entry", zh: "良好：没有孤儿会话"), .good)
            case (_, .repaired):
                (say("repaired: all orphaned entries that were found are removed", zh: "已修复：发现的孤儿会话已全部移除"), .good)
            case (.refused, .needsRepair):
                (say("needs repair: \(entries); the run was refused", zh: "需要修复：\(count) 条孤儿会话；本次运行被拒绝"), .bad)
            case (_, .needsRepair): (say("needs repair: \(entries)", zh: "需要修复：\(count) 条孤儿会话"), .caution)
            }
        return Section(title: say("Consistency", zh: "一致性"), lines: ["  " + style(verdict.0, verdict.1)])
    }

    private func say(_ english: String, zh chinese: String) -> String {
        Message(english, zh: chinese)[language]
    }

    private func figure(_ label: String, _ number: Int, _ tone: TextStyle.Tone? = nil) -> String {
        let text = NumberText.grouped(number)
        let padding = String(repeating: " ", count: max(TextReport.figureWidth - text.count, 0))
        let line = "  " + WrappedText.padded(label, TextReport.labelWidth) + padding
        return line + (number > 0 ? tone.map { style(text, $0) } ?? text : text)
    }

    private func item(_ label: String, _ value: String) -> [String] {
        WrappedText.lines(value, first: "  " + WrappedText.padded(label, 18), others: String(repeating: " ", count: 20))
    }
}

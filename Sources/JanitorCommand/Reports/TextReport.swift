import FoundationEssentials
import RedisClient
import SessionJanitor

/// The report of a run for people.
struct TextReport {
    let record: RunRecord
    let style: TextStyle

    private var page: ReportPage { ReportPage(style: style) }
    private var language: Language { record.options.language }
    private var statistics: CleanupStatistics { record.report.statistics }
    private var cleanup: CleanupOptions { record.options.cleanup }

    func text() -> String {
        let parts: [ReportPage.Section?] = [mode, time, checked, found, removed, changed, consistency]
        var sections = parts.compactMap(\.self).map(page.text)
        if let refusal = record.report.refusal {
            let lines = WrappedText.lines(RefusalMessage.text(refusal, language), first: "  ", others: "  ")
            sections.append(
                ([style(say("Refused, nothing was removed", zh: "已拒绝，未移除任何内容"), .bad)] + lines).joined(separator: "\n"))
        }
        if !record.report.warnings.isEmpty {
            let texts = record.report.warnings.map { WarningMessage.text($0, language) }
            sections.append(page.warnings(say("Warnings", zh: "警告"), texts))
        }
        return sections.joined(separator: "\n\n") + "\n"
    }

    private var mode: ReportPage.Section {
        let expired =
            cleanup.includesExpired
            ? say(
                "\(cleanup.isDryRun ? "would be removed" : "removed"): "
                    + "\(age.english)", zh: "\(cleanup.isDryRun ? "将移除" : "移除")：\(age.chinese)")
            : say("kept (--include-expired removes them)", zh: "保留（--include-expired 可移除）")
        let version = record.server?.name.map { " (\(Printable.text($0)))" } ?? ""
        let cluster = record.server?.primaries.map {
            page.item(
                say("topology", zh: "拓扑"),
                say("Cluster with \(NumberText.counted($0, "primary", "primaries"))", zh: "集群，\($0) 个主节点"))
        }
        let lines =
            page.item(
                say("run", zh: "运行"),
                cleanup.isDryRun ? say("dry run: nothing is changed", zh: "模拟运行：不作任何更改") : say("clean-up", zh: "清理"))
            + page.item(say("server", zh: "服务器"), Printable.text(record.options.endpoint.description) + version)
            + (cluster ?? [])
            + (cleanup.layout.name == "appauth" ? [] : page.item(say("layout", zh: "布局"), cleanup.layout.name))
            + items(say("session keys", zh: "会话键"), cleanup.layout.sessionKeys)
            + items(say("index keys", zh: "索引键"), cleanup.layout.indexKeys.map(\.template))
            + cleanup.layout.pointerKeys.flatMap { pointer in
                let field = pointer.field.map { "=hash:\($0)" } ?? ""
                return page.item(
                    say("pointer keys", zh: "指针键"),
                    Printable.text(pointer.template.key { "{\($0)}" } + Array(field.utf8)))
            }
            + items(say("companion keys", zh: "伴随键"), cleanup.layout.companionKeys)
            + items(say("presence keys", zh: "状态键"), cleanup.layout.presenceKeys.map(\.template))
            + page.item(say("expired sessions", zh: "过期会话"), expired)
        return ReportPage.Section(title: say("Mode", zh: "模式"), lines: lines)
    }

    /// What makes a session expired in this layout.
    private var age: Message {
        let clocks = cleanup.layout.expiresBy
        let days = cleanup.maximumAgeDays
        if cleanup.layout.name == "appauth" {
            return Message(
                "older than \(NumberText.counted(days, "day")), or past exp",
                zh: "超过 \(NumberText.grouped(days)) 天，或已过 exp")
        }
        guard !clocks.isEmpty else { return Message("none: this layout has no dates", zh: "无：此布局没有日期") }
        let english = clocks.map { clock in
            switch clock {
            case .created: "created more than \(NumberText.counted(days, "day")) ago"
            case .lastAccess: "not used for \(NumberText.counted(days, "day"))"
            case .expiry: "past their expiry"
            }
        }
        let chinese = clocks.map { clock in
            switch clock {
            case .created: "创建超过 \(NumberText.grouped(days)) 天"
            case .lastAccess: "超过 \(NumberText.grouped(days)) 天未使用"
            case .expiry: "已过期限"
            }
        }
        return Message(english.joined(separator: ", or "), zh: chinese.joined(separator: "，或"))
    }

    private func items(_ label: String, _ templates: [KeyTemplate]) -> [String] {
        templates.flatMap { template in page.item(label, Printable.text(template.key { "{\($0)}" })) }
    }

    private var time: ReportPage.Section {
        let duration = record.finished.timeIntervalSince(record.started)
        return ReportPage.Section(
            title: say("Time", zh: "时间"),
            lines: page.item(say("started", zh: "开始"), record.started.formatted(.iso8601))
                + page.item(say("finished", zh: "结束"), record.finished.formatted(.iso8601))
                + page.item(say("duration", zh: "用时"), NumberText.seconds(max(duration, 0))))
    }

    private var checked: ReportPage.Section {
        ReportPage.Section(
            title: say("Checked", zh: "检查"),
            lines: [
                page.figure(say("index keys", zh: "检查的用户会话键"), statistics[\.indexKeysChecked]),
                page.figure(say("entries", zh: "检查的总会话数"), statistics[\.entriesChecked]),
                page.figure(say("sessions", zh: "检查的会话键"), statistics[\.sessionsChecked]),
            ])
    }

    private var found: ReportPage.Section {
        var lines = [
            page.figure(say("valid entries", zh: "发现的有效会话"), statistics[\.validEntriesFound]),
            page.figure(say("orphaned entries", zh: "发现的孤儿会话"), statistics[\.orphanedEntriesFound], .caution),
            page.figure(say("index keys without a valid entry", zh: "没有有效会话的用户会话键"), statistics[\.emptyIndexKeysFound]),
            page.figure(say("sessions in no index key", zh: "未被任何索引列出的会话"), statistics[\.unindexedSessionsFound]),
        ]
        if cleanup.includesExpired {
            lines.insert(
                page.figure(
                    say("entries of expired sessions", zh: "过期会话的记录"), statistics[\.expiredEntriesFound], .caution),
                at: 2)
            lines += [
                page.figure(say("expired sessions", zh: "过期会话"), statistics[\.expiredSessionsFound], .caution),
                page.figure(say("undated sessions", zh: "没有日期的会话"), statistics[\.undatedSessionsFound], .caution),
                page.figure(say("unreadable sessions", zh: "无法解读的会话"), statistics[\.unreadableSessionsFound], .caution),
            ]
        }
        lines += LayoutFigures(record).found.map { page.figure($0.label[language], $0.number, $0.tone) }
        lines += [
            page.figure(say("entries whose session came back", zh: "会话重新出现的记录"), statistics[\.revivedSessionsFound]),
            page.figure(say("unreadable index keys", zh: "类型不符的索引键"), statistics[\.unreadableIndexKeys], .bad),
        ]
        return ReportPage.Section(title: say("Found", zh: "发现"), lines: lines)
    }

    private var removed: ReportPage.Section {
        let isDryRun = cleanup.isDryRun
        var lines = [
            page.figure(
                isDryRun ? say("orphaned entries", zh: "孤儿会话") : say("orphaned entries", zh: "移除的孤儿会话"),
                isDryRun ? statistics[\.orphanedEntriesFound] : statistics[\.orphanedEntriesRemoved])
        ]
        if cleanup.includesExpired {
            let entries = isDryRun ? statistics[\.expiredEntriesFound] : statistics[\.expiredEntriesRemoved]
            let sessions = isDryRun ? statistics[\.expiredSessionsFound] : statistics[\.expiredSessionsRemoved]
            lines += [
                page.figure(say("entries of expired sessions", zh: "过期会话的记录"), entries),
                page.figure(say("expired sessions", zh: "过期会话"), sessions),
            ]
        }
        lines += LayoutFigures(record).removed.map { page.figure($0.label[language], $0.number) }
        lines.append(
            page.figure(
                isDryRun
                    ? say("index keys that would lose an entry", zh: "将移除记录的用户会话键")
                    : say("index keys that lost an entry", zh: "移除了记录的用户会话键"), statistics[\.indexKeysCleaned]))
        if !isDryRun {
            lines.append(
                page.figure(
                    say("index keys gone with their last entry", zh: "删除的空用户会话键"), statistics[\.emptyIndexKeysRemoved]))
        }
        if let backup = record.backup {
            lines += page.item(say("backup", zh: "备份"), Printable.text(backup.file))
            lines += page.item(say("undo with", zh: "撤销命令"), Printable.text(backup.undoCommand))
        }
        let title =
            isDryRun
            ? say("Would be removed (dry run: nothing was)", zh: "将移除（模拟运行，未移除任何内容）") : say("Removed", zh: "移除")
        return ReportPage.Section(title: title, lines: lines)
    }

    private var changed: ReportPage.Section? {
        let figures = LayoutFigures(record).changed
        guard !figures.isEmpty else { return nil }
        let title =
            cleanup.isDryRun
            ? say("Would be changed (dry run: nothing was)", zh: "将更改（模拟运行，未作更改）") : say("Changed", zh: "更改")
        return ReportPage.Section(title: title, lines: figures.map { page.figure($0.label[language], $0.number) })
    }

    private var consistency: ReportPage.Section {
        let entries = NumberText.counted(statistics.orphanedEntriesLeft, "orphaned entry", "orphaned entries")
        let count = NumberText.grouped(statistics.orphanedEntriesLeft)
        let verdict: (String, TextStyle.Tone) =
            switch (record.report.outcome, record.report.consistency) {
            case (.interrupted, .unknown):
                (say("unknown: the run was stopped before it had seen everything", zh: "未知：运行在检查完毕前停止"), .caution)
            case (.failed, .unknown): (say("unknown: the run failed before its end", zh: "未知：运行未能完成"), .bad)
            case (_, .unknown) where record.report.missesItsKeys:
                (say("unknown: no key matches the layout", zh: "未知：没有键符合布局"), .caution)
            case (_, .unknown): (say("unknown: not everything could be looked at", zh: "未知：未能全部检查"), .caution)
            case (_, .good): (say("good: no orphaned entry", zh: "良好：没有孤儿会话"), .good)
            case (_, .repaired):
                (say("repaired: all orphaned entries that were found are removed", zh: "已修复：发现的孤儿会话已全部移除"), .good)
            case (.failed, .needsRepair):
                (say("needs repair: \(entries); the run failed", zh: "需要修复：\(count) 条孤儿会话；本次运行失败"), .bad)
            case (.refused, .needsRepair):
                (say("needs repair: \(entries); the run was refused", zh: "需要修复：\(count) 条孤儿会话；本次运行被拒绝"), .bad)
            case (_, .needsRepair): (say("needs repair: \(entries)", zh: "需要修复：\(count) 条孤儿会话"), .caution)
            }
        return ReportPage.Section(title: say("Consistency", zh: "一致性"), lines: ["  " + style(verdict.0, verdict.1)])
    }

    private func say(_ english: String, zh chinese: String) -> String {
        Message(english, zh: chinese)[language]
    }
}

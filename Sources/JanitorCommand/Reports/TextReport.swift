import FoundationEssentials
import RedisClient
import SessionJanitor

extension RunRecord {
    /// The report of a run for people.
    func text(_ style: TextStyle) -> String {
        let isDryRun = options.cleanup.isDryRun
        var page = ReportPage(style, options.language)
        page.add("Mode", zh: "模式", mode(page))
        page.add(
            "Time", zh: "时间",
            page.item("started", zh: "开始", Message("\(started.formatted(.iso8601))"))
                + page.item("finished", zh: "结束", Message("\(finished.formatted(.iso8601))"))
                + page.duration(self))
        page.add("Checked", zh: "检查", Figure.lines(.checked, of: self, on: page))
        page.add("Found", zh: "发现", Figure.lines(.found, of: self, on: page))
        page.add(
            isDryRun ? "Would be removed (dry run: nothing was)" : "Removed",
            zh: isDryRun ? "将移除（模拟运行，未移除任何内容）" : "移除", Figure.lines(.removed, of: self, on: page) + undoing(page))
        let changed = Figure.lines(.changed, of: self, on: page)
        if !changed.isEmpty {
            page.add(
                isDryRun ? "Would be changed (dry run: nothing was)" : "Changed",
                zh: isDryRun ? "将更改（模拟运行，未作更改）" : "更改", changed)
        }
        let (verdict, tone) = consistency
        page.add("Consistency", zh: "一致性", ["  " + style(verdict[options.language], tone)])
        if let refusal = report.refusal {
            page.add("Refused, nothing was removed", zh: "已拒绝，未移除任何内容", page.paragraph(refusal.message), .bad)
        }
        page.addWarnings(warnings)
        return page.text
    }

    private func mode(_ page: ReportPage) -> [String] {
        let (cleanup, layout) = (options.cleanup, options.cleanup.layout)
        var lines = page.head(self, Message("clean-up", zh: "清理"))
        if let primaries = server?.primaries {
            lines += page.item(
                "topology", zh: "拓扑",
                Message("Cluster with \(primaries, "primary", "primaries")", zh: "集群，\(primaries) 个主节点"))
        }
        if layout.name != "appauth" { lines += page.item("layout", zh: "布局", Message("\(layout.name)")) }
        for key in layout.sessionKeys { lines += page.item("session keys", zh: "会话键", Message("\(key.text)")) }
        for key in layout.indexKeys { lines += page.item("index keys", zh: "索引键", Message("\(key.template.text)")) }
        for key in layout.pointerKeys { lines += page.item("pointer keys", zh: "指针键", Message("\(key.text)")) }
        for key in layout.companionKeys { lines += page.item("companion keys", zh: "伴随键", Message("\(key.text)")) }
        for key in layout.presenceKeys {
            lines += page.item("presence keys", zh: "状态键", Message("\(key.template.text)"))
        }
        let expired =
            !cleanup.includesExpired
            ? Message("kept (--include-expired removes them)", zh: "保留（--include-expired 可移除）")
            : cleanup.isDryRun
                ? Message("would be removed: \(age)", zh: "将移除：\(age)") : Message("removed: \(age)", zh: "移除：\(age)")
        return lines + page.item("expired sessions", zh: "过期会话", expired)
    }

    /// What makes a session expired in this layout.
    private var age: Message {
        let clocks = options.cleanup.layout.expiresBy
        let days = options.cleanup.maximumAgeDays
        if options.cleanup.layout.name == "appauth" {
            return Message("older than \(days, "day"), or past exp", zh: "超过 \(days) 天，或已过 exp")
        }
        guard !clocks.isEmpty else { return Message("none: this layout has no dates", zh: "无：此布局没有日期") }
        let causes = clocks.map { clock in
            switch clock {
            case .created: Message("created more than \(days, "day") ago", zh: "创建超过 \(days) 天")
            case .lastAccess: Message("not used for \(days, "day")", zh: "超过 \(days) 天未使用")
            case .expiry: Message("past their expiry", zh: "已过期限")
            }
        }
        return Message.joined(causes, by: Message(", or ", zh: "，或"))
    }

    private func undoing(_ page: ReportPage) -> [String] {
        guard let backup else { return [] }
        return page.item("backup", zh: "备份", Message("\(backup.file)"))
            + page.item("undo with", zh: "撤销命令", Message("\(backup.undoCommand)"))
    }

    private var consistency: (Message, TextStyle.Tone) {
        let left = report.statistics.orphanedEntriesLeft
        let needed = Message(
            "needs repair: \(left, "orphaned entry", "orphaned entries")", zh: "需要修复：\(left) 条孤儿会话")
        return switch (report.outcome, report.consistency) {
        case (.interrupted, .unknown):
            (Message("unknown: the run was stopped before it had seen everything", zh: "未知：运行在检查完毕前停止"), .caution)
        case (.failed, .unknown): (Message("unknown: the run failed before its end", zh: "未知：运行未能完成"), .bad)
        case (_, .unknown) where report.missesItsKeys:
            (Message("unknown: no key matches the layout", zh: "未知：没有键符合布局"), .caution)
        case (_, .unknown): (Message("unknown: not everything could be looked at", zh: "未知：未能全部检查"), .caution)
        case (_, .good): (Message("good: no orphaned entry", zh: "良好：没有孤儿会话"), .good)
        case (_, .repaired):
            (Message("repaired: all orphaned entries that were found are removed", zh: "已修复：发现的孤儿会话已全部移除"), .good)
        case (.failed, .needsRepair): (Message("\(needed); the run failed", zh: "\(needed)；本次运行失败"), .bad)
        case (.refused, .needsRepair): (Message("\(needed); the run was refused", zh: "\(needed)；本次运行被拒绝"), .bad)
        case (_, .needsRepair): (needed, .caution)
        }
    }
}

extension RestoreRecord {
    /// The report of a restore for people.
    func text(_ style: TextStyle) -> String {
        var page = ReportPage(style, options.language)
        var mode = page.head(self, Message("restore", zh: "恢复"))
        mode += page.item("backup", zh: "备份", Message("\(options.file ?? "")"))
        if let header {
            mode += page.item("made", zh: "备份于", Message("\(header.startedAt), \(header.server)"))
        }
        page.add("Mode", zh: "模式", mode + page.duration(self))
        let numbers = report.statistics
        page.add(
            "In the backup", zh: "备份内容",
            [
                page.figure(Message("lines", zh: "行"), numbers.linesRead),
                page.figure(Message("there now, left alone", zh: "现已存在，保持不变"), numbers.present),
                page.figure(Message("expired in the meantime", zh: "期间已过期"), numbers.expired),
                page.figure(
                    Message("entries without a session", zh: "没有会话的记录"), numbers.entriesWithoutSession, .caution),
                page.figure(Message("rejected by the server", zh: "服务器拒绝的"), numbers.rejected, .bad),
                page.figure(Message("damaged lines", zh: "损坏的行"), numbers.damaged, .bad),
            ])
        if options.cleanup.isDryRun {
            page.add(
                "Would be restored (dry run: nothing was)", zh: "将恢复（模拟运行，未恢复任何内容）",
                [page.figure(Message("keys and entries", zh: "键和记录"), numbers.restorable)])
        } else {
            var restored = [
                page.figure(Message("keys", zh: "键"), numbers.keysRestored),
                page.figure(Message("entries", zh: "记录"), numbers.entriesRestored),
            ]
            if numbers.ttlsCleared > 0 {
                restored.append(page.figure(Message("TTLs taken back", zh: "撤销的 TTL"), numbers.ttlsCleared))
            }
            page.add("Restored", zh: "恢复", restored)
        }
        page.addWarnings(warnings)
        return page.text
    }
}

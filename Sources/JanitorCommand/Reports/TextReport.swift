import FoundationEssentials
import RedisClient
import SessionJanitor

extension RunRecord {
    /// The report of a run for people; its last lines say what came of it, and what to do next.
    func text(_ style: TextStyle) -> String {
        var page = ReportPage(style, options.language)
        page.addHead(self, Message("Clean-up", zh: "清理"), details)
        page.add(Figure.rows(of: self))
        page.add(
            users.enumerated().map { place, user in
                ReportPage.Row(
                    heading: place == 0 ? Message("Users", zh: "用户") : Message(""), label: Message("\(user.user)"),
                    number: user.orphans + user.sessions)
            })
        page.add(warnings: warnings)
        page.addGap()
        let (sentences, tone) = conclusion
        for sentence in sentences { page.add(sentence, tone) }
        if let nextStep { page.add(nextStep) }
        return page.text
    }

    /// Which keys were looked at.
    private var details: [Message] {
        let layout = options.cleanup.layout
        var details: [Message] = []
        if let primaries = server?.primaries {
            details.append(
                Message("Cluster with \(primaries, "primary", "primaries")", zh: "集群，\(primaries) 个主节点"))
        }
        if layout.name != "appauth" { details.append(Message("layout \(layout.name)", zh: "布局 \(layout.name)")) }
        let keys =
            layout.sessionKeys.map(\.text) + layout.indexKeys.map(\.template.text) + layout.pointerKeys.map(\.text)
            + layout.companionKeys.map(\.text) + layout.presenceKeys.map(\.template.text)
        return details + keys.map { Message("\($0)") }
    }

    /// What came of it.
    private var conclusion: ([Message], TextStyle.Tone) {
        let isDryRun = options.cleanup.isDryRun
        var sentences = Changes(self, isDone: !isDryRun).sentences
        if let problem {
            let isFailure = report.outcome == .failed
            let why = isFailure ? Message("failed: \(problem)", zh: "失败：\(problem)") : problem
            return (sentences + [why.sentence], isFailure || report.outcome == .refused ? .bad : .caution)
        }
        let left = report.statistics.orphanedEntriesLeft
        if report.missesItsKeys {
            sentences.append(
                Message("Nothing was checked: no key belongs to this layout.", zh: "未检查任何内容：没有键属于此布局。"))
        } else if !isDryRun, left > 0 {
            sentences.append(
                Message(
                    "\(left, "orphaned entry is", "orphaned entries are") left: the warnings say why.",
                    zh: "还剩 \(left) 条孤儿记录：原因见警告。"))
        } else if report.consistency == .unknown {
            sentences.append(
                Message("Not everything could be checked: the warnings say why.", zh: "未能检查全部内容：原因见警告。"))
        }
        if sentences.isEmpty {
            let why = Message(
                if: report.statistics.entriesChecked > 0, ": every entry has its session", zh: "：每条记录都有对应的会话")
            return ([Message("There is nothing to clean up\(why).", zh: "没有需要清理的内容\(why)。")], .good)
        }
        return (sentences, isDryRun || report.outcome != .completed ? .caution : .good)
    }

    /// How to do what a dry run has shown, or to undo what a run has done.
    private var nextStep: Message? {
        let isDryRun = options.cleanup.isDryRun
        guard !Changes(self, isDone: !isDryRun).isEmpty else { return nil }
        if let backup { return Message("To undo it: \(backup.undoCommand)", zh: "撤销命令：\(backup.undoCommand)") }
        guard isDryRun else {
            return Message("this cannot be undone without --backup", zh: "没有 --backup，此操作无法撤销").sentence
        }
        if report.warnings.contains(where: { if case .wouldBeRefused = $0 { true } else { false } }) {
            return Message("But a real run would be refused: see the warnings.", zh: "但真正执行时会被拒绝：见警告。")
        }
        if isAwaitingAnswer || report.stop != nil || report.outcome == .failed { return nil }
        return Message("To do it: \(options.realCommand)", zh: "执行命令：\(options.realCommand)")
    }
}

extension RestoreRecord {
    /// The report of a restore for people.
    func text(_ style: TextStyle) -> String {
        var page = ReportPage(style, options.language)
        var details = [Message("\(options.file ?? "")")]
        if let header {
            details.append(
                Message("made \(header.startedAt) on \(header.server)", zh: "\(header.startedAt) 备份自 \(header.server)"))
        }
        page.addHead(self, Message("Restore", zh: "恢复"), details)
        let numbers = report.statistics
        let isDryRun = options.cleanup.isDryRun
        let backup = Message("In the backup", zh: "")
        let back = Message(isDryRun ? "Would be restored" : "Restored", zh: "")
        let rows = [
            ReportPage.Row(heading: backup, label: Message("lines", zh: "备份的行数"), number: numbers.linesRead),
            ReportPage.Row(
                heading: backup, label: Message("there now, left alone", zh: "现已存在，保持不变"), number: numbers.present),
            ReportPage.Row(
                heading: backup, label: Message("expired in the meantime", zh: "期间已过期"), number: numbers.expired),
            ReportPage.Row(
                heading: backup, label: Message("entries without a session", zh: "会话已不存在的记录"),
                number: numbers.entriesWithoutSession, tone: .caution),
            ReportPage.Row(
                heading: backup, label: Message("rejected by the server", zh: "服务器拒绝的项"), number: numbers.rejected,
                tone: .bad),
            ReportPage.Row(
                heading: backup, label: Message("damaged lines", zh: "损坏的行"), number: numbers.damaged, tone: .bad),
            ReportPage.Row(
                heading: back, label: Message("keys and entries", zh: "将恢复的键和记录"),
                number: isDryRun ? numbers.restorable : 0),
            ReportPage.Row(heading: back, label: Message("keys", zh: "恢复的键"), number: numbers.keysRestored),
            ReportPage.Row(heading: back, label: Message("entries", zh: "恢复的记录"), number: numbers.entriesRestored),
            ReportPage.Row(
                heading: back, label: Message("TTLs taken back", zh: "撤销的 TTL"), number: numbers.ttlsCleared),
        ]
        page.add(rows.filter { $0.number ?? 0 > 0 })
        page.add(warnings: warnings)
        page.addGap()
        let isGood = problem == nil && report.outcome == .completed
        page.add(conclusion, isGood ? .good : .caution)
        if isDryRun, numbers.restorable > 0 {
            page.add(Message("To do it: \(options.realCommand)", zh: "执行命令：\(options.realCommand)"))
        }
        return page.text
    }

    private var conclusion: Message {
        if let problem { return problem.sentence }
        let count = options.cleanup.isDryRun ? report.statistics.restorable : report.statistics.restored
        let numbers = report.statistics
        guard count > 0 else {
            let isUnknown = numbers.present + numbers.expired + numbers.entriesWithoutSession + numbers.rejected == 0
            return options.restore.user != nil && isUnknown
                ? Message(
                    "The backup holds nothing of this user; restore FILE --list names the users.",
                    zh: "备份中没有此用户的内容；restore FILE --list 可列出用户。")
                : Message("There was nothing to restore.", zh: "没有内容需要恢复。")
        }
        return options.cleanup.isDryRun
            ? Message("\(count, "key or entry", "keys and entries") would be restored.", zh: "将恢复 \(count) 个键和记录。")
            : Message("\(count, "key or entry", "keys and entries") \(was: count) restored.", zh: "已恢复 \(count) 个键和记录。")
    }
}

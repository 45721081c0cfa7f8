import FoundationEssentials
import RedisClient
import SessionJanitor

/// The report of a restore for people.
struct RestoreTextReport {
    let record: RestoreRecord
    let style: TextStyle

    private var page: ReportPage { ReportPage(style: style) }
    private var statistics: RestoreStatistics { record.report.statistics }
    private var isDryRun: Bool { record.options.restore.isDryRun }

    func text() -> String {
        var sections = [mode, found, result].map(page.text)
        if !record.report.warnings.isEmpty {
            let texts = record.report.warnings.map { RestoreWarningMessage.message($0)[record.options.language] }
            sections.append(page.warnings(say("Warnings", zh: "警告"), texts))
        }
        return sections.joined(separator: "\n\n") + "\n"
    }

    private var mode: ReportPage.Section {
        let version = record.server?.name.map { " (\(Printable.text($0)))" } ?? ""
        var lines =
            page.item(
                say("run", zh: "运行"),
                isDryRun ? say("dry run: nothing is changed", zh: "模拟运行：不作任何更改") : say("restore", zh: "恢复"))
            + page.item(say("server", zh: "服务器"), Printable.text(record.options.endpoint.description) + version)
            + page.item(say("backup", zh: "备份"), Printable.text(record.options.restoreFile ?? ""))
        if let header = record.header {
            let origin = "\(Printable.text(header.startedAt)), \(Printable.text(header.server))"
            lines += page.item(say("made", zh: "备份于"), origin)
        }
        let duration = record.finished.timeIntervalSince(record.started)
        lines += page.item(say("duration", zh: "用时"), NumberText.seconds(max(duration, 0)))
        return ReportPage.Section(title: say("Mode", zh: "模式"), lines: lines)
    }

    private var found: ReportPage.Section {
        ReportPage.Section(
            title: say("In the backup", zh: "备份内容"),
            lines: [
                page.figure(say("lines", zh: "行"), statistics.linesRead),
                page.figure(say("there now, left alone", zh: "现已存在，保持不变"), statistics.present),
                page.figure(say("expired meanwhile", zh: "期间已过期"), statistics.expired),
                page.figure(
                    say("entries without a session", zh: "没有会话的记录"), statistics.entriesWithoutSession, .caution),
                page.figure(say("not taken by the server", zh: "服务器拒绝的"), statistics.rejected, .bad),
                page.figure(say("damaged lines", zh: "损坏的行"), statistics.damaged, .bad),
            ])
    }

    private var result: ReportPage.Section {
        guard !isDryRun else {
            return ReportPage.Section(
                title: say("Would be restored (dry run: nothing was)", zh: "将恢复（模拟运行，未恢复任何内容）"),
                lines: [page.figure(say("keys and entries", zh: "键和记录"), statistics.restorable)])
        }
        return ReportPage.Section(
            title: say("Restored", zh: "恢复"),
            lines: [
                page.figure(say("keys", zh: "键"), statistics.keysRestored),
                page.figure(say("entries", zh: "记录"), statistics.entriesRestored),
            ]
                + (statistics.ttlsCleared == 0
                    ? [] : [page.figure(say("TTLs taken back", zh: "撤销的 TTL"), statistics.ttlsCleared)]))
    }

    private func say(_ english: String, zh chinese: String) -> String {
        Message(english, zh: chinese)[record.options.language]
    }
}

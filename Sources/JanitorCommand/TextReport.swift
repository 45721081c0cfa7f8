import FoundationEssentials
import RedisClient
import SessionJanitor

/// The report for people: at most 80 columns, figures aligned.
struct TextReport {
    private static let labelWidth = 44
    private static let figureWidth = 15

    let record: RunRecord
    let style: TextStyle

    private var statistics: CleanupStatistics { record.report.statistics }
    private var cleanup: CleanupOptions { record.options.cleanup }

    func text() -> String {
        var sections = [mode, time, checked, found, removed, consistency].map { section in
            ([style(section.title, .heading)] + section.lines).joined(separator: "\n")
        }
        if let refusal = record.report.refusal {
            let lines = WrappedText.lines(RefusalMessage.text(refusal), first: "  ", others: "  ")
            sections.append(([style("Refused, nothing was removed", .bad)] + lines).joined(separator: "\n"))
        }
        if !record.report.warnings.isEmpty {
            let lines = record.report.warnings.flatMap { warning in
                WrappedText.lines(WarningMessage.text(warning), first: "  ! ", others: "    ")
            }
            sections.append(([style("Warnings", .caution)] + lines).joined(separator: "\n"))
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
            ? "\(cleanup.isDryRun ? "would be removed" : "removed"): older than "
                + "\(NumberText.counted(cleanup.maximumAgeDays, "day")), or past exp"
            : "kept (--include-expired removes them)"
        let version = record.server?.version.map { " (Redis \(Printable.text($0)))" } ?? ""
        let lines =
            item("run", cleanup.isDryRun ? "dry run: nothing is changed" : "clean-up")
            + item("server", Printable.text(record.options.endpoint.description) + version)
            + item("session keys", Printable.text(cleanup.layout.sessionKey.key(Array("{id}".utf8))))
            + item("index keys", Printable.text(cleanup.layout.indexKey.key(Array("{user}".utf8))))
            + item("expired sessions", expired)
        return Section(title: "Mode", lines: lines)
    }

    private var time: Section {
        let duration = record.finished.timeIntervalSince(record.started)
        return Section(
            title: "Time",
            lines: item("started", record.started.formatted(.iso8601))
                + item("finished", record.finished.formatted(.iso8601))
                + item("duration", NumberText.seconds(max(duration, 0))))
    }

    private var checked: Section {
        Section(
            title: "Checked",
            lines: [
                figure("index keys", statistics.indexKeysChecked),
                figure("entries", statistics.entriesChecked),
                figure("sessions", statistics.sessionsChecked),
            ])
    }

    private var found: Section {
        var lines = [
            figure("valid entries", statistics.validEntriesFound),
            figure("orphaned entries", statistics.orphanedEntriesFound, .caution),
            figure("index keys without a valid entry", statistics.emptyIndexKeysFound),
            figure("sessions in no index key", statistics.unindexedSessionsFound),
        ]
        if cleanup.includesExpired {
            lines.insert(figure("entries of expired sessions", statistics.expiredEntriesFound, .caution), at: 2)
            lines += [
                figure("expired sessions", statistics.expiredSessionsFound, .caution),
                figure("undated sessions", statistics.undatedSessionsFound, .caution),
                figure("unreadable sessions", statistics.unreadableSessionsFound, .caution),
            ]
        }
        lines += [
            figure("entries whose session came back", statistics.revivedSessionsFound),
            figure("unreadable index keys", statistics.unreadableIndexKeys, .bad),
        ]
        return Section(title: "Found", lines: lines)
    }

    private var removed: Section {
        let isDryRun = cleanup.isDryRun
        var lines = [
            figure("orphaned entries", isDryRun ? statistics.orphanedEntriesFound : statistics.orphanedEntriesRemoved)
        ]
        if cleanup.includesExpired {
            let entries = isDryRun ? statistics.expiredEntriesFound : statistics.expiredEntriesRemoved
            let sessions = isDryRun ? statistics.expiredSessionsFound : statistics.expiredSessionsRemoved
            lines += [figure("entries of expired sessions", entries), figure("expired sessions", sessions)]
        }
        lines.append(
            figure("index keys that \(isDryRun ? "would lose" : "lost") an entry", statistics.indexKeysCleaned))
        if !isDryRun {
            lines.append(figure("index keys gone with their last entry", statistics.emptyIndexKeysRemoved))
        }
        return Section(title: isDryRun ? "Would be removed (dry run: nothing was)" : "Removed", lines: lines)
    }

    private var consistency: Section {
        let entries = NumberText.counted(record.report.remainingEntries, "orphaned entry", "orphaned entries")
        let verdict: (String, TextStyle.Tone) =
            switch (record.report.outcome, record.report.consistency) {
            case (.failed, _): ("unknown: the run failed before its end", .bad)
            case (_, .good): ("good: no orphaned entry", .good)
            case (_, .repaired): ("repaired: all orphaned entries that were found are removed", .good)
            case (.refused, .needsRepair): ("needs repair: \(entries); the run was refused", .bad)
            case (_, .needsRepair): ("needs repair: \(entries)", .caution)
            }
        return Section(title: "Consistency", lines: ["  " + style(verdict.0, verdict.1)])
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

import SessionJanitor

/// `scheduled`: an unattended run. It logs, prints nothing while all is well, and one line when something is wrong.
struct ScheduledCommand {
    let options: Options
    let output: ReportOutput
    /// Whether standard error goes to the journal, which takes more than what is wrong.
    let isUnderSystemd: Bool

    func run() -> ExitStatus {
        let log: RunLog
        do {
            log = try RunLog(file: options.logFile, usesSyslog: options.logsToSyslog, usesJournal: isUnderSystemd)
        } catch {
            output.complain("the log file \(Printable.text(options.logFile ?? "")) cannot be written: \(error)")
            return .failed
        }
        let monitored = MonitoredRun(
            options: options, warn: { log.write(.warning, $0) },
            complain: {
                log.write(.error, $0)
                if !isUnderSystemd { output.complain($0) }
            })
        return monitored.run {
            log.write(.info, RunLogText.started(options))
            var record = JanitorRun(options: options, display: silentDisplay).perform()
            // Nobody looks at its report: to have found nothing of what it is there for is worth a word.
            if record.report.outcome == .completed, record.report.missesItsKeys { record.report.outcome = .partial }
            return (record, finish(record, log))
        }
    }

    private func finish(_ record: RunRecord, _ log: RunLog) -> ExitStatus {
        let report = record.report
        pruneBackups(after: record, log)
        if let backup = record.backup {
            log.write(
                .info,
                "backup file=\(Printable.key(Array(backup.file.utf8))) keys=\(backup.keys) entries=\(backup.entries)")
        }
        for warning in report.warnings { log.write(.warning, WarningMessage.text(warning)) }
        // The log reads the same everywhere, whatever the language of the one who is told.
        let problem = problem(report, .english)
        if let problem { log.write(.error, problem) }
        log.write(problem == nil ? .info : .error, RunLogText.finished(record))
        // The journal has it already.
        if !isUnderSystemd, let told = self.problem(report, options.language) { output.complain(told) }
        if options.isJSON, let failure = output.printJSON(record) {
            output.complain("the report could not be written to standard output: \(failure)")
            return .failed
        }
        return ExitStatus(report)
    }

    /// Old backups go when a run that did not fail has added one. What cannot be deleted takes up room and nothing more,
    /// so it is a warning.
    private func pruneBackups(after record: RunRecord, _ log: RunLog) {
        guard let path = options.backupFolder, let count = options.backupsKept, let newest = record.backup?.file,
            record.report.outcome != .failed
        else { return }
        do {
            try BackupFolder(path: path).prune(keeping: count, with: newest)
        } catch {
            log.write(.warning, "old backups in \(Printable.text(path)) could not be deleted: \(error)")
        }
    }

    private func problem(_ report: CleanupReport, _ language: Language) -> String? {
        if let problem = output.problem(report, language) { return problem }
        guard report.outcome == .partial else { return nil }
        let warnings = report.warnings.map { WarningMessage.text($0, language) }
        return Message("partly done: ", zh: "部分完成：")[language]
            + warnings.joined(separator: Message("; ", zh: "；")[language])
    }

    /// No progress and no names: what is of interest is in the log.
    private var silentDisplay: RunDisplay {
        var quiet = options
        quiet.progress = .never
        quiet.verbosity = .quiet
        return RunDisplay(options: quiet, isTerminal: false, write: { _ in })
    }
}

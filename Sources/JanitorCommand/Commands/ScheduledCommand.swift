import SessionJanitor

/// `scheduled`: an unattended run. It logs, prints nothing while all is well, and one line when something is wrong.
struct ScheduledCommand {
    let options: Options
    let output: ReportOutput
    /// Whether standard error goes to the journal, which gets the whole log.
    let isUnderSystemd: Bool

    func run() -> ExitStatus {
        let log: RunLog
        do {
            log = try RunLog(file: options.logFile, usesSyslog: options.logsToSyslog, usesJournal: isUnderSystemd)
        } catch {
            let (path, reason) = (options.logFile ?? "", "\(error)")
            output.complain(
                Message("the log file \(path) cannot be written: \(reason)", zh: "日志文件 \(path) 无法写入：\(reason)"))
            return .failed
        }
        let monitored = MonitoredRun(
            options: options, warn: { log.write(.warning, $0.english) },
            complain: {
                log.write(.error, $0.english)
                if !isUnderSystemd { output.complain($0) }
            })
        return monitored.run {
            log.write(.info, RunLogText.started(options))
            var record = JanitorRun(options: options, display: silentDisplay).perform()
            // Nobody reads its report, so a run that found none of its keys must not pass as a success.
            if record.report.outcome == .completed, record.report.missesItsKeys { record.report.outcome = .partial }
            return (record, finish(record, log))
        }
    }

    private func finish(_ record: RunRecord, _ log: RunLog) -> ExitStatus {
        pruneBackups(after: record, log)
        if let backup = record.backup {
            log.write(
                .info,
                "backup file=\(Printable.key(Array(backup.file.utf8))) keys=\(backup.keys) entries=\(backup.entries)")
        }
        // The log is always in English.
        for warning in record.warnings { log.write(.warning, warning.english) }
        let problem = problem(record)
        if let problem { log.write(.error, problem.english) }
        log.write(problem == nil ? .info : .error, RunLogText.finished(record))
        // The journal already has it.
        if !isUnderSystemd, let problem { output.complain(problem) }
        if options.isJSON, let failure = output.printJSON(record) {
            output.complainOfOutput(failure)
            return .failed
        }
        return ExitStatus(record)
    }

    /// Deletes old backups after a run that added one and did not fail. A file that cannot be deleted only takes up room, so
    /// it is a warning.
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

    private func problem(_ record: RunRecord) -> Message? {
        if let problem = record.problem { return problem }
        guard record.report.outcome == .partial else { return nil }
        let warnings = Message.joined(record.warnings, by: Message("; ", zh: "；"))
        return Message("partly done: \(warnings)", zh: "部分完成：\(warnings)")
    }

    /// Shows no progress and no names: the log has what matters.
    private var silentDisplay: RunDisplay {
        var quiet = options
        quiet.progress = .never
        quiet.verbosity = .quiet
        return RunDisplay(options: quiet, isTerminal: false, write: { _ in })
    }
}

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
        return Monitored(options: options, complain: { log.write(.warning, $0) }).run {
            log.write(.info, RunLogText.started(options))
            let record = JanitorRun(options: options, display: silentDisplay).perform()
            return (record, finish(record, log))
        }
    }

    private func finish(_ record: RunRecord, _ log: RunLog) -> ExitStatus {
        let report = record.report
        for warning in report.warnings { log.write(.warning, WarningMessage.text(warning)) }
        let problem = output.problem(report) ?? partialProblem(report)
        if let problem { log.write(.error, problem) }
        log.write(problem == nil ? .info : .error, RunLogText.finished(record))
        // The journal has it already.
        if let problem, !isUnderSystemd { output.complain(problem) }
        if options.isJSON, let failure = output.printJSON(record) {
            output.complain("the report could not be written to standard output: \(failure)")
            return .failed
        }
        return ExitStatus(report)
    }

    private func partialProblem(_ report: CleanupReport) -> String? {
        guard report.outcome == .partial else { return nil }
        return "partly done: \(report.warnings.map(WarningMessage.text).joined(separator: "; "))"
    }

    /// No progress and no names: what is of interest is in the log.
    private var silentDisplay: RunDisplay {
        var quiet = options
        quiet.progress = .never
        quiet.verbosity = .quiet
        return RunDisplay(options: quiet, isTerminal: false, write: { _ in })
    }
}

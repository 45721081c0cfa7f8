import Glibc
import SessionJanitor

/// Prints the report of a run, and says what went wrong.
struct ReportOutput {
    let options: Options
    let environment: [String: String]

    /// What is shown while a run goes on.
    func display() -> RunDisplay {
        RunDisplay(
            options: options, isTerminal: StandardStream.error.isTerminal, write: { StandardStream.error.write($0) })
    }

    /// Prints the report; returns the status to exit with.
    func show(_ record: RunRecord) -> ExitStatus {
        let report = record.report
        let failure = options.isJSON ? printJSON(record) : printText(record)
        if let message = problem(report, options.language) { complain(message) }
        if let failure {
            complainOfOutput(failure)
            // With SIGHUP the terminal is gone, and so the report: what was to be done is done all the same.
            guard report.stop == .signal(SIGHUP) else { return .failed }
        }
        return ExitStatus(report)
    }

    /// What is wrong with the run, in one line.
    func problem(_ report: CleanupReport, _ language: Language) -> String? {
        if let error = report.error { return ErrorMessage.text(error, options, language) }
        // The time that was granted is over: no problem, so a warning.
        if let stop = report.stop, stop != .timeIsUp {
            return StopMessage.text(stop, report.left)[language]
        }
        return report.refusal.map { refusal in
            Message("refused, nothing was removed: ", zh: "已拒绝，未移除任何内容：")[language]
                + RefusalMessage.text(refusal, language)
        }
    }

    func printJSON(_ record: RunRecord) -> String? {
        if options.verbosity != .quiet {
            for warning in record.report.warnings {
                warn(WarningMessage.text(warning, options.language))
            }
        }
        do {
            return StandardStream.output.write(try JSONReport(record).text())
        } catch {
            return String(describing: error)
        }
    }

    private func printText(_ record: RunRecord) -> String? {
        // Of a run that never began there is nothing to show but the error.
        guard record.server != nil else { return nil }
        return StandardStream.output.write(TextReport(record: record, style: style).text())
    }

    var style: TextStyle {
        let isPlain = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        return TextStyle(isColored: options.color.resolved(auto: StandardStream.output.isTerminal && !isPlain))
    }

    func warn(_ message: String) {
        complain(Message("warning: ", zh: "警告：")[options.language] + message)
    }

    func complainOfOutput(_ failure: String) {
        complain(
            Message(
                "the report could not be written to standard output: \(failure)", zh: "报告无法写到标准输出：\(failure)")[
                    options.language])
    }

    func complain(_ message: String) {
        StandardStream.error.write("\(Version.tool): \(message)\n")
    }
}

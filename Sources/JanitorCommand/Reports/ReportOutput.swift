import Glibc
import SessionJanitor

/// Prints the report of a run, and says what went wrong.
struct ReportOutput {
    let options: Options
    let environment: [String: String]

    /// What is shown while a run goes on.
    func display() -> RunDisplay {
        RunDisplay(
            options: options, isTerminal: StandardStream.error.isTerminal, columns: { StandardStream.error.columns },
            write: { StandardStream.error.write($0) })
    }

    /// Prints the report; returns the status to exit with.
    func show(_ run: some FinishedRun) -> ExitStatus {
        let failure = options.isJSON ? printJSON(run) : printText(run)
        // On a terminal the report's last lines have just said it.
        let isSaid =
            !options.isJSON && run.server != nil && failure == nil && StandardStream.output.isTerminal
            && StandardStream.error.isTerminal
        if let problem = run.problem, !isSaid { complain(problem) }
        if let failure {
            complainOfOutput(failure)
            // After SIGHUP the terminal is gone, and the report with it; the work is done all the same.
            guard run.report.stop == .signal(SIGHUP) else { return .failed }
        }
        return ExitStatus(run)
    }

    func printJSON(_ run: some FinishedRun) -> String? {
        if options.verbosity != .quiet { run.warnings.forEach(warn) }
        do {
            return StandardStream.output.write(try run.json())
        } catch {
            return String(describing: error)
        }
    }

    private func printText(_ run: some FinishedRun) -> String? {
        // A run that never began has nothing to show but its error.
        guard run.server != nil else { return nil }
        return StandardStream.output.write(run.text(style))
    }

    var style: TextStyle {
        let isPlain = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        return TextStyle(isColored: options.color.resolved(auto: StandardStream.output.isTerminal && !isPlain))
    }

    func warn(_ message: Message) {
        complain(Message("warning: \(message)", zh: "警告：\(message)"))
    }

    func complainOfOutput(_ failure: String) {
        complain(
            Message("the report could not be written to standard output: \(failure)", zh: "报告无法写到标准输出：\(failure)"))
    }

    func complain(_ message: Message) {
        StandardStream.error.write("\(Version.tool): \(message[options.language])\n")
    }
}

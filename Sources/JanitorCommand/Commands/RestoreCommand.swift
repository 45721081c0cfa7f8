import RedisClient
import SessionJanitor

/// `restore`: puts back what a run removed, from the file of its `--backup`.
struct RestoreCommand {
    let options: Options
    let output: ReportOutput

    func run() -> ExitStatus {
        let display = output.display()
        let record = RestoreRun(options: options) { fraction in
            display.progress(.restore, done: Int(clamping: fraction * 100), total: 100)
        }.perform()
        display.clear()
        return show(record)
    }

    private func show(_ record: RestoreRecord) -> ExitStatus {
        let report = record.report
        let failure = options.isJSON ? printJSON(record) : printText(record)
        if let problem = problem(report) { output.complain(problem) }
        if let failure {
            output.complainOfOutput(failure)
            return .failed
        }
        return ExitStatus(report)
    }

    private func problem(_ report: RestoreReport) -> String? {
        if let error = report.error { return ErrorMessage.text(error, options, options.language) }
        guard let stop = report.stop else { return nil }
        let cause = StopMessage.cause(stop)
        return Message(
            "\(cause.english); restore the same file again to go on", zh: "\(cause.chinese)；再次恢复同一文件即可继续")[
                options.language]
    }

    private func printJSON(_ record: RestoreRecord) -> String? {
        if options.verbosity != .quiet {
            for warning in record.report.warnings {
                output.warn(RestoreWarningMessage.message(warning)[options.language])
            }
        }
        do {
            return StandardStream.output.write(try RestoreJSONReport(record).text())
        } catch {
            return String(describing: error)
        }
    }

    private func printText(_ record: RestoreRecord) -> String? {
        guard record.server != nil else { return nil }
        return StandardStream.output.write(RestoreTextReport(record: record, style: output.style).text())
    }
}

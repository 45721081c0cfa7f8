/// `clean`: one run, by hand or by cron, with its report on standard output.
struct CleanCommand {
    let options: Options
    let output: ReportOutput

    func run() -> ExitStatus {
        MonitoredRun(options: options, warn: output.warn, complain: output.complain).run {
            let record = JanitorRun(options: options, display: output.display()).perform()
            return (record, output.show(record))
        }
    }
}

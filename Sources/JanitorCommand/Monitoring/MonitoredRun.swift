/// Tells those who watch over unattended runs: a ping before and after, a file of metrics after.
struct MonitoredRun {
    let options: Options
    /// What does not change the status is a warning.
    let warn: (Message) -> Void
    let complain: (Message) -> Void

    /// Runs, and reports what came of it; a monitor that cannot be reached does not change the status, a metrics file
    /// that cannot be written makes a success a failure.
    func run(_ work: () -> (RunRecord, ExitStatus)) -> ExitStatus {
        let monitor = options.pingURL.map { PingMonitor(url: $0) }
        ping(monitor?.start)
        let (record, outcome) = work()
        var status = outcome
        if let path = options.metricsFile {
            do {
                try MetricsFile(path: path).write(record, status: status)
            } catch {
                let reason = "\(error)"
                complain(
                    Message("the metrics could not be written to \(path): \(reason)", zh: "指标无法写入 \(path)：\(reason)"))
                if status == .done { status = .failed }
            }
        }
        ping(monitor.map { monitor in { monitor.finish(status) } })
        return status
    }

    private func ping(_ call: (() -> String?)?) {
        guard let failure = call?() else { return }
        warn(
            Message("the monitor at --ping-url was not reached: \(failure)", zh: "无法联系 --ping-url 指定的监控：\(failure)"))
    }
}

import FoundationEssentials
import RedisClient
import SessionJanitor

/// A run's figures in Prometheus's text format.
struct MetricsText {
    static let prefix = "session_janitor_"
    static let lastSuccessName = "last_success_timestamp_seconds"

    let record: RunRecord
    let status: ExitStatus
    /// Of an earlier run, in epoch seconds; 0 if there was none.
    let lastSuccess: Double

    func text() throws -> String {
        let labels = [
            ("server", record.options.endpoint.description), ("prefix", record.options.cleanup.layout.prefix),
        ]
        let finished = record.finished.timeIntervalSince1970.rounded()
        var lines = [
            sample("last_run_timestamp_seconds", "When the last run ended.", [(labels, finished)]),
            sample(
                MetricsText.lastSuccessName, "When the last run with exit status 0 ended, 0 if there was none.",
                [(labels, status == .done ? finished : lastSuccess)]),
            sample(
                "last_run_duration_seconds", "How long the last run took.",
                [(labels, (record.finished.timeIntervalSince(record.started) * 1_000).rounded() / 1_000)]),
            sample(
                "last_run_exit_status", "The exit status of the last run.", [(labels, Double(status.rawValue))]),
            sample(
                "last_run_outcome", "1 for the outcome of the last run, 0 for the others.",
                CleanupOutcome.allCases.map { outcome in
                    (labels + [("outcome", outcome.rawValue)], outcome == record.report.outcome ? 1 : 0)
                }),
        ]
        for (name, number) in try record.report.statistics.numbers() {
            lines.append(
                sample(name, "Number \(name) of the last run's report.", [(labels, Double(number))]))
        }
        return lines.joined()
    }

    private func sample(_ name: String, _ help: String, _ values: [([(String, String)], Double)]) -> String {
        let name = MetricsText.prefix + name
        let lines = values.map { labels, value in
            let text = labels.map { "\($0)=\"\(MetricsText.escaped($1))\"" }.joined(separator: ",")
            let number = value == value.rounded() ? String(Int(value)) : String(value)
            return "\(name){\(text)} \(number)\n"
        }
        return "# HELP \(name) \(help)\n# TYPE \(name) gauge\n" + lines.joined()
    }

    private static func escaped(_ text: String) -> String {
        // By scalars: a quote with a combining mark after it is one character to Swift, and still a quote to others.
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\\", "\"": result += "\\" + String(scalar)
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}

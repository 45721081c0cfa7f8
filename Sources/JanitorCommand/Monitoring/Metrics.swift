import FoundationEssentials
import Glibc
import RedisClient
import SessionJanitor

/// A run's figures in Prometheus's text format; NaN for an unknown one.
struct MetricsText {
    private static let prefix = "session_janitor_"
    private static let lastSuccessName = "last_success_timestamp_seconds"

    let record: RunRecord
    let status: ExitStatus
    /// The file's content from an earlier run, of this server or another one.
    let former: String

    private var finished: Double { record.finished.timeIntervalSince1970.rounded() }

    func text() throws -> String {
        let labels = [
            ("server", record.options.endpoint.description), ("prefix", record.options.cleanup.layout.prefix),
        ]
        // A dry run has cleaned nothing, so it is no success.
        let isSuccess = status == .done && !record.options.cleanup.isDryRun
        var lines = [
            sample("last_run_timestamp_seconds", "When the last run ended.", [(labels, finished)]),
            sample(
                MetricsText.lastSuccessName, "When the last real run with exit status 0 ended, 0 if there was none.",
                [(labels, isSuccess ? finished : formerSuccess(labels))]),
            sample(
                "last_run_duration_seconds", "How long the last run took.",
                [(labels, (record.seconds * 1_000).rounded() / 1_000)]),
            sample(
                "last_run_exit_status", "The exit status of the last run.", [(labels, Double(status.rawValue))]),
            sample(
                "last_run_outcome", "1 for the outcome of the last run, 0 for the others.",
                CleanupOutcome.allCases.map { outcome in
                    (labels + [("outcome", outcome.rawValue)], outcome == record.report.outcome ? 1 : 0)
                }),
        ]
        for (name, number) in record.report.statistics.numbers {
            lines.append(
                sample(name, "Number \(name) of the last run's report.", [(labels, number.map { Double($0) } ?? .nan)]))
        }
        if let verification = record.verification {
            lines.append(
                sample(
                    "verified_orphaned_entries", "Orphaned entries that another look after the last run has found.",
                    [(labels, Double(verification.orphanedEntries))]))
        }
        return lines.joined()
    }

    private func sample(_ name: String, _ help: String, _ values: [([(String, String)], Double)]) -> String {
        let name = MetricsText.prefix + name
        let lines = values.map { labels, value in
            let number = value.isNaN ? "NaN" : Int(exactly: value).map { String($0) } ?? String(value)
            return MetricsText.series(name, labels) + "\(number)\n"
        }
        return "# HELP \(name) \(help)\n# TYPE \(name) gauge\n" + lines.joined()
    }

    /// The beginning of a sample's line, up to its value.
    private static func series(_ name: String, _ labels: [(String, String)]) -> String {
        let text = labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
        return "\(name){\(text)} "
    }

    /// The last success in ``former``, if it was of the same server, database and prefix; otherwise 0.
    private func formerSuccess(_ labels: [(String, String)]) -> Double {
        let start = MetricsText.series(MetricsText.prefix + MetricsText.lastSuccessName, labels).unicodeScalars
        let line = former.unicodeScalars.split(separator: "\n").first { $0.starts(with: start) }
        guard let success = line.flatMap({ Double(String($0.dropFirst(start.count))) }),
            (0...finished).contains(success)
        else { return 0 }
        return success
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

/// The figures of the last run in Prometheus's text format, for the node exporter's textfile collector.
///
/// Written to a temporary file in the same folder and renamed, so that the collector never reads half of one.
struct MetricsFile {
    let path: String

    func write(_ record: RunRecord, status: ExitStatus) throws {
        let former = try? Data(contentsOf: URL(filePath: path))
        let text = try MetricsText(
            record: record, status: status, former: former.map { String(decoding: $0, as: UTF8.self) } ?? ""
        ).text()
        let temporary = "\(path).\(getpid()).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw FileError() }
        do {
            defer { close(descriptor) }
            // The umask must not keep the collector, which is another user, from reading it.
            guard fchmod(descriptor, 0o644) == 0 else { throw FileError() }
            let bytes = Secrets.masked(Array(text.utf8), .text)
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written == bytes.count, fsync(descriptor) == 0 else {
                throw FileError(code: written < 0 ? errno : ENOSPC)
            }
            guard rename(temporary, path) == 0 else { throw FileError() }
        } catch {
            unlink(temporary)
            throw error
        }
    }
}

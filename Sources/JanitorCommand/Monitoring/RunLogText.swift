import FoundationEssentials
import RedisClient
import SessionJanitor

/// The lines that `scheduled` logs of a run; the names are those of the JSON report.
enum RunLogText {
    static func started(_ options: Options) -> String {
        let cleanup = options.cleanup
        return "started server=\(Printable.key(Array(options.endpoint.description.utf8))) "
            + "prefix=\(Printable.key(Array(cleanup.layout.prefix.utf8))) "
            + "mode=\(cleanup.isDryRun ? "dry-run" : "clean") include_expired=\(cleanup.includesExpired) "
            + "max_age_days=\(cleanup.maximumAgeDays)"
    }

    static func finished(_ record: RunRecord) -> String {
        let report = record.report
        let seconds = NumberText.fixed(record.seconds, decimals: 3)
        let numbers = report.statistics.numbers.map { " \($0.name)=\($0.value.map { String($0) } ?? "null")" }.joined()
        return "finished outcome=\(report.outcome.rawValue) exit_status=\(ExitStatus(report).rawValue) "
            + "consistency=\(report.consistency.rawValue) duration_seconds=\(seconds)\(numbers)"
    }
}

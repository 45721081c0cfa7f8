import FoundationEssentials
import Glibc
import RedisClient
import SessionJanitor

/// Where an unattended run writes down what it does: a file, syslog, the journal.
struct RunLog {
    enum Level: Int32 {
        case error = 3
        case warning = 4
        case info = 6

        var name: String {
            switch self {
            case .error: "error"
            case .warning: "warning"
            case .info: "info"
            }
        }
    }

    private let file: String?
    private let usesSyslog: Bool
    private let usesJournal: Bool
    private let now: () -> Date

    /// Fails if the file cannot be written.
    init(file: String?, usesSyslog: Bool, usesJournal: Bool, now: @escaping () -> Date = { .now }) throws {
        self.file = file
        self.usesSyslog = usesSyslog
        self.usesJournal = usesJournal
        self.now = now
        if let file { close(try RunLog.open(file)) }
        if usesSyslog { openlog(RunLog.identifier, LOG_PID, LOG_DAEMON) }
    }

    /// Static, as syslog keeps the pointer.
    nonisolated(unsafe) private static let identifier: UnsafeMutablePointer<CChar>? = strdup(Version.tool)

    /// One line; the message must not hold a line break.
    func write(_ level: Level, _ message: String) {
        let text = "session cleanup: " + Secrets.masked(message)
        if let file { append("\(now().formatted(.iso8601)) \(level.name) \(text)\n", to: file) }
        if usesSyslog {
            text.withCString { pointer in
                withVaList([OpaquePointer(pointer)]) { vsyslog(level.rawValue, "%s", $0) }
            }
        }
        if usesJournal { StandardStream.error.write("<\(level.rawValue)>\(text)\n") }
    }

    /// Opens the file for each line, to follow log rotation, and writes a line at once, so that the lines of two runs do not
    /// mix.
    private func append(_ line: String, to file: String) {
        guard let descriptor = try? RunLog.open(file) else { return }
        defer { close(descriptor) }
        let bytes = Array(line.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }

    private static func open(_ file: String) throws -> Int32 {
        let flags = O_WRONLY | O_APPEND | O_CLOEXEC
        let existing = Glibc.open(file, flags)
        if existing >= 0 { return existing }
        guard errno == ENOENT else { throw FileError() }
        let new = Glibc.open(file, flags | O_CREAT, 0o640)
        guard new >= 0 else { throw FileError() }
        // The umask must not decide whether the group can read the log; what is there already keeps its mode.
        fchmod(new, 0o640)
        return new
    }
}

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
        let numbers = report.statistics.numbers.map { ($0.name, $0.value ?? 0) }.filter { $1 > 0 }
            .map { " \($0)=\($1)" }.joined()
        return "finished outcome=\(report.outcome.rawValue) exit_status=\(ExitStatus(record).rawValue)\(numbers) "
            + "consistency=\(report.consistency.rawValue) duration_seconds=\(seconds)"
    }
}

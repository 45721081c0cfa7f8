import FoundationEssentials
import Glibc

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

    /// syslog keeps the pointer.
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

    /// Opened for each line, so that a log that was rotated meanwhile is followed; one write a line, so that lines of two
    /// runs do not mix.
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

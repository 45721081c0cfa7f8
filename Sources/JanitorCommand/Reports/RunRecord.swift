import FoundationEssentials
import Glibc
import RedisClient
import SessionJanitor

/// A finished run, clean-up or restore, with everything that its report says.
protocol FinishedRun {
    associatedtype Report: RunReport

    var options: Options { get }
    /// Nil if there was no connection.
    var server: ServerInfo? { get }
    var started: Date { get }
    var finished: Date { get }
    var report: Report { get }
    var warnings: [Message] { get }
    /// What is wrong, in one line.
    var problem: Message? { get }
    /// Whether there is something to remove, or was.
    var findsRemovals: Bool { get }
    var isDirtyAgain: Bool { get }

    func text(_ style: TextStyle) -> String
    func json() throws -> String
}

extension FinishedRun {
    /// Whether another look after the run has found something orphaned.
    var isDirtyAgain: Bool { false }
    var seconds: Double { max(finished.timeIntervalSince(started), 0) }
}

struct RunRecord: FinishedRun {
    var options: Options
    var server: ServerInfo?
    var started: Date
    var finished: Date
    var report: CleanupReport
    /// Nil if no backup was asked for, or nothing was removed.
    var backup: BackupSummary?
    /// The users of whom most is removed, where they are to be named.
    var users: [AffectedUser] = []
    /// What another look after the run has found.
    var verification: Verification?
    /// Whether a question about it follows.
    var isAwaitingAnswer = false

    var warnings: [Message] { report.warnings.map(\.message) }
    var findsRemovals: Bool { !Changes(self, isDone: false).isEmpty }
    var isDirtyAgain: Bool { verification.map { $0.orphanedEntries > 0 } ?? false }

    var problem: Message? {
        if let error = report.error { return error.message(options) }
        // The end of --run-time is not a problem; a warning tells of it.
        if let stop = report.stop, stop != .timeIsUp { return stop.message(report.left) }
        return report.refusal.map { refusal in
            Message("refused, nothing was removed: \(refusal.message)", zh: "已拒绝，未移除任何内容：\(refusal.message)")
        }
    }
}

struct RestoreRecord: FinishedRun {
    var options: Options
    var server: ServerInfo?
    /// Nil if the file could not be read.
    var header: BackupHeader?
    var started: Date
    var finished: Date
    var report: RestoreReport

    var warnings: [Message] { report.warnings.map(\.message) }
    var findsRemovals: Bool { false }

    var problem: Message? {
        if let error = report.error { return error.message(options) }
        return report.stop.map { stop in
            Message(
                "\(stop.message); restore the same file again to go on", zh: "\(stop.message)；再次恢复同一文件即可继续")
        }
    }
}

/// The backup that a run wrote.
struct BackupSummary: Equatable, Encodable {
    var file: String
    var keys: Int
    var entries: Int
    var ttls: Int

    /// Nil where nothing was written, so that there is no file.
    init?(_ backup: BackupWriter) {
        guard backup.written.all > 0 else { return nil }
        file = backup.path
        (keys, entries, ttls) = (backup.written.keys, backup.written.entries, backup.written.ttls)
    }

    /// What a user types to put back what the run removed.
    var undoCommand: String { "session-janitor restore \(Printable.shellWord(file))" }
}

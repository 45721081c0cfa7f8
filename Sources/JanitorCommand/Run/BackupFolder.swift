import FoundationEssentials
import Glibc
import RedisClient
import SessionJanitor

/// The folder of `--backup-dir`: a file a run, the date in its name.
struct BackupFolder {
    let path: String

    private static let head = "session-janitor-"
    private static let tail = ".jsonl"

    /// Names sort by time; the process's number tells apart two runs that start in the same second.
    func newFile(at time: Date) -> String {
        let digits = time.formatted(
            .iso8601.year().month().day().dateSeparator(.omitted).timeSeparator(.omitted)
                .time(includingFractionalSeconds: false))
        return "\(path)/\(BackupFolder.head)\(digits)Z-\(getpid())\(BackupFolder.tail)"
    }

    /// Deletes all but the newest backups; `own` counts as the newest whatever the dates of others are. Other files, and
    /// backups without a record, are neither counted nor deleted.
    func prune(keeping count: Int, with own: String) throws {
        let others = try FileManager.default.contentsOfDirectory(atPath: path).filter(BackupFolder.isBackup).sorted()
            .map { "\(path)/\($0)" }
            .filter { $0 != own && BackupReader.holdsRecord($0) }
        for file in others.dropLast(count - 1) {
            guard unlink(file) == 0 || errno == ENOENT else { throw FileError() }
        }
    }

    /// `session-janitor-20261121T030000Z-1234.jsonl`
    static func isBackup(_ name: String) -> Bool {
        guard name.hasPrefix(head), name.hasSuffix(tail) else { return false }
        let parts = name.dropFirst(head.count).dropLast(tail.count).split(
            separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, Int(digits: String(parts[1])) != nil else { return false }
        let form = parts[0].map { $0.isASCII && $0.isNumber ? "0" : $0 }
        return String(form) == "00000000T000000Z"
    }
}

import FoundationEssentials
import Glibc
import SessionJanitor

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

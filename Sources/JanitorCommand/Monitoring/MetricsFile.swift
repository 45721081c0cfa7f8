import FoundationEssentials
import Glibc
import SessionJanitor

/// The figures of the last run in Prometheus's text format, for the node exporter's textfile collector.
///
/// Written to a temporary file in the same folder and renamed, so that the collector never reads half of one.
struct MetricsFile {
    let path: String

    func write(_ record: RunRecord, status: ExitStatus) throws {
        let text = try MetricsText(record: record, status: status, lastSuccess: lastSuccess()).text()
        let temporary = "\(path).\(getpid()).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw FileError() }
        do {
            defer { close(descriptor) }
            // The umask must not keep the collector, which is another user, from reading it.
            guard fchmod(descriptor, 0o644) == 0 else { throw FileError() }
            let bytes = Array(text.utf8)
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

    /// The time of the last success that the file tells of; 0 if there was none yet.
    private func lastSuccess() -> Double {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { return 0 }
        let name = MetricsText.prefix + MetricsText.lastSuccessName
        let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(name + "{") }
        return line.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) } ?? 0
    }
}

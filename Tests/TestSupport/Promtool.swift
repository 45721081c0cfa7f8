import Foundation

/// Prometheus's own checker, of Debian's package prometheus.
public enum Promtool {
    private static let path = "/usr/bin/promtool"

    public static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

    /// Runs `promtool check metrics`; what it objects to stands on standard error.
    public static func check(metrics file: String) throws -> JanitorResult {
        let output = try OutputPipe()
        let error = try OutputPipe()
        let input = open(file, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw SupportError.system("cannot open \(file)", errno) }
        defer { close(input) }
        let process = try ChildProcess(
            path, ["check", "metrics"], environment: [:], input: input, output: output.descriptor,
            error: error.descriptor)
        output.closeWritingEnd()
        error.closeWritingEnd()
        let deadline = Deadline(in: .seconds(60))
        guard output.waitForEnd(deadline), error.waitForEnd(deadline),
            let status = process.waitForEnd(within: deadline.remaining)
        else { throw SupportError("promtool still ran after a minute") }
        return JanitorResult(
            status: status, output: String(decoding: output.bytes, as: UTF8.self),
            error: String(decoding: error.bytes, as: UTF8.self), isText: true)
    }
}

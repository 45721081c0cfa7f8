import Foundation

/// The real program, started with these words and this environment only.
public final class JanitorProcess: Sendable {
    private let process: ChildProcess
    private let output: OutputPipe
    private let error: OutputPipe

    /// Starts the program; its environment is empty but for what is given.
    ///
    /// `prelude` is what a shell does before it becomes the program, such as `umask 077`; `input` is a descriptor for
    /// standard input, which is empty otherwise.
    public init(
        _ arguments: [String], environment: [String: String] = [:], prelude: String? = nil, input: Int32? = nil
    ) throws {
        output = try OutputPipe()
        error = try OutputPipe()
        let words = [JanitorProcess.binary] + arguments
        let shell = prelude.map { ["/bin/sh", "-c", "\($0)\nexec \"$0\" \"$@\""] } ?? []
        process = try ChildProcess(
            (shell + words)[0], Array((shell + words).dropFirst()), environment: environment, input: input,
            output: output.descriptor, error: error.descriptor)
        output.closeWritingEnd()
        error.closeWritingEnd()
    }

    /// Starts the program and waits for its end.
    public static func run(
        _ arguments: [String], environment: [String: String] = [:], prelude: String? = nil,
        within limit: Duration = .seconds(60)
    ) throws -> JanitorResult {
        try JanitorProcess(arguments, environment: environment, prelude: prelude).finish(within: limit)
    }

    public var processIdentifier: Int32 { process.identifier }

    public func send(signal: Int32) {
        process.send(signal: signal)
    }

    /// How it ended; nil if it did not within this time.
    public func ending(within limit: Duration) -> ChildProcess.Ending? {
        process.waitForEnd(within: limit)
    }

    /// What it has written to standard error so far.
    public var errorSoFar: String { String(decoding: error.bytes, as: UTF8.self) }

    /// Waits for its end; a run that takes longer is killed, and that is an error.
    public func finish(within limit: Duration = .seconds(60)) throws -> JanitorResult {
        let deadline = Deadline(in: limit)
        guard output.waitForEnd(deadline), error.waitForEnd(deadline),
            let status = process.waitForEnd(within: deadline.remaining)
        else {
            process.send(signal: SIGKILL)
            throw SupportError("session-janitor still ran after \(limit); its standard error: \(errorSoFar)")
        }
        let isText = [output.bytes, error.bytes].allSatisfy { String(validating: $0, as: UTF8.self) != nil }
        return JanitorResult(
            status: status, output: String(decoding: output.bytes, as: UTF8.self), error: errorSoFar, isText: isText)
    }

    /// Built beside the test runner; `SESSION_JANITOR_BINARY` names another one.
    public static let binary: String = {
        if let path = ProcessInfo.processInfo.environment["SESSION_JANITOR_BINARY"] { return path }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { readlink("/proc/self/exe", $0.baseAddress!, $0.count) }
        let runner = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
        return URL(fileURLWithPath: runner).deletingLastPathComponent().path + "/session-janitor"
    }()
}

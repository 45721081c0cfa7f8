import FoundationEssentials
import Glibc
import RedisClient
import SessionJanitor

/// The whole command: from words and environment to what is printed and the exit status.
public struct CommandLineTool {
    private let environment: [String: String]

    public init(environment: [String: String]) {
        self.environment = environment
    }

    /// Runs with the process's own arguments and environment; returns the status to exit with.
    @MainActor
    public static func main() -> Int32 {
        // A reader that goes away must not end a run halfway.
        signal(SIGPIPE, SIG_IGN)
        let words = (1..<max(Int(CommandLine.argc), 1)).map { index in
            CommandLine.unsafeArgv[index].flatMap { String(validatingCString: $0) }
        }
        ProcessTitle.hideCredentials()
        let tool = CommandLineTool(environment: ProcessInfo.processInfo.environment)
        return tool.run(words).rawValue
    }

    /// `words` is the command line; nil stands for a word that is not UTF-8.
    func run(_ words: [String?]) -> ExitStatus {
        do throws(UsageError) {
            let arguments = try Arguments(CommandLineTool.readable(words))
            if arguments.has(.version) { return print("\(Version.tool) \(Version.number)\n", then: .done) }
            if arguments.has(.help) || arguments.command == .help { return print(HelpText.text, then: .done) }
            return clean(try Options(arguments, environment: environment))
        } catch {
            complain("\(error.message) (session-janitor --help lists the options)")
            return .usage
        }
    }

    private static func readable(_ words: [String?]) throws(UsageError) -> [String] {
        if let index = words.firstIndex(of: nil) {
            throw UsageError("argument \(index + 1) is not valid UTF-8")
        }
        return words.compactMap(\.self)
    }

    private func clean(_ options: Options) -> ExitStatus {
        let started = Date.now
        let display = RunDisplay(
            options: options, isTerminal: StandardStream.error.isTerminal, write: { StandardStream.error.write($0) })
        var server: ServerInfo?
        let report: CleanupReport
        do throws(RedisError) {
            let connection = try RedisConnection(
                to: options.endpoint, mode: options.cleanup.isDryRun ? .readOnly : .readWrite,
                timeout: options.timeout)
            server = connection.server
            report = Cleanup(connection, options: options.cleanup, observer: display).run()
        } catch {
            // Nothing was found out, so there is nothing to show but the error; scripts get their object all the same.
            report = CleanupReport(failedToConnect: error)
        }
        display.clear()
        let record = RunRecord(
            command: .clean, options: options, server: server, started: started, finished: .now, report: report)
        return show(record)
    }

    // MARK: Output

    private func show(_ record: RunRecord) -> ExitStatus {
        let options = record.options
        let report = record.report
        var writeFailure: String?
        if options.isJSON {
            do {
                writeFailure = StandardStream.output.write(try JSONReport(record).text())
            } catch {
                writeFailure = "\(error)"
            }
            if options.verbosity != .quiet {
                for warning in report.warnings {
                    StandardStream.error.write("warning: \(WarningMessage.text(warning))\n")
                }
            }
        } else if record.server != nil {
            let style = TextStyle(isColored: options.color.resolved(auto: wantsColor))
            writeFailure = StandardStream.output.write(TextReport(record: record, style: style).text())
        }
        if let error = report.error { complain(ErrorMessage.text(error, options)) }
        if let refusal = report.refusal { complain("refused, nothing was removed: \(RefusalMessage.text(refusal))") }
        if let writeFailure {
            complain("the report could not be written to standard output: \(writeFailure)")
            return .failed
        }
        return ExitStatus(report.outcome)
    }

    private var wantsColor: Bool {
        StandardStream.output.isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    private func print(_ text: String, then status: ExitStatus) -> ExitStatus {
        StandardStream.output.write(text) == nil ? status : .failed
    }

    private func complain(_ message: String) {
        StandardStream.error.write("\(Version.tool): \(message)\n")
    }
}

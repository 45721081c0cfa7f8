import FoundationEssentials
import Glibc
import RedisClient
import SessionJanitor

/// What `--version` and the reports say.
enum Version {
    static let tool = "session-janitor"
    static let number = "0.1.0"
}

/// The whole command: from words and environment to what is printed and the exit status.
public struct CommandLineTool {
    let environment: [String: String]

    /// Runs with the process's own arguments and environment; returns the status to exit with.
    @MainActor
    public static func main() -> Int32 {
        // A closed pipe must not end a run halfway.
        signal(SIGPIPE, SIG_IGN)
        // A limit on file sizes must be an error of the backup, not the end of the process.
        signal(SIGXFSZ, SIG_IGN)
        Interruption.watch()
        let words = (1..<max(Int(CommandLine.argc), 1)).map { index in
            CommandLine.unsafeArgv[index].flatMap { String(validatingCString: $0) }
        }
        ProcessTitle.hideCredentials()
        return CommandLineTool(environment: ProcessInfo.processInfo.environment).run(words).rawValue
    }

    /// `words` is the command line; nil stands for a word that is not UTF-8.
    func run(_ words: [String?]) -> ExitStatus {
        do throws(UsageError) {
            let arguments = try Arguments(CommandLineTool.readable(words))
            if arguments.has("--version") { return print("\(Version.tool) \(Version.number)\n") }
            if arguments.has("--help") || arguments.command == .help { return print(HelpText.text) }
            if let shell = arguments.shell { return print(CompletionScript.text(shell)) }
            if arguments.command == .man { return print(ManualPage.text) }
            if arguments.command == .layouts {
                return try LayoutsCommand(arguments: arguments, environment: environment).run()
            }
            if arguments.command == .apply {
                return try ApplyCommand(arguments: arguments, environment: environment).run()
            }
            var options = try Options(arguments, environment: environment)
            if options.command == .initial { try InitialCommand.requireSomebodyToAsk(options) }
            try options.prepareAccess()
            return run(options)
        } catch {
            let language = Language(words: words.compactMap(\.self), environment: environment)
            let text = Message(
                "\(error.message) (session-janitor --help lists the options)",
                zh: "\(error.message)（session-janitor --help 列出全部选项）")
            StandardStream.error.write("\(Version.tool): \(text[language])\n")
            return .usage
        }
    }

    private static func readable(_ words: [String?]) throws(UsageError) -> [String] {
        if let index = words.firstIndex(of: nil) {
            throw UsageError(
                "argument \(index + 1) is not valid UTF-8", zh: "第 \(index + 1) 个参数不是有效的 UTF-8")
        }
        return words.compactMap(\.self)
    }

    private func run(_ options: Options) -> ExitStatus {
        let output = ReportOutput(options: options, environment: environment)
        switch options.command {
        case .initial: return InitialCommand(options: options, output: output).run()
        case .scheduled:
            let isUnderSystemd = StandardStream.error.isJournal(environment["JOURNAL_STREAM"])
            return ScheduledCommand(options: options, output: output, isUnderSystemd: isUnderSystemd).run()
        case .restore:
            let display = output.display()
            let record = RestoreRun(options: options) { fraction in
                display.progress(.restore, done: Int(clamping: fraction * 100), total: 100)
            }.perform()
            display.clear()
            return output.show(record)
        default:
            return MonitoredRun(options: options, warn: output.warn, complain: output.complain).run {
                let record = JanitorRun(options: options, display: output.display()).perform()
                return (record, output.show(record))
            }
        }
    }

    private func print(_ text: String) -> ExitStatus {
        StandardStream.output.write(text) == nil ? .done : .failed
    }
}

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
        let environment = ProcessInfo.processInfo.environment
        // Swift reads the words from /proc. Without it there seem to be none, and a dry run would clean.
        guard CommandLine.argc > 0 else {
            let text = Message("the command line cannot be read: /proc is not mounted", zh: "无法读取命令行：未挂载 /proc")
            let language = Language(words: [], environment: environment)
            StandardStream.error.write("\(Version.tool): \(text[language])\n")
            return ExitStatus.usage.rawValue
        }
        return CommandLineTool(environment: environment).run(words).rawValue
    }

    /// `words` is the command line; nil stands for a word that is not UTF-8.
    func run(_ words: [String?]) -> ExitStatus {
        let language = Language(words: words.compactMap(\.self), environment: environment)
        do throws(UsageError) {
            let arguments = try Arguments(CommandLineTool.readable(words))
            if let page = CommandLineTool.page(arguments, language) {
                return StandardStream.output.write(page) == nil ? .done : .failed
            }
            if arguments.has("--list"), let path = arguments.operand {
                return list(path, language, isJSON: arguments.has("--json"))
            }
            if arguments.command == .layouts {
                return try LayoutsCommand(arguments: arguments, environment: environment).run()
            }
            if arguments.command == .apply {
                return try ApplyCommand(arguments: arguments, environment: environment).run()
            }
            var options = try Options(arguments, environment: environment)
            if options.command == .initial { try AttendedRun.requireSomebodyToAsk(options) }
            try options.prepareAccess()
            return run(options)
        } catch {
            let text = Message(
                "\(error.message) (session-janitor --help lists the options)",
                zh: "\(error.message)（session-janitor --help 列出全部选项）")
            StandardStream.error.write("\(Version.tool): \(text[language])\n")
            return .usage
        }
    }

    /// What is printed without looking at anything; nil for the commands that do something.
    private static func page(_ arguments: Arguments, _ language: Language) -> String? {
        let help = HelpText(language: language)
        if arguments.has("--version") { return "\(Version.tool) \(Version.number)\n" }
        if arguments.wantsOverview { return help.overview }
        if arguments.has("--help") { return help.all(of: arguments.command, isGiven: arguments.isCommandGiven) }
        switch arguments.command {
        case .help:
            if let topic = arguments.operand.flatMap(HelpTopic.init) { return help.topic(topic) }
            return arguments.operand.flatMap(Command.init).map { help.all(of: $0, isGiven: true) } ?? help.overview
        case .completion: return arguments.operand.flatMap(Shell.init).map { CompletionScript.text($0, language) }
        case .man: return ManualPage(language: language).text
        default: return nil
        }
    }

    private func list(_ path: String, _ language: Language, isJSON: Bool) -> ExitStatus {
        do {
            let list = try BackupList(path: path)
            let style = TextStyle(isColored: StandardStream.output.isTerminal && environment["NO_COLOR"] == nil)
            return StandardStream.output.write(isJSON ? try list.json() : list.text(style, language)) == nil
                ? .done : .failed
        } catch {
            let message = (error as? BackupError)?.message ?? Message("\("\(error)")")
            StandardStream.error.write("\(Version.tool): \(message[language])\n")
            return .failed
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
        case .scheduled:
            let isUnderSystemd = StandardStream.error.isJournal(environment["JOURNAL_STREAM"])
            return ScheduledCommand(options: options, output: output, isUnderSystemd: isUnderSystemd).run()
        case .restore:
            let display = output.display()
            let record = RestoreRun(options: options, display: display).perform()
            display.clear()
            return output.show(record)
        case .sessions, .revoke: return UserCommands(options: options, output: output).run()
        default:
            return MonitoredRun(options: options, warn: output.warn, complain: output.complain).run {
                AttendedRun(options: options, output: output).run()
            }
        }
    }
}

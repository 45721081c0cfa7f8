import Glibc
import SessionJanitor

/// The commands, by the names they have on the command line.
enum Command: String, CaseIterable, Sendable {
    case clean, initial, scheduled, restore, apply, sessions, revoke, layouts, completion, man, help

    /// The commands that look at a server.
    static let runs: [Command] = [.clean, .initial, .scheduled]
    /// Those that remove something.
    static let removing = runs + [.apply]
    /// Those that may change data.
    static let changing = removing + [.restore]
    /// Those that connect to a server.
    static let connecting = changing + users + [.layouts]
    /// Those that are about the sessions of one user.
    static let users: [Command] = [.sessions, .revoke]

    var summary: Message { row.summary }
    /// What may stand behind the command's name.
    var operand: Operand? { row.operand }
    /// The command with what follows its name.
    var synopsis: String {
        guard let operand else { return self == .clean ? "[clean] [options]" : "\(rawValue) [options]" }
        return "\(rawValue) \(operand.isRequired ? operand.placeholder : "[\(operand.placeholder)]") [options]"
    }

    private var row: (summary: Message, operand: Operand?) {
        switch self {
        case .clean: (Message("find and remove orphaned entries (the default)", zh: "查找并移除孤儿记录（默认命令）"), nil)
        case .initial:
            (Message("the first clean-up: look, ask, clean, check again", zh: "首次清理：分析、询问、清理、核对"), nil)
        case .scheduled:
            (
                Message("for cron: writes a log, prints only what is wrong", zh: "供 cron 使用：写日志，出错时才有输出"), nil
            )
        case .restore:
            (
                Message("put back what a run removed, from its --backup", zh: "用 --backup 的文件恢复被移除的内容"),
                Operand(
                    "FILE", isRequired: true, Message("file that --backup wrote", zh: " --backup 写入的文件"))
            )
        case .apply:
            (
                Message("remove what a plan of --dry-run --plan lists", zh: "移除 --dry-run --plan 的计划文件所列内容"),
                Operand(
                    "PLAN", isRequired: true, Message("file that --dry-run --plan wrote", zh: " --dry-run --plan 写入的文件")
                )
            )
        case .sessions:
            (
                Message("list a user's sessions", zh: "列出一个用户的会话"),
                Operand("USER", takesFile: false, isRequired: true, Message("user", zh: "用户"))
            )
        case .revoke:
            (
                Message("sign a user out, everywhere or in one session", zh: "登出一个用户的全部会话或其中一个"),
                Operand("USER", takesFile: false, Message("user", zh: "用户"))
            )
        case .layouts:
            (
                Message("the built-in layouts; --detect finds the one that fits", zh: "列出内置布局；--detect 找出合适的布局"),
                Operand("NAME", BuiltInLayout.allCases.map(\.rawValue), Message("layout", zh: "布局"))
            )
        case .completion:
            (
                Message("print the completion for a shell", zh: "输出 shell 的补全脚本"),
                Operand("SHELL", Shell.allCases.map(\.rawValue), isRequired: true, Message("shell", zh: " shell "))
            )
        case .man: (Message("print the manual page, for man -l -", zh: "输出手册页，供 man -l - 显示"), nil)
        case .help:
            (
                Message("about a command, or urls, layouts, exit-status", zh: "某个命令，或 urls、layouts、exit-status 的说明"),
                Operand(
                    "TOPIC",
                    Command.allCases.map(\.rawValue)
                        + HelpTopic.allCases.map(\.rawValue).filter { Command(rawValue: $0) == nil },
                    Message("command or topic", zh: "命令或主题"))
            )
        }
    }
}

/// What a command takes beside its options.
struct Operand: Sendable {
    let placeholder: String
    /// The words it may be; none where any will do.
    let choices: [String]
    let takesFile: Bool
    let isRequired: Bool
    private let kind: Message

    init(
        _ placeholder: String, _ choices: [String] = [], takesFile: Bool = true, isRequired: Bool = false,
        _ kind: Message
    ) {
        self.placeholder = placeholder
        self.choices = choices
        self.takesFile = takesFile && choices.isEmpty
        self.isRequired = isRequired
        self.kind = kind
    }

    func check(_ word: String) throws(UsageError) {
        if choices.isEmpty {
            guard word.isEmpty else { return }
            throw UsageError("the \(kind) is empty", zh: "\(kind)为空")
        }
        guard !choices.contains(word) else { return }
        throw Arguments.unknown(word, kind, among: choices)
    }

    var missing: Message {
        let named = Message(
            if: !choices.isEmpty, ": \(choices.joined(separator: ", "))", zh: "：\(choices.joined(separator: "、"))")
        return Message("the \(kind) is missing\(named)", zh: "缺少\(kind)\(named)")
    }
}

/// The shells that there is a completion for.
enum Shell: String, CaseIterable, Sendable {
    case bash, zsh, fish
}

/// The process's exit status; scripts rely on the numbers.
enum ExitStatus: Int32, CaseIterable, Sendable {
    case done = 0
    case failed = 1
    /// Usage or configuration; nothing was sent to a server.
    case usage = 2
    /// Some keys could not be processed.
    case partial = 3
    /// A safety check refused; nothing was removed.
    case refused = 4
    /// Another run holds the lock.
    case locked = 5
    /// A dry run with `--exit-code` has found something to remove.
    case found = 10
    /// Stopped by SIGINT, with the number that shells use.
    case interrupted = 130
    /// Stopped by SIGTERM, or by SIGHUP, which is treated as that.
    case terminated = 143

    init(_ run: some FinishedRun) {
        self.init(run.report)
        let isFound = run.options.tellsFindings && run.options.cleanup.isDryRun && run.findsRemovals
        if self == .done, run.options.verifies, run.isDirtyAgain { self = .partial }
        if isFound, self == .done || self == .partial { self = .found }
    }

    init(_ report: some RunReport) {
        if case .lock = report.error {
            self = .locked
            return
        }
        switch report.outcome {
        case .completed: self = .done
        case .partial: self = .partial
        case .refused: self = .refused
        case .failed: self = .failed
        case .interrupted:
            switch report.stop {
            case .signal(let number): self.init(signal: number)
            // It used the time it was given, if it got to anything.
            case .timeIsUp, nil: self = report.hasChangedData ? .done : .partial
            }
        }
    }

    init(signal: Int32) {
        self = signal == SIGINT ? .interrupted : .terminated
    }

    var meaning: Message {
        switch self {
        case .done: Message("done, also when there was something to remove", zh: "已完成，包括有内容被移除的情况")
        case .failed: Message("failed: no connection, a server error, a file error", zh: "失败：无法连接、服务器错误或文件错误")
        case .usage: Message("usage or configuration; nothing was sent to a server", zh: "用法或配置有误；未向服务器发送任何内容")
        case .partial:
            Message(
                "partly done: some keys could not be processed; the report says which and why",
                zh: "部分完成：有些键未能处理；报告说明是哪些、为什么")
        case .refused: Message("refused by a safety check; nothing was removed", zh: "被安全检查拒绝；未移除任何内容")
        case .locked: Message("another run holds the lock", zh: "另一个清理正在进行")
        case .found:
            Message("a dry run with --exit-code found something to remove", zh: "带 --exit-code 的模拟运行发现有内容可移除")
        case .interrupted: Message("stopped by SIGINT, after the current batch", zh: "收到 SIGINT，在当前批次完成后停止")
        case .terminated:
            Message("stopped by SIGTERM or SIGHUP, after the current batch", zh: "收到 SIGTERM 或 SIGHUP，在当前批次完成后停止")
        }
    }
}

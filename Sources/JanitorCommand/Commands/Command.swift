import Glibc
import SessionJanitor

/// The commands, by the names they have on the command line.
enum Command: String, CaseIterable, Sendable {
    case clean, initial, scheduled, restore, apply, layouts, completion, man, help

    /// The commands that look at a server.
    static let runs: [Command] = [.clean, .initial, .scheduled]
    /// Those that remove something.
    static let removing = runs + [.apply]
    /// Those that may change data.
    static let changing = removing + [.restore]
    /// Those that connect to a server.
    static let connecting = changing + [.layouts]

    var summary: String { row.summary }
    /// The command with what follows its name.
    var synopsis: String { row.synopsis }

    private var row: (synopsis: String, summary: String) {
        switch self {
        case .clean: ("[clean] [options]", "find and remove orphaned entries (the default)")
        case .initial: ("initial [options]", "the first clean-up: analyse, ask, clean, verify")
        case .scheduled:
            ("scheduled [options]", "unattended, for cron: logs, and is silent unless something is wrong")
        case .restore: ("restore FILE [options]", "put back what a run removed, from its --backup")
        case .apply: ("apply PLAN [options]", "remove what a plan file lists, and nothing else")
        case .layouts:
            (
                "layouts [NAME | --detect]",
                "print the layouts that are built in, one by its name, or those that match the server's keys"
            )
        case .completion: ("completion bash|zsh|fish", "print the completion for bash, zsh or fish")
        case .man: ("man", "print the manual page, for man -l -")
        case .help: ("help [COMMAND]", "show this help")
        }
    }
}

/// The shells that there is a completion for.
enum Shell: String, CaseIterable, Sendable {
    case bash, zsh, fish
}

/// The process's exit status; scripts rely on the numbers.
enum ExitStatus: Int32, Sendable {
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
            // The run used the time it was given.
            case .timeIsUp, nil: self = .done
            }
        }
    }

    init(signal: Int32) {
        self = signal == SIGINT ? .interrupted : .terminated
    }
}

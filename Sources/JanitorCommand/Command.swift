/// The commands, by the names they have on the command line.
enum Command: String, CaseIterable, Sendable {
    case clean
    case initial
    case scheduled
    case help

    var summary: String {
        switch self {
        case .clean: "find and remove orphaned entries (the default)"
        case .initial: "the first clean-up: analyse, ask, clean, verify"
        case .scheduled: "unattended, for cron: logs, and is silent unless something is wrong"
        case .help: "explain a command"
        }
    }

    /// The Python script whose place it takes.
    var formerName: String? {
        switch self {
        case .clean: "session_cleanup.py"
        case .initial: "initial_cleanup.py"
        case .scheduled: "scheduled_cleanup.py"
        case .help: nil
        }
    }
}

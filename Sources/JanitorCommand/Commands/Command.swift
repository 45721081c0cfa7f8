/// The commands, by the names they have on the command line.
enum Command: String, CaseIterable, Sendable {
    case clean
    case initial
    case scheduled
    case restore
    case layouts
    case completion
    case man
    case help

    /// The commands that look at a server.
    static let runs: [Command] = [.clean, .initial, .scheduled]
    /// Those that may change data.
    static let changing = runs + [.restore]
    /// Those that connect to a server.
    static let connecting = changing + [.layouts]

    var summary: String {
        switch self {
        case .clean: "find and remove orphaned entries (the default)"
        case .initial: "the first clean-up: analyse, ask, clean, verify"
        case .scheduled: "unattended, for cron: logs, and is silent unless something is wrong"
        case .restore: "put back what a run removed, from its --backup"
        case .layouts: "print the layouts that are built in, one by its name, or those that match the server's keys"
        case .completion: "print the completion for bash, zsh or fish"
        case .man: "print the manual page, for man -l -"
        case .help: "show this help"
        }
    }

    /// What follows the command's name in a synopsis.
    var synopsis: String {
        switch self {
        case .clean: "[clean] [options]"
        case .initial, .scheduled: "\(rawValue) [options]"
        case .restore: "restore FILE [options]"
        case .layouts: "layouts [NAME | --detect]"
        case .completion: "completion bash|zsh|fish"
        case .man: "man"
        case .help: "help [COMMAND]"
        }
    }
}

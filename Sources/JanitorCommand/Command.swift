/// The commands, by the names they have on the command line.
enum Command: String, CaseIterable, Sendable {
    case clean
    case help

    var summary: String {
        switch self {
        case .clean: "find and remove orphaned entries (the default)"
        case .help: "explain a command"
        }
    }
}

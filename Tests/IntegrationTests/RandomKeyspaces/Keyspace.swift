import TestSupport

/// One random database, and the run that is to clean it.
struct Keyspace {
    var layout = LayoutChoice.standard
    var options = RunOptions()
    var database = 0
    /// The commands that write it.
    var commands: [[Bytes]] = []

    /// The words for the janitor, without the server.
    var arguments: [String] { layout.arguments + options.arguments }
}

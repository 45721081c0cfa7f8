import TestSupport

/// One random database, and the run that is to clean it.
struct Keyspace {
    let layout: RandomLayout
    /// Where appauth's keys are; the other stores have them where they belong.
    var patterns = KeyPatterns.standard
    var options = RunOptions()
    var database = 0
    /// The commands that write it.
    var commands: [[Bytes]] = []

    var rules: KeyspaceRules {
        KeyspaceRules(
            layout: layout, patterns: patterns, maxAgeDays: options.maxAgeDays ?? RunOptions.defaultMaxAgeDays)
    }

    /// The words for the janitor, without the server.
    var arguments: [String] { layout.arguments + patterns.arguments + options.arguments }
}

import TestSupport

/// One random keyspace of a store, and how it is cleaned.
struct RandomLayoutKeyspace {
    let layout: RandomLayout
    var includesExpired = false
    /// The commands that write it.
    var commands: [[Bytes]] = []

    /// The words for the janitor, without the server.
    var arguments: [String] {
        ["--json", "--grace", "0", "--allow-no-live-sessions"] + layout.arguments
            + (includesExpired ? ["--include-expired"] : [])
    }
}

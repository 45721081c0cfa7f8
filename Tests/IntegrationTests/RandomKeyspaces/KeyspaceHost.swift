import TestSupport

/// What holds a random keyspace, and the way on which the janitor gets there.
protocol KeyspaceHost {
    /// How many databases there are, from 0.
    var databases: Int { get }
    /// The words that the janitor needs besides the URL.
    var arguments: [String] { get }

    func url(database: Int) -> String
    /// Removes every key of every database.
    func empty() throws
    func write(_ commands: [[Bytes]], to database: Int) throws
    func snapshot(of database: Int) throws -> Snapshot
    /// The server's clock, in whole seconds.
    func time() throws -> Int
}

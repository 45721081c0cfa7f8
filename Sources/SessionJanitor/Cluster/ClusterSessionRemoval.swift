import RedisClient

/// Removes sessions of a cluster, each by a script on its own node that compares the value first.
final class ClusterSessionRemoval {
    private let connection: ClusterConnection
    private let reply = Reply()
    private var script = RemovalScript.removeSessions

    init(_ connection: ClusterConnection) {
        self.connection = connection
    }

    /// For each session the script's verdict, nil where there was none; and the first failure.
    func remove(
        _ keys: CommandArguments, values: CommandArguments
    ) throws(RedisError) -> (verdicts: [Int?], failure: RedisError?) {
        try script.prepare(connection)
        for index in 0..<keys.count {
            var (key, value) = (CommandArguments(), CommandArguments())
            keys.withArgument(index) { key.append($0) }
            values.withArgument(index) { value.append($0) }
            try script.append(connection, keys: key, values: value)
        }
        var verdicts: [Int?] = []
        var failure: RedisError?
        for _ in 0..<keys.count {
            do throws(RedisError) {
                try connection.receive(into: reply)
                var own: Int?
                try ScriptAnswer(reply: reply).takeVerdicts(1) { own = $1 }
                verdicts.append(own)
            } catch {
                verdicts.append(nil)
                failure = failure ?? error
            }
        }
        return (verdicts, failure)
    }
}

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
                let answer = ScriptAnswer(reply: reply)
                let nodes = try answer.integers(at: 1, atMost: 1)
                try answer.throwFailure(at: nodes.upperBound)
                verdicts.append(nodes.first.map(reply.integer))
            } catch {
                verdicts.append(nil)
                failure = failure ?? error
            }
        }
        return (verdicts, failure)
    }
}

/// Commands out, replies in, in the same order: with one server, or with a cluster as if it were one.
public protocol RedisPipeline: AnyObject {
    /// Where the conversation began.
    var endpoint: Endpoint { get }
    var server: ServerInfo { get }
    /// The commands sent so far that can change data.
    var writeCommandsSent: Int { get }
    /// How many commands were appended whose replies have not been received.
    var unanswered: Int { get }

    /// Adds a command to what ``flush()`` sends.
    func append(_ command: RedisCommand, _ arguments: CommandArguments) throws(RedisError)

    /// Sends what was appended.
    func flush() throws(RedisError)

    /// Receives the reply to the oldest unanswered command, be it an error; returns the command it answers.
    ///
    /// `afterNodes` and `early` let the caller act on a reply's beginning while the rest is still on its way: once, as
    /// soon as that many nodes are there. More commands may be sent from it.
    @discardableResult
    func receiveAny(
        into reply: Reply, afterNodes: Int, early: () throws(RedisError) -> Void
    ) throws(RedisError) -> RedisCommand
}

extension RedisPipeline {
    /// Receives the reply to the oldest unanswered command, be it an error; returns the command it answers.
    @discardableResult
    public func receiveAny(into reply: Reply) throws(RedisError) -> RedisCommand {
        try receiveAny(into: reply, afterNodes: .max) {}
    }

    /// Receives the reply to the oldest unanswered command; an error reply is thrown.
    public func receive(
        into reply: Reply, afterNodes: Int = .max, early: () throws(RedisError) -> Void = {}
    ) throws(RedisError) {
        let command = try receiveAny(into: reply, afterNodes: afterNodes, early: early)
        guard reply.kind(0) != .error else { throw RedisError(reply: reply.text(0), to: command) }
    }

    /// Sends one command and receives its reply; nothing else may be unanswered.
    public func call(
        _ command: RedisCommand, _ arguments: CommandArguments = CommandArguments(), into reply: Reply = Reply()
    ) throws(RedisError) -> Reply {
        try append(command, arguments)
        try receive(into: reply)
        return reply
    }
}

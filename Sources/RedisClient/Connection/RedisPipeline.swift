/// Commands out, replies in, in the same order: with one server, or with a cluster as if it were one.
///
/// A single server counts as a cluster of one node, in which every key is in the same slot.
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

    // MARK: Slots and nodes

    /// Who has which slots, as far as is known.
    var topology: ClusterTopology { get }
    /// The nodes that were waited for in vain.
    var lostNodes: [NodeAddress] { get }
    /// By this moment no command that was sent with a deadline can be carried out any more.
    var lastDeadline: ContinuousClock.Instant { get }

    /// Keys in the same slot may stand in one command and in one script.
    func slot(of key: UnsafeRawBufferPointer) -> Int
    /// A conversation whose commands without a key go to this shard's node, on a connection of its own in a cluster.
    func sibling(at shard: ClusterTopology.Shard) -> any RedisPipeline
    /// Opens the connection to the node that gets the commands without a key, or to the one that took over from it. That
    /// another node is there, which answers a PING as well, is not enough for a walk.
    func openHome() throws(RedisError)
    /// Asks anew who has which slots.
    func refreshTopology() throws(RedisError) -> ClusterTopology
    /// The slots that are on their way from one primary to another at this moment.
    func openSlots() throws(RedisError) -> Set<Int>
    /// Has the nodes and slots that were waited for in vain tried anew.
    func forgetLosses()
}

extension RedisPipeline {
    /// Whether keys may be in different slots.
    public var isCluster: Bool { server.primaries != nil }
    /// How many nodes share the work of a batch.
    public var nodeCount: Int { max(topology.shards.count, 1) }

    /// Waits until scripts that were sent and not answered can change nothing any more: what is looked at then stays so.
    ///
    /// Who has waited for an answer in vain need not wait any more; who has lost the connection knows nothing of the script.
    public func outlastScripts() {
        (lastDeadline - .now).sleep()
    }

    /// Tries again and again, for as long as there are pauses: what belongs to a live session must not stay out.
    ///
    /// `attempt` has to do no harm when it is done twice.
    public func retry(
        _ pauses: inout ArraySlice<Duration>, _ attempt: () throws(RedisError) -> Void
    ) throws(RedisError) {
        while true {
            do throws(RedisError) {
                return try attempt()
            } catch {
                // Each try waits for a lost node by itself, so that two more are enough there.
                if error.isUnreachable { pauses = pauses.prefix(2) }
                guard let pause = pauses.popFirst() else { throw error }
                pause.sleep()
                forgetLosses()
            }
        }
    }
}

// MARK: Receiving

extension RedisPipeline {
    /// Receives the reply to the oldest unanswered command, be it an error; returns the command it answers.
    @discardableResult
    public func receiveAny(into reply: Reply) throws(RedisError) -> RedisCommand {
        try receiveAny(into: reply, afterNodes: .max) {}
    }

    /// Receives the reply to the oldest unanswered command; an error reply is thrown.
    @discardableResult
    public func receive(
        into reply: Reply, afterNodes: Int = .max, early: () throws(RedisError) -> Void = {}
    ) throws(RedisError) -> RedisCommand {
        let command = try receiveAny(into: reply, afterNodes: afterNodes, early: early)
        guard reply.kind(0) != .error else { throw RedisError(reply: reply.text(0), to: command) }
        return command
    }

    /// Receives like ``receive(into:afterNodes:early:)``; nil, not an error, where the server refused with this code.
    public func receiveUnless(_ code: String, into reply: Reply) throws(RedisError) -> RedisCommand? {
        let command = try receiveAny(into: reply)
        guard reply.kind(0) == .error else { return command }
        let error = RedisError(reply: reply.text(0), to: command)
        guard error.serverCode == code else { throw error }
        return nil
    }

    /// False where the key is of a type that the command is not for.
    public func receiveUnlessWrongType(into reply: Reply) throws(RedisError) -> Bool {
        try receiveUnless("WRONGTYPE", into: reply) != nil
    }

    /// What `receive` receives; nil where a part of a cluster is unreachable.
    public func whereReachable<Value>(_ receive: () throws(RedisError) -> Value) throws(RedisError) -> Value? {
        do throws(RedisError) {
            return try receive()
        } catch .unreachable {
            return nil
        }
    }

    public func receiveInteger(into reply: Reply) throws(RedisError) -> Int {
        let command = try receive(into: reply)
        guard reply.kind(0) == .integer else { throw .unexpectedReply(command: command, expected: "a number") }
        return reply.integer(0)
    }

    /// Receives an array of so many elements, none of which is an array.
    public func receiveArray(count: Int, into reply: Reply) throws(RedisError) {
        try reply.checkArray(count, receive(into: reply))
    }

    /// The same; false where the key is of a type that the command is not for.
    public func receiveArrayUnlessWrongType(count: Int, into reply: Reply) throws(RedisError) -> Bool {
        guard let command = try receiveUnless("WRONGTYPE", into: reply) else { return false }
        try reply.checkArray(count, command)
        return true
    }

    /// Receives the answer to `TYPE`.
    public func receiveType(into reply: Reply) throws(RedisError) -> String {
        let command = try receive(into: reply)
        guard reply.kind(0) == .status else { throw .unexpectedReply(command: command, expected: "a type") }
        return reply.text(0)
    }

    /// Receives the answer to `SCAN`: a cursor, and from the fourth node on the keys.
    public func receiveKeys(
        into reply: Reply, afterNodes: Int = .max, early: () throws(RedisError) -> Void = {}
    ) throws(RedisError) {
        let command = try receive(into: reply, afterNodes: afterNodes, early: early)
        guard reply.count >= 3, reply.kind(0) == .array, reply.kind(1) == .string, reply.kind(2) == .array,
            (3..<reply.count).allSatisfy({ reply.kind($0) == .string })
        else { throw .unexpectedReply(command: command, expected: "a cursor and keys") }
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

extension Reply {
    /// The answer to `TIME`, in epoch microseconds.
    public func microseconds() throws(RedisError) -> Int {
        guard count == 3, kind(0) == .array, let seconds = Int(digits: text(1)), let rest = Int(digits: text(2)),
            seconds >= 0, (0..<1_000_000).contains(rest)
        else { throw .unexpectedReply(command: .time, expected: "seconds and microseconds") }
        // Far beyond any clock; more would not fit.
        return min(seconds, 9_000_000_000_000) * 1_000_000 + rest
    }

    fileprivate func checkArray(_ elements: Int, _ command: RedisCommand) throws(RedisError) {
        guard kind(0) == .array, count == elements + 1 else {
            throw .unexpectedReply(command: command, expected: elements == 1 ? "one value" : "\(elements) values")
        }
    }
}

import RedisClient

/// A script on the server that does several things in one atomic step; loaded once, loaded again if it was flushed.
struct ServerScript {
    /// What a script is for.
    enum Purpose {
        /// Takes something out, or lets it end: has a deadline, after which it does nothing, as nobody waits for it any more.
        case removal
        /// Brings something back, or keeps something: whenever it is carried out.
        case other
    }

    /// When something was judged, and the deadline, are the last of ARGV, and the script does not see them.
    private static let deadline = """
        local deadline = tonumber(table.remove(ARGV))
        local notBefore = tonumber(table.remove(ARGV))
        local clock = redis.call('TIME')
        local time = clock[1] * 1000000 + clock[2]
        if time > deadline then
            return {err = '\(RedisError.late) the server came to this after its deadline, and did nothing'}
        end
        if time < notBefore then
            return {err = '\(RedisError.early) the clock is behind the one by which this was judged; nothing was done'}
        end

        """

    /// Gives the script a `redis.pcall` whose errors begin with the command that met it, which Redis does not tell.
    private static let prelude = """
        local server = redis
        local redis = setmetatable({pcall = function(command, ...)
            local answer = server.pcall(command, ...)
            if type(answer) == 'table' and answer.err then answer = {err = command .. ': ' .. answer.err} end
            return answer
        end}, {__index = server})

        """

    private let purpose: Purpose
    private let source: String
    private var digest: [UInt8]?

    init(for purpose: Purpose = .removal, source: String) {
        self.purpose = purpose
        self.source = (purpose == .removal ? ServerScript.deadline : "") + ServerScript.prelude + source
    }

    /// What a script is given. A removal does nothing on a server whose clock shows a time before `notBefore`, in epoch
    /// microseconds.
    struct Arguments {
        var keys = CommandArguments()
        var values = CommandArguments()
        var notBefore = 0
    }

    mutating func run(
        _ connection: any RedisPipeline, _ arguments: Arguments, into reply: Reply
    ) throws(RedisError) {
        var tries = 3
        while true {
            do throws(RedisError) {
                try prepare(connection)
                try append(connection, arguments)
                try connection.receive(into: reply)
                return
            } catch {
                tries -= 1
                guard tries > 0, isWorthAnotherTry(after: error) else { throw error }
            }
        }
    }

    /// Whether the server has forgotten the script, or came to it too late: it was not carried out then.
    mutating func isWorthAnotherTry(after error: RedisError) -> Bool {
        if error.serverCode == "NOSCRIPT" { digest = nil }
        return error.serverCode == "NOSCRIPT" || error.serverCode == RedisError.late
    }

    /// Loads the script, if that has not been done: before ``append(_:_:)``.
    mutating func prepare(_ connection: any RedisPipeline) throws(RedisError) {
        if digest == nil { try load(connection) }
    }

    /// Sends a prepared script and waits for nothing; a cluster loads it by itself where it is missing.
    func append(_ connection: any RedisPipeline, _ arguments: Arguments) throws(RedisError) {
        var words = CommandArguments()
        words.append(digest ?? [])
        words.append(arguments.keys.count)
        words.append(contentsOf: arguments.keys)
        words.append(contentsOf: arguments.values)
        if purpose == .removal {
            words.append(arguments.notBefore)
            words.appendDeadline()
        }
        try connection.append(.evalsha, words)
    }

    /// Loads the script even if that has been done: it may have been flushed since.
    mutating func load(_ connection: any RedisPipeline) throws(RedisError) {
        let reply = try connection.call(.scriptLoad, CommandArguments([Array(source.utf8)]))
        guard reply.kind(0) == .string else {
            throw .unexpectedReply(command: .scriptLoad, expected: "the digest of the script")
        }
        digest = Array(reply.bytes(0))
    }
}

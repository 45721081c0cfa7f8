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

    /// Runs the script; `keys` and `values` become KEYS and ARGV. A removal does nothing on a server whose clock shows a time
    /// before `notBefore`, in epoch microseconds.
    mutating func run(
        _ connection: any RedisPipeline, keys: CommandArguments, values: CommandArguments, notBefore: Int = 0,
        into reply: Reply
    ) throws(RedisError) {
        for _ in 0..<2 {
            do throws(RedisError) {
                return try runOnce(connection, keys, values, notBefore, reply)
            } catch {
                guard let code = error.serverCode, isWorthAnotherTry(after: code) else { throw error }
            }
        }
        try runOnce(connection, keys, values, notBefore, reply)
    }

    /// Whether the server has forgotten the script, or came to it too late: it was not carried out then.
    mutating func isWorthAnotherTry(after code: String) -> Bool {
        if code == "NOSCRIPT" { digest = nil }
        return code == "NOSCRIPT" || code == RedisError.late
    }

    private mutating func runOnce(
        _ connection: any RedisPipeline, _ keys: CommandArguments, _ values: CommandArguments, _ notBefore: Int,
        _ reply: Reply
    ) throws(RedisError) {
        try prepare(connection)
        try connection.append(.evalsha, arguments(keys, values, notBefore))
        try connection.flush()
        try connection.receive(into: reply)
    }

    /// Loads the script, if that has not been done: before ``append(_:keys:values:notBefore:)``.
    mutating func prepare(_ connection: any RedisPipeline) throws(RedisError) {
        if digest == nil { try load(connection) }
    }

    /// Sends a prepared script and waits for nothing; a cluster loads it by itself where it is missing.
    func append(
        _ connection: any RedisPipeline, keys: CommandArguments, values: CommandArguments, notBefore: Int = 0
    ) throws(RedisError) {
        try connection.append(.evalsha, arguments(keys, values, notBefore))
    }

    private func arguments(
        _ keys: CommandArguments, _ values: CommandArguments, _ notBefore: Int
    ) -> CommandArguments {
        var arguments = CommandArguments()
        arguments.append(digest ?? [])
        arguments.append(keys.count)
        arguments.append(contentsOf: keys)
        arguments.append(contentsOf: values)
        if purpose == .removal {
            arguments.append(notBefore)
            arguments.appendDeadline()
        }
        return arguments
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

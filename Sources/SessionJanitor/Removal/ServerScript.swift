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

    /// A script that judges each of its keys; `judge` is the body of a Lua function of `key` and its `place` among KEYS that
    /// returns a whole number or an error, and `helpers` stands before it. The answer: the verdicts, and the error that ended
    /// the work early, or an empty string.
    static func judgingEachKey(
        for purpose: Purpose = .removal, helpers: String = "", _ judge: String
    ) -> ServerScript {
        ServerScript(
            for: purpose,
            source: """
                \(helpers)
                local function judge(key, place)
                \(judge)
                end
                local verdicts, failure = {}, ''
                for i = 1, #KEYS do
                    local verdict = judge(KEYS[i], i)
                    if type(verdict) == 'table' then
                        failure = verdict.err
                        break
                    end
                    verdicts[i] = verdict
                end
                return {verdicts, failure}
                """)
    }

    /// Runs the script; `keys` and `values` become KEYS and ARGV. A removal does nothing on a server whose clock shows a time
    /// before `notBefore`, in epoch microseconds.
    mutating func run(
        _ connection: any RedisPipeline, keys: CommandArguments, values: CommandArguments, notBefore: Int = 0,
        into reply: Reply
    ) throws(RedisError) {
        // Again if the server has forgotten the script, or came to it too late: it was not carried out then.
        for _ in 0..<2 {
            do throws(RedisError) {
                return try runOnce(connection, keys, values, notBefore, reply)
            } catch {
                switch error.serverCode {
                case "NOSCRIPT": digest = nil
                case RedisError.late: continue
                default: throw error
                }
            }
        }
        try runOnce(connection, keys, values, notBefore, reply)
    }

    /// Runs a script that ``judgingEachKey(for:helpers:_:)`` made once for each of these keys; returns its verdicts on them.
    mutating func verdicts(
        _ items: [(key: [UInt8], values: CommandArguments)], on connection: any RedisPipeline, into reply: Reply
    ) throws(RedisError) -> [Int] {
        try prepare(connection)
        for item in items {
            try append(connection, keys: CommandArguments([item.key]), values: item.values)
        }
        try connection.flush()
        var verdicts: [Int] = []
        var failure: RedisError?
        for _ in items {
            do throws(RedisError) {
                try connection.receive(into: reply)
                guard reply.count >= 3, reply.kind(0) == .array, reply.kind(1) == .array,
                    reply.kind(reply.count - 1) == .string
                else { throw .badScriptAnswer }
                guard reply.bytes(reply.count - 1).isEmpty else {
                    throw RedisError(scriptFailure: reply.text(reply.count - 1))
                }
                guard reply.count == 4, reply.kind(2) == .integer else { throw .badScriptAnswer }
                verdicts.append(reply.integer(2))
            } catch {
                failure = error.moreSevere(than: failure)
            }
        }
        if let failure { throw failure }
        return verdicts
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

    private mutating func load(_ connection: any RedisPipeline) throws(RedisError) {
        let reply = try connection.call(.scriptLoad, CommandArguments([Array(source.utf8)]))
        guard reply.kind(0) == .string else {
            throw .unexpectedReply(command: .scriptLoad, expected: "the digest of the script")
        }
        digest = Array(reply.bytes(0))
    }
}

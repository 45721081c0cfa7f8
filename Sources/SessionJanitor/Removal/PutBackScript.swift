import RedisClient

/// Puts back what was taken out of a cluster's node and belongs to a live session; what is there again already stays as it is,
/// so that it may be tried twice.
struct PutBackScript {
    private var script = ServerScript(for: .other, source: source)
    private let reply = Reply()

    mutating func prepare(_ connection: any RedisPipeline) throws(RedisError) {
        try script.prepare(connection)
    }

    /// Items of one index key, or a single key or field.
    mutating func run(_ items: [RemovalItem], on connection: any RedisPipeline) throws(RedisError) {
        guard let first = items.first else { return }
        var values = CommandArguments()
        values.append(first.target.action)
        values.append(first.remaining)
        for item in items {
            switch item.target {
            case .member(let type):
                values.append(item.member)
                if type == .sortedSet { values.append(item.score.map(RedisScore.text) ?? "0") }
                if type == .hash { values.append(item.value) }
            case .field(let field):
                values.append(field)
                values.append(item.value)
            case .key, .expiry: values.append(item.payload ?? [])
            }
        }
        let arguments = ServerScript.Arguments(keys: CommandArguments([first.key]), values: values)
        try script.run(connection, arguments, into: reply)
        guard reply.kind(0) == .string else { throw .badScriptAnswer }
        if !reply.bytes(0).isEmpty { throw RedisError(scriptFailure: reply.text(0)) }
    }

    /// KEYS: the key. ARGV: `z`, `s`, `l`, `k`, `h` or `f`; the milliseconds that the key had left, 0 for one that did not expire, for
    /// a key that is gone; and then for `z`, `s` and `l` the members, each followed by its score in a sorted set, for `k` what
    /// DUMP gave, for `h` and `f` the fields, each followed by what it held. The answer: an error, or an empty string.
    ///
    /// A script that has changed something may go on although the server's memory is full. So each begins with a command that
    /// needs no room and removes nothing; to Redis it has changed something all the same. It is one that the taking out has
    /// needed.
    private static let source = """
        local key, action, left = KEYS[1], ARGV[1], tonumber(ARGV[2])
        local there = redis.pcall('EXISTS', key)
        if type(there) == 'table' then return there.err end

        local function put(answer)
            if type(answer) == 'table' and answer.err and not string.find(answer.err, 'WRONGTYPE', 1, true) then
                return answer.err
            end
        end

        local nobody = redis.sha1hex('no id is this: ' .. key)
        local harmless = {z = {'ZREM', key, nobody}, s = {'SREM', key, nobody}, l = {'LREM', key, 1, nobody}}
        local ways = {
            z = {2, function(i) return redis.pcall('ZADD', key, 'NX', ARGV[i + 1], ARGV[i]) end},
            s = {1, function(i) return redis.pcall('SADD', key, ARGV[i]) end},
            l = {1, function(i)
                local answer = redis.pcall('LINSERT', key, 'BEFORE', ARGV[i], ARGV[i])
                if type(answer) == 'table' then return answer end
                if answer > 0 then return redis.pcall('LREM', key, 1, ARGV[i]) end
                return redis.pcall('RPUSH', key, ARGV[i])
            end},
            h = {2, function(i)
                local held = redis.pcall('HGET', key, ARGV[i])
                if held ~= false then return held end
                redis.pcall('HDEL', key, ARGV[i])
                return redis.pcall('HSETNX', key, ARGV[i], ARGV[i + 1])
            end},
            k = {1, function(i)
                if there == 1 then return nil end
                redis.pcall('UNLINK', key)
                return redis.pcall('RESTORE', key, left, ARGV[i])
            end}
        }
        ways.f = ways.h
        if harmless[action] then redis.pcall(unpack(harmless[action])) end
        local step, putBack = unpack(ways[action])
        for i = 3, #ARGV, step do
            local answer = putBack(i)
            local isError = type(answer) == 'table' and answer.err
            if isError and not string.find(answer.err, 'WRONGTYPE', 1, true) then return answer.err end
        end
        if there == 0 and left > 0 and action ~= 'k' then
            local answer = redis.pcall('PEXPIRE', key, left)
            if type(answer) == 'table' then return answer.err end
        end
        return ''
        """
}

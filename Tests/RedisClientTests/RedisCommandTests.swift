import Testing

@testable import RedisClient

struct RedisCommandTests {
    /// What a run sends to find out, none of which Redis flags as a write.
    private static let reading: Set<String> = [
        "AUTH", "CLIENT NO-TOUCH", "GETRANGE", "MEMORY USAGE", "DBSIZE", "DUMP", "EXISTS", "HLEN", "HMGET", "HSCAN",
        "INFO",
        "LRANGE",
        "MGET", "OBJECT IDLETIME",
        "PING", "PTTL",
        "ROLE", "SCAN", "SELECT",
        "SENTINEL GET-MASTER-ADDR-BY-NAME", "SISMEMBER", "SSCAN", "TIME", "TYPE", "LLEN", "SCARD", "ZCARD", "ZRANGE",
        "ZSCAN", "ZSCORE",
        "ZMSCORE",
        "ASKING", "CLUSTER NODES", "CLUSTER SHARDS", "CLUSTER SLOTS", "READONLY",
    ]

    /// Commands by which data can change, as Redis's own table has them, and those that run or load code.
    private static let changing: Set<String> = [
        "APPEND", "COPY", "DECR", "DEL", "EVAL", "EVALSHA", "EXPIRE", "EXPIREAT", "FCALL", "FLUSHALL", "FLUSHDB",
        "FUNCTION LOAD", "GETDEL", "GETEX", "GETSET", "HDEL", "HSET", "HSETNX", "INCR", "LPOP", "LPUSH", "LREM", "LSET",
        "LTRIM", "MIGRATE", "MOVE", "MSET", "PERSIST", "PEXPIRE", "PEXPIREAT", "RENAME", "RESTORE", "RPOP", "RPUSH",
        "SADD",
        "SCRIPT FLUSH", "SET", "SMOVE", "SORT", "SPOP", "SREM", "SWAPDB", "UNLINK", "XADD", "ZADD", "ZPOPMIN",
        "ZRANGESTORE", "ZREM", "ZREMRANGEBYRANK", "ZREMRANGEBYSCORE", "CONFIG SET", "DEBUG", "SHUTDOWN",
    ]

    @Test
    func `exactly the reading commands are allowed on a connection for reading`() {
        let allowed = RedisCommand.allCases.filter(\.isAllowedWhenReadOnly).map(\.rawValue)
        #expect(Set(allowed) == Self.reading)
    }

    @Test(arguments: RedisCommand.allCases)
    func `a command that can change data is refused on a connection for reading`(command: RedisCommand) {
        let changes = Self.changing.contains(command.rawValue)
        #expect(command.canChangeData == changes)
        #expect(!(command.canChangeData && command.isAllowedWhenReadOnly))
    }

    @Test
    func `loading a script is neither reading nor a change of data`() {
        #expect(!RedisCommand.scriptLoad.isAllowedWhenReadOnly)
        #expect(!RedisCommand.scriptLoad.canChangeData)
    }

    @Test
    func `publishing is neither reading nor a change of data`() {
        #expect(!RedisCommand.publish.isAllowedWhenReadOnly)
        #expect(!RedisCommand.publish.canChangeData)
    }

    @Test
    func `commands of two words go over the wire as two words`() {
        #expect(RedisCommand.scriptLoad.words == [Array("SCRIPT".utf8), Array("LOAD".utf8)])
        #expect(RedisCommand.sentinelPrimary.words == ["SENTINEL", "GET-MASTER-ADDR-BY-NAME"].map { Array($0.utf8) })
        #expect(RedisCommand.objectIdleTime.words == [Array("OBJECT".utf8), Array("IDLETIME".utf8)])
        #expect(RedisCommand.mget.words == [Array("MGET".utf8)])
    }
}

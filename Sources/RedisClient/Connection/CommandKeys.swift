/// Where a command names its keys, by which a cluster knows the node for it.
enum CommandKeys {
    /// The command names none: any node can answer, each for itself.
    case none
    case first
    /// Every argument is a key, and the answers for each can be put together.
    case all
    /// The command names none, and is meant for every primary.
    case everywhere
    /// The digest, the number of keys, the keys.
    case script
}

extension RedisCommand {
    var keys: CommandKeys {
        switch self {
        case .exists, .mget: .all
        case .evalsha: .script
        case .dump, .getrange, .hmget, .hsetnx, .lrange, .memoryUsage, .objectIdleTime, .pexpireat, .pttl, .restore,
            .sadd, .set, .sismember,
            .sscan,
            .type, .zadd, .zrange,
            .zscan,
            .zscore, .zmscore:
            .first
        case .dbsize, .scriptLoad: .everywhere
        case .asking, .auth, .clientNoTouch, .clusterNodes, .clusterShards, .clusterSlots, .info, .ping, .readonly,
            .publish, .role,
            .scan, .select, .sentinelPrimary, .time:
            .none
        }
    }

    /// Whether the command goes on where an earlier one on the same server ended.
    var continuesWalk: Bool {
        self == .scan || self == .sscan || self == .zscan
    }
}

/// The commands this program knows how to send; nothing else can leave a ``RedisConnection``.
public enum RedisCommand: String, CaseIterable, Sendable {
    case auth = "AUTH"
    case dbsize = "DBSIZE"
    case dump = "DUMP"
    case evalsha = "EVALSHA"
    case exists = "EXISTS"
    case getrange = "GETRANGE"
    case hlen = "HLEN"
    case hmget = "HMGET"
    case hscan = "HSCAN"
    case hsetnx = "HSETNX"
    case info = "INFO"
    case llen = "LLEN"
    case lrange = "LRANGE"
    case memoryUsage = "MEMORY USAGE"
    case mget = "MGET"
    case objectIdleTime = "OBJECT IDLETIME"
    case pexpireat = "PEXPIREAT"
    case ping = "PING"
    case pttl = "PTTL"
    case restore = "RESTORE"
    case role = "ROLE"
    case sadd = "SADD"
    case scan = "SCAN"
    case scard = "SCARD"
    case scriptLoad = "SCRIPT LOAD"
    case select = "SELECT"
    case sentinelPrimary = "SENTINEL GET-MASTER-ADDR-BY-NAME"
    case set = "SET"
    case sismember = "SISMEMBER"
    case sscan = "SSCAN"
    case time = "TIME"
    case type = "TYPE"
    case zadd = "ZADD"
    case zcard = "ZCARD"
    case zrange = "ZRANGE"
    case zscan = "ZSCAN"
    case zscore = "ZSCORE"
    case zmscore = "ZMSCORE"
    case asking = "ASKING"
    case clientNoTouch = "CLIENT NO-TOUCH"
    case clusterNodes = "CLUSTER NODES"
    case clusterShards = "CLUSTER SHARDS"
    case clusterSlots = "CLUSTER SLOTS"
    case readonly = "READONLY"
    case publish = "PUBLISH"

    /// What a command does.
    enum Effect {
        case reads
        /// Brings the server something that changes no data by itself.
        case prepares
        /// Tells others, which is no change of data but no reading either, and is not done twice.
        case tells
        /// The scripts behind `EVALSHA` remove entries and sessions.
        case changes
    }

    /// Where a command names its keys, by which a cluster knows the node for it.
    enum Keys {
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

    /// What is known of each command; everything else follows from it.
    private var row: (effect: Effect, keys: Keys) {
        switch self {
        case .asking, .auth, .clientNoTouch, .clusterNodes, .clusterShards, .clusterSlots, .info, .ping, .readonly,
            .role, .scan, .select, .sentinelPrimary, .time:
            (.reads, .none)
        case .dump, .getrange, .hlen, .hmget, .hscan, .llen, .lrange, .memoryUsage, .objectIdleTime, .pttl, .scard,
            .sismember, .sscan, .type, .zcard, .zmscore, .zrange, .zscan, .zscore:
            (.reads, .first)
        case .exists, .mget: (.reads, .all)
        case .dbsize: (.reads, .everywhere)
        case .scriptLoad: (.prepares, .everywhere)
        case .publish: (.tells, .none)
        case .hsetnx, .pexpireat, .restore, .sadd, .set, .zadd: (.changes, .first)
        case .evalsha: (.changes, .script)
        }
    }

    var keys: Keys { row.keys }

    /// Whether a connection opened for reading lets this command through.
    public var isAllowedWhenReadOnly: Bool { row.effect == .reads }

    /// Whether it does no harm to send this command again when its answer got lost.
    var isRepeatable: Bool { row.effect == .reads || row.effect == .prepares }

    /// Whether this command can change data.
    public var canChangeData: Bool { row.effect == .changes }

    /// Whether the command goes on where an earlier one on the same server ended.
    var continuesWalk: Bool { [.hscan, .scan, .sscan, .zscan].contains(self) }

    /// The command's own words, as they go over the wire.
    var words: [[UInt8]] { rawValue.utf8.split(separator: UInt8(ascii: " ")).map(Array.init) }
}

/// What a connection may be used for.
public enum AccessMode: Sendable {
    /// Only commands that ``RedisCommand/isAllowedWhenReadOnly`` names; every other one is refused unsent.
    case readOnly
    case readWrite

    func permits(_ command: RedisCommand) -> Bool {
        self == .readWrite || command.isAllowedWhenReadOnly
    }
}

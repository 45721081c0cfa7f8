/// The commands this program knows how to send; nothing else can leave a ``RedisConnection``.
public enum RedisCommand: String, CaseIterable, Sendable {
    case auth = "AUTH"
    case dbsize = "DBSIZE"
    case dump = "DUMP"
    case evalsha = "EVALSHA"
    case exists = "EXISTS"
    case getrange = "GETRANGE"
    case hmget = "HMGET"
    case hsetnx = "HSETNX"
    case info = "INFO"
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
    case scriptLoad = "SCRIPT LOAD"
    case select = "SELECT"
    case sentinelPrimary = "SENTINEL GET-MASTER-ADDR-BY-NAME"
    case set = "SET"
    case sismember = "SISMEMBER"
    case sscan = "SSCAN"
    case time = "TIME"
    case type = "TYPE"
    case zadd = "ZADD"
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

    /// Whether a connection opened for reading lets this command through.
    ///
    /// An allow-list: a command that is added later is refused on such a connection until it is named here.
    public var isAllowedWhenReadOnly: Bool {
        switch self {
        case .auth, .clientNoTouch, .dbsize, .dump, .exists, .getrange, .hmget, .info, .lrange, .memoryUsage, .mget,
            .objectIdleTime, .ping,
            .pttl, .role, .scan,
            .select,
            .sentinelPrimary, .sismember, .sscan, .time, .type, .zrange, .zscan, .zscore, .zmscore, .asking,
            .clusterNodes, .clusterShards, .clusterSlots, .readonly:
            true
        default:
            false
        }
    }

    /// Whether it does no harm to send this command again when its answer got lost.
    var isRepeatable: Bool {
        isAllowedWhenReadOnly || self == .scriptLoad
    }

    /// Whether this command can change data: `PUBLISH` changes none, though it is no reading; the scripts behind `EVALSHA` remove entries and sessions.
    public var canChangeData: Bool {
        switch self {
        case .evalsha, .hsetnx, .pexpireat, .restore, .sadd, .set, .zadd: true
        default: false
        }
    }

    /// The command's own words, as they go over the wire.
    var words: [[UInt8]] {
        switch self {
        case .scriptLoad, .objectIdleTime, .memoryUsage, .clientNoTouch:
            rawValue.split(separator: " ").map { Array($0.utf8) }
        case .sentinelPrimary: [Array("SENTINEL".utf8), Array("GET-MASTER-ADDR-BY-NAME".utf8)]
        case .clusterNodes, .clusterShards, .clusterSlots: rawValue.split(separator: " ").map { Array($0.utf8) }
        default: [Array(rawValue.utf8)]
        }
    }
}

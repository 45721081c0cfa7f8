import TestSupport

/// How an application keeps the list of a user's sessions: one of the three types, a user always the same.
enum PlayedIndex: CaseIterable {
    case sortedSet, set, list

    init(user: Int) {
        self = PlayedIndex.allCases[user % PlayedIndex.allCases.count]
    }

    static func key(user: Int) -> Bytes { Appauth.index("user-\(user)") }

    func adding(_ id: Bytes, to key: Bytes) -> [[Bytes]] {
        switch self {
        case .sortedSet: [["ZADD", key, "1700000000.5", id]]
        case .set: [["SADD", key, id]]
        // A list would take the same id twice.
        case .list: [["MULTI"], ["LREM", key, "0", id], ["LPUSH", key, id], ["EXEC"]]
        }
    }

    func removing(_ id: Bytes, from key: Bytes) -> [Bytes] {
        switch self {
        case .sortedSet: ["ZREM", key, id]
        case .set: ["SREM", key, id]
        case .list: ["LREM", key, "0", id]
        }
    }

    func listing(_ key: Bytes) -> [Bytes] {
        switch self {
        case .sortedSet: ["ZRANGE", key, "0", "-1"]
        case .set: ["SMEMBERS", key]
        case .list: ["LRANGE", key, "0", "-1"]
        }
    }

    /// Asks for one id; the answer is for ``isThere(_:)``.
    func asking(for id: Bytes, in key: Bytes) -> [Bytes] {
        switch self {
        case .sortedSet: ["ZSCORE", key, id]
        case .set: ["SISMEMBER", key, id]
        case .list: ["LPOS", key, id]
        }
    }

    func isThere(_ reply: RedisValue) -> Bool {
        self == .set ? reply == .integer(1) : reply != .null
    }
}

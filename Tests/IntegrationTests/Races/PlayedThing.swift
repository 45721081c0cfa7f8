import TestSupport

/// What an application keeps beside a session: as long as that lives, none of it may go.
enum PlayedThing: CaseIterable, Sendable {
    /// The session's id in the user's index key: a sorted set, a set or a list.
    case entry
    /// A key of the session's own that holds its id.
    case pointer
    /// A field of the user's hash that holds the id of the session that wrote it last.
    case field
    case companion
    /// A key of the user's that is there while one of the user's sessions is.
    case presence

    /// The words that tell the janitor of all of them; entries are those of the default layout.
    static let layout = [
        "--pointer-key", "appauth:tok:{token}", "--pointer-key", "appauth:cur:{user}=hash:current", "--companion-key",
        "appauth:csrf:{id}",
    ]
    /// The words before those where no index keys are known.
    static let layoutWithoutEntries = [
        "--layout", "custom", "--prefix", "appauth", "--session-key", "{prefix}:sess:{id}",
    ]
    static let presenceLayout = ["--presence-key", "appauth:on:{user}", "--user", "json:email"]

    func key(of session: PlayedSession) -> Bytes {
        switch self {
        case .entry: Appauth.index(session.userName)
        case .pointer: "appauth:tok:" + session.id
        case .field: "appauth:cur:" + session.userName
        case .companion: "appauth:csrf:" + session.id
        case .presence: "appauth:on:" + session.userName
        }
    }

    /// `pointersExpire`: after a long time, which has to come back with them.
    func writing(_ session: PlayedSession, pointersExpire: Bool) -> KeyedRequest {
        let key = key(of: session)
        return switch self {
        case .entry: KeyedRequest(key, session.index.adding(session, to: key))
        case .pointer:
            KeyedRequest(
                key, transaction: [["GETSET", key, session.id]] + (pointersExpire ? [["EXPIRE", key, "99999"]] : []))
        case .field:
            // Some hashes have another field, and some are gone with this one.
            KeyedRequest(
                key,
                transaction: [["HSET", key, "current", session.id]]
                    + (session.user % 2 == 0 ? [["HSET", key, "name", "x"]] : []))
        case .companion: KeyedRequest(key, [["HSET", key, "a", "b"]])
        case .presence: KeyedRequest(key, [["GETSET", key, session.id]])
        }
    }

    /// How many more there are of its kind, by the answers to ``writing(_:pointersExpire:)``.
    func added(_ replies: [RedisValue], _ session: PlayedSession) -> Int {
        let first = replies.last?.elements.first
        return switch self {
        case .entry where session.index == .list: first?.integer.map { 1 - $0 } ?? 0
        case .field: first?.integer ?? 0
        case .pointer: first == .null ? 1 : 0
        case .entry, .companion: replies[0].integer ?? 0
        case .presence: replies[0] == .null ? 1 : 0
        }
    }

    func removing(_ session: PlayedSession) -> KeyedRequest {
        let key = key(of: session)
        return switch self {
        case .entry: KeyedRequest(key, [session.index.removing(session.id, from: key)])
        case .field: KeyedRequest(key, [["HDEL", key, "current"]])
        case .pointer, .companion, .presence: KeyedRequest(key, [["DEL", key]])
        }
    }

    func asking(_ session: PlayedSession) -> KeyedRequest {
        let key = key(of: session)
        return switch self {
        case .entry: KeyedRequest(key, [session.index.asking(for: session.id, in: key)])
        // A full server refuses even these in a transaction.
        case .pointer: KeyedRequest(key, [["GET", key], ["PTTL", key]])
        case .field: KeyedRequest(key, [["HGET", key, "current"]])
        case .companion: KeyedRequest(key, [["HGET", key, "a"]])
        case .presence: KeyedRequest(key, [["EXISTS", key]])
        }
    }

    /// Whether it is there as it should be, by the answers to ``asking(_:)``.
    func isThere(_ replies: [RedisValue], _ session: PlayedSession, pointersExpire: Bool) -> Bool {
        switch self {
        case .entry: session.index.isThere(replies[0])
        case .pointer:
            replies[0].bytes == session.id && (!pointersExpire || replies[1].integer ?? 0 > 0)
        case .field: replies[0].bytes == session.id
        case .companion: replies[0] == .string("b")
        case .presence: replies[0] == .integer(1)
        }
    }
}

/// How an application keeps the list of a user's sessions: one of the three types, a user always the same.
enum PlayedIndex: CaseIterable, Sendable {
    case sortedSet, set, list

    func adding(_ session: PlayedSession, to key: Bytes) -> [[Bytes]] {
        switch self {
        case .sortedSet: [["ZADD", key, session.score, session.id]]
        case .set: [["SADD", key, session.id]]
        // A list would take the same id twice.
        case .list:
            KeyedRequest(key, transaction: [["LREM", key, "0", session.id], ["LPUSH", key, session.id]]).commands
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

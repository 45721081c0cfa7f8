import TestSupport

/// Everything in one database.
struct Snapshot: Equatable {
    private(set) var keys: [Bytes: StoredKey] = [:]

    subscript(_ key: Bytes) -> StoredKey? {
        get { keys[key] }
        set { keys[key] = newValue }
    }

    init() {}

    /// Reads the database that the client has selected.
    init(_ client: TestClient) throws {
        let names = try client.call("KEYS", "*").strings
        let types = try client.pipeline(names.map { ["TYPE", $0] }).map { $0.text ?? "" }
        let expiries = try Snapshot.expiries(names, client)
        let contents = try client.pipeline(zip(names, types).map(Snapshot.readCommand))
        for (index, name) in names.enumerated() {
            keys[name] = StoredKey(
                content: try Snapshot.content(types[index], contents[index]), expiresAt: expiries[index])
        }
    }

    /// When keys expire, in epoch milliseconds; reckoned from what is left where Redis is older than 7.
    private static func expiries(_ names: [Bytes], _ client: TestClient) throws -> [Int?] {
        func positive(_ number: Int?) -> Int? { number.flatMap { $0 < 0 ? nil : $0 } }
        if StoredKey.expiryTolerance == 0 {
            return try client.pipeline(names.map { ["PEXPIRETIME", $0] }).map { positive($0.integer) }
        }
        let replies = try client.pipeline(names.flatMap { [["TIME"], ["PTTL", $0]] })
        return names.indices.map { index in
            let time = replies[2 * index].strings.compactMap { Int($0.text) }
            return positive(replies[2 * index + 1].integer).map { time[0] * 1_000 + time[1] / 1_000 + $0 }
        }
    }

    /// What differs, in a few words; nil if nothing does. Expiry times may be `tolerance` milliseconds apart.
    func difference(to actual: Snapshot, within tolerance: Int = 0) -> String? {
        let lines = Set(keys.keys).union(actual.keys.keys).sorted().compactMap { key -> String? in
            var found = actual.keys[key]
            if let expected = keys[key]?.expiresAt, let expiry = found?.expiresAt, abs(expiry - expected) <= tolerance {
                found?.expiresAt = expected
            }
            guard keys[key] != found else { return nil }
            return "\(key) should be \(Snapshot.words(keys[key])) and is \(Snapshot.words(actual.keys[key]))"
        }
        guard !lines.isEmpty else { return nil }
        return lines.prefix(5).joined(separator: "\n") + (lines.count > 5 ? "\n… \(lines.count) in all" : "")
    }

    private static func words(_ key: StoredKey?) -> String {
        guard let key else { return "absent" }
        let text = "\(key)"
        return text.count > 1_000 ? text.prefix(1_000) + "…" : text
    }

    private static func readCommand(_ name: Bytes, _ type: String) -> [Bytes] {
        switch type {
        case "string": ["GET", name]
        case "zset": ["ZRANGE", name, "0", "-1", "WITHSCORES"]
        case "set": ["SMEMBERS", name]
        case "list": ["LRANGE", name, "0", "-1"]
        case "hash": ["HGETALL", name]
        default: ["XRANGE", name, "-", "+"]
        }
    }

    private static func content(_ type: String, _ reply: RedisValue) throws -> StoredKey.Content {
        let strings = reply.strings
        func pairs() -> [Bytes: Bytes] {
            Dictionary(
                uniqueKeysWithValues: stride(from: 0, to: strings.count, by: 2).map { (strings[$0], strings[$0 + 1]) })
        }
        switch (type, reply) {
        case ("string", .string(let value)): return .string(value)
        case ("zset", .array): return .sortedSet(pairs())
        case ("set", .array): return .set(Set(strings))
        case ("list", .array): return .list(strings)
        case ("hash", .array): return .hash(pairs())
        case ("stream", .array): return .stream(reply)
        default: throw SupportError("a key of type \(type) was answered with \(reply)")
        }
    }
}

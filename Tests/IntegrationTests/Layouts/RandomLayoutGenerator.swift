import TestSupport

/// Makes small keyspaces of a store out of a seed: the same one for the same seed and clock.
struct RandomLayoutGenerator {
    enum State {
        case live, expired, undated, unreadable
    }

    var random: SplitMix64
    let now: Int
    private(set) var keyspace: RandomLayoutKeyspace

    init(seed: UInt64, now: Int, _ layouts: [RandomLayout]) {
        random = SplitMix64(seed: seed)
        self.now = now
        keyspace = RandomLayoutKeyspace(layout: layouts.randomElement(using: &random) ?? .lucia)
    }

    mutating func make() -> RandomLayoutKeyspace {
        keyspace.includesExpired = keyspace.layout.hasDates && chance(50)
        switch keyspace.layout {
        case .userSessions: fillUserSessions()
        case .lucia: fillLucia()
        case .openTomato: fillOpenTomato()
        case .gitlab: fillGitLab()
        case .redisSessions: fillRedisSessions()
        case .springSession: fillSpring()
        case .websocket: fillWebsocket()
        case .hashPointers: fillHashPointers()
        case .tombstones: fillTombstones()
        case .hashIndex: fillHashIndex()
        }
        writeForeignKeys()
        return keyspace
    }

    // MARK: Drawing

    mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &random) < percent
    }

    mutating func some<Element>(_ percent: Int, of items: [Element]) -> [Element] {
        items.filter { _ in chance(percent) }
    }

    /// Different things, in an order that the seed decides.
    mutating func pool(_ sizes: ClosedRange<Int>, _ draw: (inout SplitMix64) -> Bytes) -> [Bytes] {
        let count = Int.random(in: sizes, using: &random)
        return Set((0..<count).map { _ in draw(&random) }).sorted()
    }

    mutating func users() -> [Bytes] { pool(1...5, RandomBytes.user) }

    static func hex(_ count: Int, _ random: inout SplitMix64) -> Bytes {
        Bytes((0..<count).map { _ in Array("0123456789abcdef".utf8)[Int.random(in: 0..<16, using: &random)] })
    }

    mutating func state() -> State {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: .live
        case 5..<8: .expired
        case 8: .undated
        default: .unreadable
        }
    }

    /// A moment well before or after now, in epoch seconds.
    mutating func moment(_ state: State) -> Int {
        let distance = Int.random(in: 7_200...9_000_000, using: &random)
        return state == .expired ? now - distance : now + distance
    }

    // MARK: Writing

    /// Writes a key anew; the command's second word is its name.
    mutating func write(_ command: Bytes..., ttl percent: Int = 0) {
        write(command, ttl: percent)
    }

    mutating func write(_ command: [Bytes], ttl percent: Int = 0) {
        keyspace.commands.append(["DEL", command[1]])
        keyspace.commands.append(command)
        guard chance(percent) else { return }
        let life = Int.random(in: 7_200_000..<9_000_000_000, using: &random)
        keyspace.commands.append(["PEXPIREAT", command[1], Bytes(now * 1_000 + life)])
    }

    /// Writes an index key of one of the types that one can have, and seldom of another.
    mutating func writeIndex(_ key: Bytes, _ members: [Bytes]) {
        guard !members.isEmpty else { return }
        switch Int.random(in: 0..<25, using: &random) {
        case 0: write("SET", key, members[0])
        case 1: write(["HSET", key] + members.flatMap { [$0, "1"] })
        case 2..<5: write(["RPUSH", key] + members + [members[0]])
        case 5..<14: write(["ZADD", key] + members.flatMap { [Bytes(now), $0] }, ttl: 10)
        default: write(["SADD", key] + members, ttl: 10)
        }
    }

    /// A session of a type that it cannot have where its value is to be read; it is there all the same.
    mutating func writeOddSession(_ key: Bytes) {
        write(chance(50) ? ["RPUSH", key, "x"] : ["SADD", key, "x"], ttl: 50)
    }

    private mutating func writeForeignKeys() {
        let names: [Bytes] = [
            "user_session", "user_sessions", "token", "token-bucket:1", "User_session:a", "xuser_session:a", "session",
            "sessions:a", "auth:sess", "auth:state:a", "auth:refreshed:a", "session:gitlab:2::ab", "rs:", "rs::a",
            "session:lookup:user:gitlab:", "session:lookup:user:gitlab:ann", "session:user:gitlab:x:2::00", "rs:a:b:c",
            "session:user:gitlab::v2:7:2::" + RandomLayoutGenerator.hex(63, &random), "spring:session:", "rs:a b:c",
            "spring:session:sessions:short", "spring:session:sessions:expires:short", "spring:session:expirations:",
            "spring:session:index:other:ann", "spring:session:sessions:" + RandomBytes.noise, "queue:1", "a b", " ",
            Bytes([0xff, 0x00]), "3de3-9980b633", "3DE3-9980B633-000D", "user:", "user:ann", "users:ann", "list", "s",
            "s:", "3de3-9980b633-000d\n", "ü", "t:", "ti", "tp", "tp:x",
        ]
        for name in some(30, of: names) {
            // Some of them belong to one of the stores after all; the model goes by what is in the database.
            switch Int.random(in: 0..<4, using: &random) {
            case 0: write("SADD", name, "gone")
            case 1: write("HSET", name, "expires_at", "2020-01-01T00:00:00Z", "la", "1", "ttl", "1")
            case 2: write("SET", name, "", ttl: 30)
            default: write("SET", name, "gone", ttl: 30)
            }
        }
    }
}

extension RandomBytes {
    fileprivate static let noise = Bytes([UInt8](repeating: 0x80, count: 20))
}

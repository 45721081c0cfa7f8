import TestSupport

/// Makes small keyspaces of a store out of a seed: the same ones for the same seed and clock.
struct KeyspaceGenerator {
    enum State {
        case live, expired, undated, unreadable
    }

    var random: SplitMix64
    let now: Int
    let bytes: RandomBytes
    var keyspace: Keyspace

    /// Without odd bytes, names, databases and options are those of everyday life.
    init(seed: UInt64, now: Int, _ layouts: [RandomLayout], isOdd: Bool = true) {
        random = SplitMix64(seed: seed)
        self.now = now
        bytes = RandomBytes(isOdd: isOdd)
        keyspace = Keyspace(layout: layouts.randomElement(using: &random) ?? .appauth)
    }

    mutating func make() -> Keyspace {
        keyspace = Keyspace(layout: keyspace.layout)
        drawOptions()
        switch keyspace.layout {
        case .appauth: fillAppauth()
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

    private mutating func drawOptions() {
        let isAppauth = keyspace.layout == .appauth
        keyspace.options.includesExpired = keyspace.layout.hasDates && chance(55)
        // What the other stores' keyspaces have may look like a mistake.
        keyspace.options.allowsNoLiveSessions = !isAppauth || chance(30)
        guard bytes.isOdd else { return }
        if chance(25) { keyspace.database = Int.random(in: 1...15, using: &random) }
        if isAppauth {
            if chance(45) { keyspace.patterns = KeyPatterns.odd.randomElement(using: &random) ?? .standard }
            if chance(50) { keyspace.options.maxAgeDays = [0, 1, 7, 30, 365, 36_500].randomElement(using: &random) }
        }
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<2: keyspace.options.limit = .count([0, 1, 5, 20, 100, 1_000].randomElement(using: &random) ?? 0)
        // Of what a share is, is told of entries and sessions only.
        case 2..<4 where isAppauth:
            keyspace.options.limit = .permille([0, 50, 125, 333, 500, 999, 1_000].randomElement(using: &random) ?? 0)
        default: break
        }
        if chance(50) { keyspace.options.manner = ["--grace", "5ms"] }
        if chance(20) { keyspace.options.manner.append("-v") }
        if chance(20) { keyspace.options.manner += ["--chunk-time", "0.001ms"] }
        if chance(10) { keyspace.options.manner += ["--nice-ratio", "0.1"] }
        if chance(10) { keyspace.options.manner += ["--progress", "never"] }
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

    mutating func users(_ count: ClosedRange<Int> = 1...5) -> [Bytes] { pool(count, bytes.user) }

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
        guard let first = members.first else { return }
        switch Int.random(in: 0..<40, using: &random) {
        case 0: write("SET", key, first)
        case 1: write(["HSET", key] + members.flatMap { [$0, "1"] })
        case 2: write("XADD", key, "1-1", "ts", first)
        case 3..<9:
            write(["RPUSH", key] + (members + some(20, of: members) + [first]).shuffled(using: &random), ttl: 20)
        case 9..<26:
            let scored = members.flatMap { [Bytes("\(now - Int.random(in: 0..<9_000_000, using: &random)).25"), $0] }
            write(["ZADD", key] + scored, ttl: 20)
        default: write(["SADD", key] + members, ttl: 20)
        }
    }

    /// A session of a type that it cannot have where its value is to be read; it is there all the same.
    mutating func writeOddSession(_ key: Bytes) {
        let id = RandomBytes.token(&random)
        switch (keyspace.layout, Int.random(in: 0..<6, using: &random)) {
        // The other stores' dates may be in hashes.
        case (.appauth, 0): write("HSET", key, "ts", "1", id, "1", ttl: 50)
        case (.appauth, 1): write("HSET", key, "exp", "1", ttl: 50)
        case (_, 2): write("XADD", key, "1-1", "ts", id, ttl: 50)
        case (_, 3): write("SADD", key, id, ttl: 50)
        case (_, 4): write("ZADD", key, "1", id, ttl: 50)
        default: write("RPUSH", key, id, id, ttl: 50)
        }
    }

    private mutating func writeForeignKeys() {
        let (session, index) = (keyspace.patterns.session, keyspace.patterns.index)
        let token = RandomBytes.token(&random)
        var names: [Bytes] = [
            "appauth:state:" + token, "appauth:codev:" + token, "appauth:sess", "appauth:usess",
            "APPAUTH:SESS:" + token, "xappauth:sess:" + token, "unrelated", "sess:" + token, " ",
            Bytes(session.head.raw.dropLast()), Bytes(index.head.raw.dropLast()),
            session.head + "x" + session.tail + "x",
            Bytes(session.head.raw + session.tail.raw.dropFirst()), Bytes(index.head.raw + index.tail.raw.dropFirst()),
            Bytes(session.key(token).text.uppercased()), "app1:usess:a", "appX:sess:" + token, "user_session",
            "user_sessions", "token", "token-bucket:1", "User_session:a", "xuser_session:a", "session", "sessions:a",
            "auth:sess", "auth:state:a", "auth:refreshed:a", "session:gitlab:2::ab", "rs:", "rs::a",
            "session:lookup:user:gitlab:", "session:lookup:user:gitlab:ann", "session:user:gitlab:x:2::00", "rs:a:b:c",
            "session:user:gitlab::v2:7:2::" + KeyspaceGenerator.hex(63, &random), "spring:session:", "rs:a b:c",
            "spring:session:sessions:short", "spring:session:sessions:expires:short", "spring:session:expirations:",
            "spring:session:index:other:ann", "queue:1", "a b", "3de3-9980b633", "3DE3-9980B633-000D", "user:",
            "user:ann",
            "users:ann", "list", "s", "s:", "3de3-9980b633-000d\n", "ü", "t:", "ti", "tp", "tp:x",
        ]
        if bytes.isOdd {
            let noise = Bytes([UInt8](repeating: 0x80, count: 20))
            names += ["", Bytes([0xff, 0x00]), noise, "spring:session:sessions:" + noise]
        }
        for name in some(20, of: names) {
            // Some of them belong to the store after all; the model goes by what is in the database.
            switch Int.random(in: 0..<5, using: &random) {
            case 0: write("SADD", name, "gone", token, ttl: 30)
            case 1: write("ZADD", name, "1", token, ttl: 30)
            case 2: write("HSET", name, "expires_at", "2020-01-01T00:00:00Z", "la", "1", "ttl", "1", "ts", "1", ttl: 30)
            case 3: write("SET", name, chance(50) ? "" : "gone", ttl: 30)
            default: write("SET", name, "{\"ts\": 1, \"exp\": 1}", ttl: 30)
            }
        }
    }
}

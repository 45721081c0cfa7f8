import TestSupport

/// Makes keyspaces out of a seed: the same one for the same seed and clock.
struct KeyspaceGenerator {
    private var random: SplitMix64
    private let now: Int
    private var values: SessionValueGenerator
    private var keyspace = Keyspace()

    /// What is special about a keyspace as a whole.
    private enum Kind {
        case mixed, empty, noSession, allExpired, longIndex
    }

    init(seed: UInt64, now: Int) {
        random = SplitMix64(seed: seed)
        self.now = now
        values = SessionValueGenerator(now: now, cutoff: now - RunOptions.defaultMaxAgeDays * 86_400)
    }

    mutating func make() -> Keyspace {
        keyspace = Keyspace()
        drawOptions()
        switch drawKind() {
        case .mixed: fill(ids: 0...25, indexes: 0...8)
        case .empty: break
        case .noSession: fillWithoutSessions()
        case .allExpired: fillWithExpired()
        case .longIndex: fillWithLongIndex()
        }
        return keyspace
    }

    private mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &random) < percent
    }

    private mutating func drawKind() -> Kind {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<2: .empty
        case 2..<6: .noSession
        case 6..<10: .allExpired
        case 10..<14: .longIndex
        default: .mixed
        }
    }

    private mutating func drawOptions() {
        if chance(45) { keyspace.layout = LayoutChoice.odd.randomElement(using: &random) ?? .standard }
        if chance(25) { keyspace.database = Int.random(in: 1...15, using: &random) }
        keyspace.options.includesExpired = chance(60)
        if chance(50) { keyspace.options.maxAgeDays = [0, 1, 7, 30, 365, 36_500].randomElement(using: &random) }
        let days = keyspace.options.maxAgeDays ?? RunOptions.defaultMaxAgeDays
        values = SessionValueGenerator(now: now, cutoff: now - days * 86_400)
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<2: keyspace.options.limit = .count([0, 1, 5, 20, 100, 1_000].randomElement(using: &random) ?? 0)
        case 2..<4:
            keyspace.options.limit = .permille([0, 50, 125, 333, 500, 999, 1_000].randomElement(using: &random) ?? 0)
        default: break
        }
        keyspace.options.allowsNoLiveSessions = chance(30)
        keyspace.options.manner = ["--grace", chance(50) ? "0" : "5ms"]
        if chance(20) { keyspace.options.manner.append("-v") }
        if chance(20) { keyspace.options.manner += ["--chunk-time", "0.001ms"] }
        if chance(10) { keyspace.options.manner += ["--nice-ratio", "0.1"] }
        if chance(10) { keyspace.options.manner += ["--progress", "never"] }
    }

    // MARK: Whole keyspaces

    private mutating func fill(ids: ClosedRange<Int>, indexes: ClosedRange<Int>) {
        let pool = drawIdentifiers(Int.random(in: ids, using: &random))
        let share = [0, 30, 60, 90, 100].randomElement(using: &random) ?? 60
        for id in pool where chance(share) { writeSession(id) }
        for _ in 0..<Int.random(in: indexes, using: &random) {
            let key = keyspace.layout.index.key(RandomBytes.user(&random))
            if chance(8) {
                writeOddType(key)
            } else {
                writeIndex(key, pool.filter { _ in chance(40) })
            }
        }
        writeForeignKeys()
    }

    /// Around the hundred entries from which on a run without any session is refused.
    private mutating func fillWithoutSessions() {
        let count = [99, 100, 101, 150].randomElement(using: &random) ?? 100
        let pool = (0..<count).map { _ in RandomBytes.token(&random) }
        let cut = Int.random(in: 0..<count, using: &random)
        writeIndex(keyspace.layout.index.key("one"), Array(pool[..<cut]))
        writeIndex(keyspace.layout.index.key("two"), Array(pool[cut...]))
        writeForeignKeys()
    }

    /// Around the hundred sessions from which on it is refused to expire all.
    private mutating func fillWithExpired() {
        let count = [99, 100, 101, 130].randomElement(using: &random) ?? 100
        let pool = (0..<count).map { _ in RandomBytes.token(&random) }
        for id in pool {
            write(["SET", keyspace.layout.session.key(id), SessionValueGenerator.plain(created: nil, expiry: now - 60)])
        }
        if chance(30) { write(["SET", keyspace.layout.session.key("undated"), "{}"]) }
        if chance(30) { write(["SET", keyspace.layout.session.key("unreadable"), "{"]) }
        if chance(40) {
            let live = SessionValueGenerator.plain(created: nil, expiry: now + 3_600)
            write(["SET", keyspace.layout.session.key("the living one"), live])
        }
        writeIndex(keyspace.layout.index.key("all"), pool.filter { _ in chance(70) })
    }

    /// More entries than one command may fetch.
    private mutating func fillWithLongIndex() {
        fill(ids: 5...15, indexes: 1...3)
        let count = [999, 1_000, 1_001, 2_300].randomElement(using: &random) ?? 1_000
        let pool = (0..<count).map { _ in RandomBytes.token(&random) }
        for id in pool where chance(70) {
            write(["SET", keyspace.layout.session.key(id), SessionValueGenerator.plain(created: now + 3_600)])
        }
        writeIndex(keyspace.layout.index.key("long"), pool)
    }

    private mutating func drawIdentifiers(_ count: Int) -> [Bytes] {
        Array(Set((0..<count).map { _ in RandomBytes.identifier(&random) })).sorted()
    }

    // MARK: Single keys

    private mutating func write(_ command: [Bytes]) {
        keyspace.commands.append(command)
    }

    private mutating func writeSession(_ id: Bytes) {
        let key = keyspace.layout.session.key(id)
        if chance(6) {
            writeOddType(key)
        } else {
            write(["SET", key, values.value(&random)])
        }
        if chance(60) { writeExpiry(key) }
    }

    private mutating func writeExpiry(_ key: Bytes) {
        write(["PEXPIREAT", key, Bytes(now * 1_000 + Int.random(in: 7_200_000..<9_000_000_000, using: &random))])
    }

    private mutating func writeIndex(_ key: Bytes, _ ids: [Bytes]) {
        write(["DEL", key])
        guard !ids.isEmpty else { return }
        switch Int.random(in: 0..<5, using: &random) {
        case 0..<3:
            let scored = ids.flatMap { [Bytes("\(now - Int.random(in: 0..<9_000_000, using: &random)).25"), $0] }
            write(["ZADD", key] + scored)
        case 3: write(["SADD", key] + ids)
        default:
            let again = ids.filter { _ in chance(20) }
            write(["RPUSH", key] + (ids + again).shuffled(using: &random))
        }
        if chance(20) { writeExpiry(key) }
    }

    /// A key of a type that has no business under this name.
    private mutating func writeOddType(_ key: Bytes) {
        let id = RandomBytes.token(&random)
        write(["DEL", key])
        let isIndex = keyspace.layout.index.variable(in: key) != nil
        switch Int.random(in: 0..<(isIndex ? 3 : 6), using: &random) {
        case 0: write(["HSET", key, "ts", "1", id, "1"])
        case 1: isIndex ? write(["SET", key, id]) : write(["HSET", key, "exp", "1"])
        case 2: write(["XADD", key, "1-1", "ts", id])
        case 3: write(["SADD", key, id])
        case 4: write(["RPUSH", key, id, id])
        default: write(["ZADD", key, "1", id])
        }
    }

    private mutating func writeForeignKeys() {
        let session = keyspace.layout.session
        let index = keyspace.layout.index
        let token = RandomBytes.token(&random)
        let names: [Bytes] = [
            "appauth:state:" + token, "appauth:codev:" + token, "appauth:sess", "appauth:usess",
            "APPAUTH:SESS:" + token,
            "xappauth:sess:" + token, "unrelated", "sess:" + token, " ", Bytes([0xff, 0x00]),
            Bytes(session.head.raw.dropLast()), Bytes(index.head.raw.dropLast()),
            session.head + "x" + session.tail + "x",
            Bytes(session.head.raw + session.tail.raw.dropFirst()), Bytes(index.head.raw + index.tail.raw.dropFirst()),
            Bytes(session.key(token).text.uppercased()), "app1:usess:a", "appX:sess:" + token,
        ]
        for name in names where chance(25) {
            // Some names belong to the layout after all; the model goes by what is in the database.
            write(["DEL", name])
            switch Int.random(in: 0..<4, using: &random) {
            case 0: write(["ZADD", name, "1", token])
            case 1: write(["SADD", name, token])
            case 2: write(["HSET", name, "ts", "1"])
            default: write(["SET", name, "{\"ts\": 1, \"exp\": 1}"])
            }
            if chance(30) { writeExpiry(name) }
        }
    }
}

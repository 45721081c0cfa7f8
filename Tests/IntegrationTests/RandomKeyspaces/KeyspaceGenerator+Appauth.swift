import TestSupport

/// The default layout, with keyspaces around the numbers from which on a run refuses.
extension KeyspaceGenerator {
    mutating func fillAppauth() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<2 where bytes.isOdd: break
        case 2..<6 where bytes.isOdd: fillWithoutSessions()
        case 6..<10 where bytes.isOdd: fillWithExpired()
        case 10..<14 where bytes.isOdd: fillWithLongIndex()
        default: fill(ids: 0...25, users: 0...8)
        }
    }

    private func session(_ id: Bytes) -> Bytes { keyspace.patterns.session.key(id) }

    private func index(_ user: Bytes) -> Bytes { keyspace.patterns.index.key(user) }

    private mutating func fill(ids: ClosedRange<Int>, users count: ClosedRange<Int>) {
        let days = keyspace.options.maxAgeDays ?? RunOptions.defaultMaxAgeDays
        let values = SessionValueGenerator(now: now, cutoff: now - days * 86_400)
        let ids = pool(ids, bytes.identifier)
        for id in some([0, 30, 60, 90, 100].randomElement(using: &random) ?? 60, of: ids) {
            if !bytes.isOdd {
                write("SET", session(id), SessionValueGenerator.plain(created: now, expiry: moment(state())), ttl: 60)
            } else if chance(6) {
                writeOddSession(session(id))
            } else {
                write("SET", session(id), values.value(&random), ttl: 60)
            }
        }
        for user in users(count) { writeIndex(index(user), some(40, of: ids)) }
    }

    /// Around the hundred entries from which on a run without any session is refused.
    private mutating func fillWithoutSessions() {
        let count = [99, 100, 101, 150].randomElement(using: &random) ?? 100
        let ids = (0..<count).map { _ in RandomBytes.token(&random) }
        let cut = Int.random(in: 0..<count, using: &random)
        writeIndex(index("one"), Array(ids[..<cut]))
        writeIndex(index("two"), Array(ids[cut...]))
    }

    /// Around the hundred sessions from which on it is refused to expire all.
    private mutating func fillWithExpired() {
        let count = [99, 100, 101, 130].randomElement(using: &random) ?? 100
        let ids = (0..<count).map { _ in RandomBytes.token(&random) }
        for id in ids { write("SET", session(id), SessionValueGenerator.plain(created: nil, expiry: now - 60)) }
        if chance(30) { write("SET", session("undated"), "{}") }
        if chance(30) { write("SET", session("unreadable"), "{") }
        if chance(40) {
            write("SET", session("the living one"), SessionValueGenerator.plain(created: nil, expiry: now + 3_600))
        }
        writeIndex(index("all"), some(70, of: ids))
    }

    /// More entries than one command may fetch.
    private mutating func fillWithLongIndex() {
        fill(ids: 5...15, users: 1...3)
        let count = [999, 1_000, 1_001, 2_300].randomElement(using: &random) ?? 1_000
        let ids = (0..<count).map { _ in RandomBytes.token(&random) }
        for id in some(70, of: ids) { write("SET", session(id), SessionValueGenerator.plain(created: now + 3_600)) }
        writeIndex(index("long"), ids)
    }
}

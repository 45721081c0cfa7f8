import TestSupport

/// The keys and the values of the default layout.
enum Appauth {
    static func session(_ id: Bytes) -> Bytes { "appauth:sess:" + id }
    static func index(_ user: Bytes) -> Bytes { "appauth:usess:" + user }

    /// The value of a session that no age limit reaches.
    static let living: Bytes = "{\"ts\": 7000000000, \"email\": \"a@example.org\"}"
    /// The value of a session that ended long ago.
    static let expired: Bytes = "{\"ts\": 1000000000, \"exp\": 1000000001, \"email\": \"a@example.org\"}"
}

extension Store {
    /// With one user who has a living session and one orphaned entry.
    static func withOrphan() throws -> Store {
        let store = try Store()
        try store.write(sessions: "living")
        try store.list("living", "orphan")
        return store
    }
}

/// Sessions of the default layout.
extension StoreOn {
    func write(sessions ids: Bytes..., value: Bytes = Appauth.living) throws {
        try client.run(ids.map { ["SET", Appauth.session($0), value] })
    }

    func writeSessions(_ count: Int, value: Bytes = Appauth.living) throws {
        try client.run((0..<count).map { ["SET", Appauth.session("session-\($0)"), value] })
    }

    func exists(session id: Bytes) throws -> Bool {
        try client.call("EXISTS", Appauth.session(id)) == .integer(1)
    }

    /// Lists ids under a user, in a sorted set.
    func list(_ ids: Bytes..., under user: Bytes = "a@example.org") throws {
        try client.run(ids.map { ["ZADD", Appauth.index(user), "1700000000.5", $0] })
    }

    /// The ids that a user's sorted set lists.
    func listed(under user: Bytes = "a@example.org") throws -> Set<Bytes> {
        try ranked(Appauth.index(user))
    }

    /// Orphaned entries, many at once.
    func writeOrphans(_ count: Int, under user: Bytes = "a@example.org") throws {
        try client.call(["ZADD", Appauth.index(user)] + (0..<count).flatMap { ["1", "orphan-\($0)"] as [Bytes] })
    }

    /// Many users with living sessions and some orphaned entries.
    func fill(sessions: Int, orphans: Int, users: Int) throws {
        try client.run(
            (0..<sessions).flatMap { number -> [[Bytes]] in
                [
                    ["SET", Appauth.session("live-\(number)"), Appauth.living],
                    ["ZADD", Appauth.index("user-\(number % users)"), "\(number).5", "live-\(number)"],
                ]
            } + (0..<orphans).map { ["ZADD", Appauth.index("user-\($0 % users)"), "\($0).25", "gone-\($0)"] })
    }

    /// All ids that users list, as often as they do.
    func listed(users: Int) throws -> [Bytes] {
        try (0..<users).flatMap { try client.call("ZRANGE", Appauth.index("user-\($0)"), "0", "-1").strings }
    }
}

import TestSupport

/// A server with sessions of the default layout.
struct Appauth {
    let redis: PrivateRedis
    let client: TestClient

    init(_ arguments: [String] = [], listensOnPort: Bool = false) throws {
        try self.init(PrivateRedis(arguments, listensOnPort: listensOnPort))
    }

    init(_ redis: PrivateRedis) throws {
        self.redis = redis
        client = try redis.client()
    }

    init(redis: PrivateRedis, client: TestClient) {
        self.redis = redis
        self.client = client
    }

    /// With one user who has a living session and one orphaned entry.
    static func withOrphan() throws -> Appauth {
        let appauth = try Appauth()
        try appauth.write(sessions: "living")
        try appauth.list("living", "orphan")
        return appauth
    }

    static func session(_ id: Bytes) -> Bytes { "appauth:sess:" + id }
    static func index(_ user: Bytes) -> Bytes { "appauth:usess:" + user }

    /// The value of a session that no age limit reaches.
    static let living: Bytes = "{\"ts\": 7000000000, \"email\": \"a@example.org\"}"
    /// The value of a session that ended long ago.
    static let expired: Bytes = "{\"ts\": 1000000000, \"exp\": 1000000001, \"email\": \"a@example.org\"}"

    func write(sessions ids: Bytes..., value: Bytes = living) throws {
        try client.run(ids.map { ["SET", Appauth.session($0), value] })
    }

    /// Lists ids under a user, in a sorted set.
    func list(_ ids: Bytes..., under user: Bytes = "a@example.org") throws {
        try client.run(ids.map { ["ZADD", Appauth.index(user), "1700000000.5", $0] })
    }

    /// The ids that a user's sorted set lists.
    func listed(under user: Bytes = "a@example.org") throws -> Set<Bytes> {
        Set(try client.call("ZRANGE", Appauth.index(user), "0", "-1").strings)
    }

    func exists(session id: Bytes) throws -> Bool {
        try client.call("EXISTS", Appauth.session(id)) == .integer(1)
    }

    /// Orphaned entries, many at once.
    func writeOrphans(_ count: Int, under user: Bytes = "a@example.org") throws {
        try client.call(["ZADD", Appauth.index(user)] + (0..<count).flatMap { ["1", "orphan-\($0)"] as [Bytes] })
    }

    func writeSessions(_ count: Int, value: Bytes = living) throws {
        try client.run((0..<count).map { ["SET", Appauth.session("session-\($0)"), value] })
    }

    func snapshot() throws -> Snapshot { try Snapshot(client) }

    /// Runs the program on this server, or on what stands before it.
    func run(_ arguments: String..., url: String? = nil) throws -> JanitorResult {
        try JanitorProcess.run(arguments, environment: ["REDIS_URL": url ?? redis.url])
    }

    /// The same without grace time and with a report to read.
    func report(_ arguments: [String] = [], url: String? = nil) throws -> (
        status: ChildProcess.Ending, report: RunReport
    ) {
        let result = try JanitorProcess.run(
            ["--json", "--grace", "0"] + arguments, environment: ["REDIS_URL": url ?? redis.url])
        return (result.status, try RunReport(result))
    }
}

import TestSupport

/// One server, reached on a unix socket, over TLS or through a sentinel; filled and read on the unix socket.
struct SingleServer: KeyspaceHost {
    let databases = 16
    let arguments: [String]

    private let client: TestClient
    private let makeURL: (Int) -> String
    /// What has to go on running meanwhile.
    private let keepers: [any Sendable]

    private init(
        _ redis: PrivateRedis, arguments: [String] = [], besides keepers: [any Sendable] = [],
        url: @escaping (Int) -> String
    ) throws {
        self.arguments = arguments
        self.keepers = keepers + [redis]
        client = try redis.client()
        makeURL = url
    }

    static func onSocket() throws -> SingleServer {
        let redis = try PrivateRedis()
        return try SingleServer(redis) { redis.url(database: $0) }
    }

    static func overTLS() throws -> SingleServer {
        let secure = try SecureRedis()
        return try SingleServer(
            secure.redis, arguments: ["--cacert", secure.authority.certificate], besides: [secure]
        ) { "rediss://127.0.0.1:\(secure.port)/\($0)" }
    }

    static func throughSentinel() throws -> SingleServer {
        let redis = try PrivateRedis(listensOnPort: true)
        let sentinel = try PrivateSentinel(primary: redis.port ?? 0)
        return try SingleServer(redis, besides: [sentinel]) {
            "redis+sentinel://\(sentinel.host)/\(sentinel.service)/\($0)"
        }
    }

    func url(database: Int) -> String { makeURL(database) }

    func empty() throws {
        try client.call("FLUSHALL")
    }

    func write(_ commands: [[Bytes]], to database: Int) throws {
        try client.call("SELECT", Bytes(database))
        try client.run(commands)
    }

    func snapshot(of database: Int) throws -> Snapshot {
        try client.call("SELECT", Bytes(database))
        return try Snapshot(client)
    }

    func time() throws -> Int {
        Int(try client.call("TIME").strings[0].text) ?? 0
    }
}

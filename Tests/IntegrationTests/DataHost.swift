import TestSupport

/// What holds the data of a test, and the way on which the janitor gets there: one server or a cluster.
protocol DataHost: Sendable {
    associatedtype Client: DataClient

    var primaries: [PrivateRedis] { get }
    /// How many databases there are, from 0.
    var databases: Int { get }
    /// The words that the janitor needs besides the URL.
    var arguments: [String] { get }

    func url(database: Int) -> String
    func client() throws -> Client
}

/// Sends any command to where its key is.
protocol DataClient: Sendable {
    @discardableResult
    func call(_ words: [Bytes]) throws -> RedisValue
    /// Sends all commands; the first error reply is thrown.
    func run(_ commands: [[Bytes]]) throws
}

extension DataClient {
    @discardableResult
    func call(_ words: Bytes...) throws -> RedisValue {
        try call(words)
    }
}

extension TestClient: DataClient {}
extension ClusterClient: DataClient {}

extension PrivateRedis: DataHost {
    var primaries: [PrivateRedis] { [self] }
}

extension PrivateCluster: DataHost {
    var databases: Int { 1 }

    func url(database: Int) -> String { url() }

    func client() -> ClusterClient { ClusterClient(self) }
}

/// One server that is reached over TLS or through a sentinel.
struct OtherWay: DataHost {
    let arguments: [String]
    private let redis: PrivateRedis
    private let makeURL: @Sendable (Int) -> String
    /// What has to go on running meanwhile.
    private let keepers: [any Sendable]

    static func overTLS() throws -> OtherWay {
        let secure = try SecureRedis()
        return OtherWay(
            arguments: ["--cacert", secure.authority.certificate], redis: secure.redis,
            makeURL: { "rediss://127.0.0.1:\(secure.port)/\($0)" }, keepers: [secure])
    }

    static func throughSentinel() throws -> OtherWay {
        let redis = try PrivateRedis(listensOnPort: true)
        let sentinel = try PrivateSentinel(primary: redis.port ?? 0)
        return OtherWay(
            arguments: [], redis: redis, makeURL: { "redis+sentinel://\(sentinel.host)/\(sentinel.service)/\($0)" },
            keepers: [sentinel])
    }

    var primaries: [PrivateRedis] { [redis] }

    func url(database: Int) -> String { makeURL(database) }

    func client() throws -> TestClient { try redis.client() }
}

extension DataHost {
    var databases: Int { 16 }
    var arguments: [String] { [] }
    var url: String { url(database: 0) }

    /// Removes every key of every database.
    func empty() throws {
        for primary in primaries { try primary.client().call("FLUSHALL") }
    }

    /// Nothing else may be selected on a cluster.
    func write(_ commands: [[Bytes]], to database: Int) throws {
        let client = try client()
        if database > 0 { try client.call("SELECT", Bytes(database)) }
        try client.run(commands)
    }

    /// A cluster's nodes are read as if they were one.
    func snapshot(of database: Int) throws -> Snapshot {
        var joined = Snapshot()
        for primary in primaries {
            let client = try primary.client()
            if database > 0 { try client.call("SELECT", Bytes(database)) }
            for (key, value) in try Snapshot(client).keys { joined[key] = value }
        }
        return joined
    }

    /// The server's clock, in whole seconds.
    func time() throws -> Int {
        Int(try primaries[0].client().call("TIME").strings[0].text) ?? 0
    }
}

extension PrivateRedis {
    /// How often this server carried out a command, in scripts as well.
    func calls(of command: String) throws -> Int {
        let text = try client().call("INFO", "commandstats").text ?? ""
        let line = text.split(separator: "\r\n").first { $0.hasPrefix("cmdstat_\(command):calls=") }
        return Int(line?.split(separator: "=")[1].prefix { $0.isNumber } ?? "0") ?? 0
    }
}

import TestSupport

@testable import RedisClient

/// A cluster with sessions of the default layout.
struct ClusterAppauth {
    let cluster: PrivateCluster
    let client: ClusterClient

    init(withReplicas: Bool = false, arguments: [String] = []) throws {
        cluster = try PrivateCluster(withReplicas: withReplicas, arguments: arguments)
        client = ClusterClient(cluster)
    }

    /// Many users with living sessions and some orphaned entries.
    func fill(sessions: Int, orphans: Int, users: Int) throws {
        for number in 0..<sessions {
            try client.call("SET", Appauth.session("live-\(number)"), Appauth.living)
            try client.call("ZADD", Appauth.index("user-\(number % users)"), "\(number).5", "live-\(number)")
        }
        for number in 0..<orphans {
            try client.call("ZADD", Appauth.index("user-\(number % users)"), "\(number).25", "gone-\(number)")
        }
    }

    /// All ids that users list.
    func listed(users: Int) throws -> [Bytes] {
        try (0..<users).flatMap { try client.call("ZRANGE", Appauth.index("user-\($0)"), "0", "-1").strings }
    }

    /// The primary that has this key.
    func owner(of key: Bytes) throws -> PrivateRedis {
        try cluster.owner(ofSlot: HashSlot.of(key.raw))
    }

    /// How often the nodes carried out a command, in scripts as well.
    func calls(of command: String) throws -> Int {
        try cluster.primaries.reduce(0) { $0 + (try ClusterAppauth.calls(of: command, on: $1)) }
    }

    static func calls(of command: String, on node: PrivateRedis) throws -> Int {
        let text = try node.client().call("INFO", "commandstats").text ?? ""
        let line = text.split(separator: "\r\n").first { $0.hasPrefix("cmdstat_\(command):calls=") }
        return Int(line?.split(separator: "=")[1].prefix { $0.isNumber } ?? "0") ?? 0
    }

    func start(_ arguments: String...) throws -> JanitorProcess {
        try JanitorProcess(["--json", "--grace", "0"] + arguments, environment: ["REDIS_URL": cluster.url()])
    }

    func report(_ arguments: String...) throws -> (status: ChildProcess.Ending, report: RunReport) {
        try report(arguments)
    }

    func report(_ arguments: [String]) throws -> (status: ChildProcess.Ending, report: RunReport) {
        let result = try JanitorProcess.run(
            ["--json", "--grace", "0"] + arguments, environment: ["REDIS_URL": cluster.url()])
        return (result.status, try RunReport(result))
    }
}

import TestSupport

@testable import RedisClient

/// A cluster with sessions of some layout, and the janitor told which.
struct ClusterStore {
    let host: ClusterHost
    let client: ClusterClient
    private let layout: [String]

    var cluster: PrivateCluster { host.cluster }

    init(_ layout: String...) throws {
        try self.init(layout)
    }

    init(
        _ layout: [String], withReplicas: Bool = false, arguments: [String] = [], clockOffsets: [Int: Duration] = [:]
    ) throws {
        host = try ClusterHost(
            PrivateCluster(withReplicas: withReplicas, arguments: arguments, clockOffsets: clockOffsets))
        client = ClusterClient(host.cluster)
        self.layout = layout
    }

    func write(_ commands: [Bytes]...) throws {
        try client.run(commands)
    }

    func words(_ arguments: [String]) -> [String] {
        ["--json", "--grace", "0"] + layout + arguments
    }

    func start(_ arguments: String...) throws -> JanitorProcess {
        try JanitorProcess(words(arguments), environment: ["REDIS_URL": cluster.url()])
    }

    @discardableResult
    func clean(_ arguments: String...) throws -> (status: ChildProcess.Ending, report: RunReport) {
        let result = try JanitorProcess.run(words(arguments), environment: ["REDIS_URL": cluster.url()])
        return (result.status, try RunReport(result))
    }

    func restore(_ file: String) throws -> RestoreReading {
        try RestoreReading(
            JanitorProcess.run(["restore", file, "--json"], environment: ["REDIS_URL": cluster.url()]))
    }

    func keys() throws -> Set<Bytes> { Set(try snapshot().keys.keys) }

    func snapshot() throws -> Snapshot { try host.snapshot(of: 0) }

    func owner(of key: Bytes) throws -> PrivateRedis { try cluster.owner(ofSlot: HashSlot.of(key.raw)) }

    /// Whether all these keys are on different nodes; slots may not move meanwhile.
    func apart() throws -> (Bytes...) -> Bool {
        let ports = try cluster.ports()
        return { (keys: Bytes...) in Set(keys.map { ports[HashSlot.of($0.raw)] }).count == keys.count }
    }

    /// The first key of this form that is on another node than this one.
    func key(notWith other: Bytes, form: (Int) -> Bytes) throws -> Bytes {
        let areApart = try apart()
        guard let key = (0..<200).lazy.map(form).first(where: { areApart($0, other) }) else {
            throw SupportError("every key is on the node of \(other)")
        }
        return key
    }

    /// Lets the janitor come as far as changing something on the node of this key, does something, and lets it go on.
    func whileRemoving(_ key: Bytes, _ arguments: String..., action: () throws -> Void) throws -> RunReport {
        let node = try owner(of: key).client()
        try node.call("CLIENT", "PAUSE", "20000", "WRITE")
        let janitor = try JanitorProcess(
            words(["--no-lock", "--allow-no-live-sessions"] + arguments), environment: ["REDIS_URL": cluster.url()])
        try Deadline.wait(for: "the removal") {
            try node.call("CLIENT", "LIST").text?.contains("cmd=evalsha") == true
        }
        try action()
        try node.call("CLIENT", "UNPAUSE")
        return try RunReport(try janitor.finish())
    }
}

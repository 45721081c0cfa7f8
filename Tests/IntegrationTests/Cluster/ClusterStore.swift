import TestSupport

@testable import RedisClient

extension ClusterStore {
    var cluster: PrivateCluster { host }

    init(_ layout: String...) throws {
        try self.init(layout)
    }

    init(
        _ layout: [String], withReplicas: Bool = false, arguments: [String] = [], clockOffsets: [Int: Duration] = [:]
    ) throws {
        try self.init(
            on: PrivateCluster(withReplicas: withReplicas, arguments: arguments, clockOffsets: clockOffsets), layout)
    }

    /// The primary that has this key.
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

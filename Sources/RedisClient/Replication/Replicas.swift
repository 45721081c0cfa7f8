/// Why a replica is not read from.
public enum ReplicaError: Error, Equatable, Sendable {
    /// The primary has none that is online.
    case none
    /// It is no replica; `role` is what it calls itself.
    case notReplica(role: String)
    /// It belongs to another primary.
    case otherPrimary
    /// It is just being filled.
    case synchronising
    case linkDown
    /// The primary was heard of last so long ago.
    case silent(seconds: Int)
    /// It did not catch up with the primary within the time allowed.
    case lagging(seconds: Double)
    /// The address of one replica was given, where every primary has its own.
    case addressForCluster
}

/// Finds replicas that are fit to be read from: linked to the primary, and not further behind than allowed.
public struct ReplicaFinder {
    /// Further behind than this, a replica is refused.
    public let longestLag: Duration
    public let timeout: Duration

    public init(longestLag: Duration, timeout: Duration) {
        self.longestLag = longestLag
        self.timeout = timeout
    }

    /// A conversation for reading with a replica of this server, or of every primary in a cluster; `endpoint` names one.
    public func replica(
        of primary: any RedisPipeline, at endpoint: Endpoint? = nil
    ) throws(RedisError) -> any RedisPipeline {
        if let cluster = primary as? ClusterConnection {
            guard endpoint == nil else { throw .replica(.addressForCluster) }
            return try replicas(of: cluster)
        }
        if let endpoint { return try fit(endpoint, primary) }
        let known = try ReplicationInfo.read(primary).replicas.filter(\.isOnline)
        return try first(of: known.sorted { ($0.lag ?? .max) < ($1.lag ?? .max) }.map(\.address), primary)
    }

    private func replicas(of cluster: ClusterConnection) throws(RedisError) -> ClusterConnection {
        var readers: [String: NodeAddress] = [:]
        for shard in cluster.topology.shards {
            let primary = try RedisConnection(
                to: cluster.endpoint.node(shard.primary.address), mode: .readOnly, timeout: timeout)
            do throws(RedisError) {
                let replica = try first(of: shard.replicas.map(\.address), primary)
                if case .tcp(let host, let port) = replica.endpoint.address {
                    readers[shard.primary.identifier] = NodeAddress(host: host, port: port)
                }
            } catch .replica(let error) {
                throw .node(address: shard.primary.address.description, .replica(error))
            }
        }
        return cluster.reading(from: readers)
    }

    /// The first that is fit; if none is, why the last was not.
    private func first(
        of addresses: [NodeAddress], _ primary: any RedisPipeline
    ) throws(RedisError) -> RedisConnection {
        var failure = RedisError.replica(.none)
        for address in addresses {
            do throws(RedisError) {
                return try fit(primary.endpoint.node(address), primary)
            } catch {
                failure = .node(address: address.description, error)
            }
        }
        throw failure
    }

    private func fit(_ endpoint: Endpoint, _ primary: any RedisPipeline) throws(RedisError) -> RedisConnection {
        let replica = try RedisConnection(to: endpoint, mode: .readOnly, timeout: timeout)
        let deadline = ContinuousClock.now + longestLag
        let target = try ReplicationInfo.read(primary)
        while true {
            let state = try ReplicationInfo.read(replica)
            if let error = unfitness(state, target) { throw .replica(error) }
            // Bytes say nothing of time: what the primary had by now must be here before the time allowed is over.
            guard let wanted = target.offset, let reached = state.replicaOffset, reached < wanted else {
                return replica
            }
            guard ContinuousClock.now < deadline else {
                throw .replica(.lagging(seconds: longestLag / .seconds(1)))
            }
            Duration.milliseconds(20).sleep()
        }
    }

    private func unfitness(_ state: ReplicationInfo, _ primary: ReplicationInfo) -> ReplicaError? {
        guard state.role == "slave" else { return .notReplica(role: state.role ?? "") }
        if state.isSynchronising { return .synchronising }
        guard state.isLinkUp else { return .linkDown }
        guard state.history == primary.history else { return .otherPrimary }
        if let seconds = state.secondsSinceLastWord, .seconds(seconds) > longestLag { return .silent(seconds: seconds) }
        return nil
    }
}

/// What the server says of itself in `INFO replication`.
struct ReplicationInfo: Equatable, Sendable {
    /// One of a primary's replicas.
    struct Replica: Equatable, Sendable {
        var address: NodeAddress
        var isOnline: Bool
        /// Seconds since its last word; nil where it is not said.
        var lag: Int?
    }

    /// `master` or `slave`.
    var role: String?
    /// Two servers with the same one hold the same history.
    var history: String?
    /// How much of the history it has sent out.
    var offset: Int?
    /// Of a replica: how much of the history it has taken in.
    var replicaOffset: Int?
    /// Of a replica: whether its link to the primary is up.
    var isLinkUp = false
    /// Of a replica: how long ago the primary was heard of last, in seconds.
    var secondsSinceLastWord: Int?
    /// Of a replica: whether it is just being filled.
    var isSynchronising = false
    /// Of a primary.
    var replicas: [Replica] = []

    init(reply text: String) {
        let fields = text.fields()
        func number(_ name: String) -> Int? { fields[name].flatMap { Int($0) } }
        role = fields["role"]
        history = fields["master_replid"]
        offset = number("master_repl_offset")
        replicaOffset = number("slave_repl_offset")
        isLinkUp = fields["master_link_status"] == "up"
        secondsSinceLastWord = number("master_last_io_seconds_ago")
        isSynchronising = fields["master_sync_in_progress", default: "0"] != "0"
        let places = fields.keys.compactMap { $0.hasPrefix("slave") ? Int($0.dropFirst(5)) : nil }
        replicas = places.sorted().compactMap { fields["slave\($0)"].flatMap(ReplicationInfo.replica) }
    }

    /// `ip=10.0.0.2,port=6379,state=online,offset=14,lag=0`
    private static func replica(_ text: String) -> Replica? {
        let fields = text.fields(in: ",", named: "=")
        guard let host = fields["ip"], let port = fields["port"].flatMap({ Int($0) }) else { return nil }
        return Replica(
            address: NodeAddress(host: host, port: port), isOnline: fields["state"] == "online",
            lag: fields["lag"].flatMap { Int($0) })
    }

    static func read(_ connection: any RedisPipeline) throws(RedisError) -> ReplicationInfo {
        let reply = try connection.call(.info, CommandArguments([Array("replication".utf8)]))
        guard reply.kind(0) == .string else { throw .unexpectedReply(command: .info, expected: "a text") }
        return ReplicationInfo(reply: reply.text(0))
    }
}

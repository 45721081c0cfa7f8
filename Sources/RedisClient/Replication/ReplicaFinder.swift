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

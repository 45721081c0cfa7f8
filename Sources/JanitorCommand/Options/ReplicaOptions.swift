import RedisClient

/// Which replica is read instead of the primary.
struct ReplicaOptions: Equatable {
    /// Nil: the primary is asked for its replicas.
    var endpoint: Endpoint?
    var longestLag: Duration

    /// Nil where the primary itself is read.
    static func chosen(_ reader: OptionReader) throws(UsageError) -> ReplicaOptions? {
        let longestLag = try reader.duration(.maxLag, default: .seconds(10), isPositive: true)
        let source = try reader.readSource()
        let endpoint = try reader.replicaEndpoint()
        guard source == .replica || (source == nil && endpoint != nil) else { return nil }
        return ReplicaOptions(endpoint: endpoint, longestLag: longestLag)
    }

    /// Opens what census and survey read. Where the URL does not say who we are, we are who we are to the primary.
    func open(
        for primary: any RedisPipeline, _ options: Options
    ) throws(RedisError) -> any RedisPipeline {
        var endpoint = endpoint
        if endpoint?.password == nil, endpoint?.username == nil {
            endpoint?.username = options.endpoint.username
            endpoint?.password = options.endpoint.password
        }
        endpoint?.database = options.endpoint.database
        return try ReplicaFinder(longestLag: longestLag, timeout: options.timeout).replica(of: primary, at: endpoint)
    }
}

/// The way in: whatever answers at an endpoint, a server or a node of a cluster.
public enum Redis {
    /// Connects, and in a cluster finds out who its nodes are.
    public static func connect(
        to endpoint: Endpoint, mode: AccessMode, timeout: Duration, retries: RetryPolicy = .standard
    ) throws(RedisError) -> any RedisPipeline {
        let connection = try RedisConnection(to: endpoint, mode: mode, timeout: timeout, retries: retries)
        guard connection.server.mode == "cluster" else { return connection }
        return try ClusterConnection.open(connection, mode: mode, timeout: timeout, retries: retries)
    }
}

import COpenSSL
import Glibc

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

extension UnsafeRawBufferPointer {
    /// The first 64 bits of what `redis.sha1hex` makes of these bytes.
    package var sha1Prefix: UInt64 {
        withUnsafeTemporaryAllocation(byteCount: Int(SHA_DIGEST_LENGTH), alignment: 8) { digest in
            _ = SHA1(bindMemory(to: UInt8.self).baseAddress, count, digest.bindMemory(to: UInt8.self).baseAddress)
            return UInt64(bigEndian: digest.load(as: UInt64.self))
        }
    }
}

/// How often, and after which pauses, something that may pass is tried again.
public struct RetryPolicy: Sendable {
    /// The pause before each further attempt.
    public var pauses: [Duration]

    public init(pauses: [Duration]) {
        self.pauses = pauses
    }

    static let none = RetryPolicy(pauses: [])

    /// Five further attempts within about eight seconds.
    public static let standard = RetryPolicy(
        pauses: [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(4)])
}

extension Duration {
    /// Waits for so long, whatever signals come.
    package func sleep() {
        guard self > .zero else { return }
        let (seconds, attoseconds) = components
        var wanted = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        var left = timespec()
        while nanosleep(&wanted, &left) != 0, errno == EINTR { wanted = left }
    }
}

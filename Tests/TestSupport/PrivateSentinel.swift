/// A real sentinel of one's own, which watches over one service.
public final class PrivateSentinel: Sendable {
    public let service: String
    private let redis: PrivateRedis

    /// Watches over the primary on this port of 127.0.0.1. Alone it decides that a primary is down, after `downAfter`
    /// milliseconds; by default never within a test.
    public init(
        service: String = "main", primary port: Int, downAfter: Int = 600_000, _ arguments: [String] = [],
        password: Bytes? = nil
    ) throws {
        self.service = service
        let authentication = password.map { ["--requirepass", $0.text] } ?? []
        redis = try PrivateRedis(["--sentinel"] + authentication + arguments, listensOnPort: true)
        let client = try client(password)
        let name = Bytes(service)
        try client.call("SENTINEL", "MONITOR", name, "127.0.0.1", Bytes(port), "1")
        try client.call("SENTINEL", "SET", name, "down-after-milliseconds", Bytes(downAfter))
        try client.call("SENTINEL", "SET", name, "failover-timeout", "5000")
    }

    /// Where it listens, as it stands in a URL.
    public var host: String { "127.0.0.1:\(redis.port ?? 0)" }

    /// The URL that asks this sentinel alone.
    public var url: String { "redis+sentinel://\(host)/\(service)/0" }

    public func stop() { redis.stop() }

    private func client(_ password: Bytes?) throws -> TestClient {
        let client = try redis.client()
        if let password { try client.call("AUTH", password) }
        return client
    }

    /// Puts a replica in the place of the primary, and waits until it says so itself.
    public func failOver(to replica: PrivateRedis) throws {
        let client = try redis.client()
        // It knows no replica at first, and takes none that it has not heard of for a while.
        try Deadline.wait(for: "the beginning of the fail-over") {
            try client.ask("SENTINEL", "FAILOVER", Bytes(service)) == .status("OK")
        }
        // The sentinel ends the connections of those that it gives another role.
        try Deadline.wait(for: "the promotion of the replica") {
            (try? replica.client().call("ROLE").elements.first?.text) == "master"
        }
        try Deadline.wait(for: "the end of the fail-over") {
            let address = try client.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Bytes(service))
            return address.strings.last == Bytes(replica.port ?? 0)
        }
    }
}

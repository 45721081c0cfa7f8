/// Tells whether a server is still the primary that clients are led to.
///
/// One that stalled, was replaced and goes on answers as if nothing had happened: what it carries out then is lost. A
/// cluster has checks of its own.
public struct PrimaryCheck {
    private let connection: RedisConnection

    /// Nil for a cluster, and for a server that is no primary or does not tell: of that nothing can be said later.
    public init?(_ conversation: any RedisPipeline) throws(RedisError) {
        guard let connection = conversation as? RedisConnection else { return nil }
        self.connection = connection
        guard try PrimaryCheck.isPrimary(connection) != true else { return }
        guard connection.endpoint.isFoundBySentinel else { return nil }
        throw .primaryReplaced(old: connection.address.name, new: nil)
    }

    /// Asks the server itself.
    public func run() throws(RedisError) {
        guard try PrimaryCheck.isPrimary(connection) == false else { return }
        throw .primaryReplaced(old: connection.address.name, new: nil)
    }

    /// Asks the server, and all of its sentinels.
    public func runThoroughly() throws(RedisError) {
        guard case .sentinel(let service) = connection.endpoint.address else { return try run() }
        let resolver = SentinelResolver(service: service, tls: connection.endpoint.tls, timeout: connection.timeout)
        let named = resolver.primaries()
        // One that is behind may name a server that is no primary any more.
        for address in named where address != connection.address && isAnotherPrimary(address) {
            throw .primaryReplaced(old: connection.address.name, new: address.name)
        }
        guard named.contains(connection.address) else {
            throw .primaryReplaced(old: connection.address.name, new: named.first?.name)
        }
        try run()
    }

    private func isAnotherPrimary(_ address: Endpoint.Address) -> Bool {
        var endpoint = connection.endpoint
        endpoint.address = address
        guard
            let other = try? RedisConnection(
                to: endpoint, mode: .readOnly, timeout: connection.timeout, retries: .none)
        else { return false }
        // The same server may have two names.
        guard other.server.runIdentifier != connection.server.runIdentifier else { return false }
        return (try? PrimaryCheck.isPrimary(other)) == true
    }

    /// Nil where the server does not say.
    private static func isPrimary(_ connection: RedisConnection) throws(RedisError) -> Bool? {
        let reply = Reply()
        try connection.append(.role, CommandArguments())
        try connection.receiveAny(into: reply)
        guard reply.kind(0) == .array, reply.count > 1, reply.kind(1) == .string else { return nil }
        return reply.text(1) == "master"
    }
}

extension Endpoint.Address {
    /// As people write it.
    fileprivate var name: String {
        switch self {
        case .tcp(let host, let port): NodeAddress(host: host, port: port).description
        case .unix(let path): path
        case .sentinel(let service): service.description
        }
    }
}

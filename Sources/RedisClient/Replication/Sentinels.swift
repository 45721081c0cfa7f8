/// A service that Redis Sentinel watches over, and the sentinels to ask for its primary.
public struct SentinelService: Equatable, Sendable {
    /// The sentinels, in the order in which they are asked.
    public var sentinels: [NodeAddress]
    public var name: String
    /// Who we are to the sentinels, which is not who we are to the server.
    public var username: String?
    public var password: String?
}

extension SentinelService: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { sentinels.map(\.description).joined(separator: ",") + "/" + name }

    public var debugDescription: String { description }

    /// Keeps `dump` and the like from looking inside.
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}

/// Why the sentinels do not tell which server is the primary.
public enum SentinelError: Error, Equatable, Sendable {
    /// What came of asking one of them.
    public struct Attempt: Equatable, Sendable {
        public var sentinel: String
        public var error: RedisError

        public init(sentinel: String, error: RedisError) {
            self.sentinel = sentinel
            self.error = error
        }
    }

    /// None gave an answer.
    case unreachable([Attempt])
    /// They answer, but watch over nothing of this name.
    case unknownService(String)
}

/// Asks the sentinels of a service, in turn, where its primary is.
struct SentinelResolver {
    let service: SentinelService
    let tls: TLSSettings?
    let timeout: Duration

    /// One that is dead must not use up the time of the others.
    private static let longestTimeout = Duration.seconds(1)

    /// Where to connect to: what the sentinels say, where there are any.
    static func address(of endpoint: Endpoint, timeout: Duration) throws(RedisError) -> Endpoint.Address {
        guard case .sentinel(let service) = endpoint.address else { return endpoint.address }
        return try SentinelResolver(service: service, tls: endpoint.tls, timeout: timeout).primary()
    }

    /// Sentinels may be behind: only the server itself knows what it is.
    static func requirePrimary(_ connection: RedisConnection) throws(RedisError) {
        let reply = try connection.call(.role)
        guard reply.count > 1, reply.kind(1) == .string else {
            throw .unexpectedReply(command: .role, expected: "a role")
        }
        let role = reply.text(1)
        guard role == "master" else { throw .notPrimary(role: role) }
    }

    /// What the first that knows says.
    func primary() throws(RedisError) -> Endpoint.Address {
        var attempts: [SentinelError.Attempt] = []
        var isUnknown = false
        for sentinel in service.sentinels {
            do throws(RedisError) {
                if let address = try ask(sentinel) { return address }
                isUnknown = true
            } catch {
                attempts.append(SentinelError.Attempt(sentinel: sentinel.description, error: error))
            }
        }
        throw .sentinel(isUnknown ? .unknownService(service.name) : .unreachable(attempts))
    }

    /// What each of them says that can be asked.
    func primaries() -> [Endpoint.Address] {
        service.sentinels.compactMap { try? ask($0) }
    }

    private func ask(_ sentinel: NodeAddress) throws(RedisError) -> Endpoint.Address? {
        let endpoint = Endpoint(
            address: .tcp(host: sentinel.host, port: sentinel.port), username: service.username,
            password: service.password, tls: tls)
        let connection = try RedisConnection(
            to: endpoint, mode: .readOnly, timeout: min(timeout, SentinelResolver.longestTimeout), retries: .none,
            serverModes: ["sentinel"])
        let reply = try connection.call(.sentinelPrimary, CommandArguments([Array(service.name.utf8)]))
        if reply.kind(0) == .null { return nil }
        guard reply.count == 3, reply.kind(1) == .string, let port = Int(digits: reply.text(2)) else {
            throw .unexpectedReply(command: .sentinelPrimary, expected: "an address and a port")
        }
        return .tcp(host: reply.text(1), port: port)
    }
}

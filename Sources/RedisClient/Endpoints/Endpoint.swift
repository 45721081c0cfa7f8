/// Where a Redis server is, and who we are to it; its description never shows the password.
public struct Endpoint: Equatable, Sendable {
    public enum Address: Equatable, Sendable {
        case tcp(host: String, port: Int)
        case unix(path: String)
        /// The primary of a service, which its sentinels know.
        case sentinel(SentinelService)
    }

    public var address: Address
    public var username: String?
    public var password: String?
    public var database: Int
    /// Set where TLS is spoken, to the server and to its sentinels.
    public var tls: TLSSettings?
    /// Whether reading is not to count as use of the keys, where the server knows how.
    public var leavesIdleTimes = false

    public init(
        address: Address, username: String? = nil, password: String? = nil, database: Int = 0, tls: TLSSettings? = nil
    ) {
        self.address = address
        self.username = username
        self.password = password
        self.database = database
        self.tls = tls
    }

    var isFoundBySentinel: Bool {
        if case .sentinel = address { true } else { false }
    }
}

extension Endpoint: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The URL, with `***` in the place of a password, or of a user without one: `redis://PASSWORD@host` is a mistake
    /// that redis-cli forgives.
    public var description: String {
        let credentials = password == nil ? (username == nil ? "" : "***@") : (username ?? "") + ":***@"
        let scheme = tls == nil ? "redis" : "rediss"
        switch address {
        case .tcp(let host, let port):
            return "\(scheme)://\(credentials)\(NodeAddress(host: host, port: port))/\(database)"
        case .sentinel(let service):
            let own = [
                service.username.map { "sentinel_user=" + $0 }, service.password.map { _ in "sentinel_password=***" },
            ]
            let query = own.compactMap(\.self).joined(separator: "&")
            return "\(scheme)+sentinel://\(credentials)\(service)/\(database)" + (query.isEmpty ? "" : "?" + query)
        case .unix(let path):
            return "unix://\(credentials)\(path)?db=\(database)"
        }
    }

    /// The URL without user and password: where, but not who.
    public var location: String {
        var anonymous = self
        anonymous.username = nil
        anonymous.password = nil
        if case .sentinel(let service) = address {
            anonymous.address = .sentinel(SentinelService(sentinels: service.sentinels, name: service.name))
        }
        return anonymous.description
    }

    /// The passwords, for those who have to keep them out of somebody else's text.
    public var secrets: [String] {
        var passwords = [password]
        if case .sentinel(let service) = address { passwords.append(service.password) }
        return passwords.compactMap(\.self).filter { !$0.isEmpty }
    }

    public var debugDescription: String { description }

    /// Keeps `dump` and the like from looking inside.
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}

/// Why a URL is not the address of a Redis server; never shows a part of the URL, which may be a password.
public enum EndpointError: Error, Equatable, Sendable {
    case missingScheme
    case unknownScheme(String)
    case missingHost
    case invalidHost
    case invalidPort
    case invalidDatabase
    case conflictingDatabases
    case relativeSocketPath
    case socketPathTooLong(limit: Int)
    case invalidPercentEncoding
    case unknownParameter
    /// Sentinels are named, but not what they watch over.
    case missingService
    case invalidService
}

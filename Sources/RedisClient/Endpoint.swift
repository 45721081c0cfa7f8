/// Where a Redis server is, and who we are to it; its description never shows the password.
public struct Endpoint: Equatable, Sendable {
    public enum Address: Equatable, Sendable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    public var address: Address
    public var username: String?
    public var password: String?
    public var database: Int

    public init(address: Address, username: String? = nil, password: String? = nil, database: Int = 0) {
        self.address = address
        self.username = username
        self.password = password
        self.database = database
    }
}

extension Endpoint: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The URL, with `***` in the place of a password.
    public var description: String {
        let credentials = password == nil ? (username.map { $0 + "@" } ?? "") : (username ?? "") + ":***@"
        switch address {
        case .tcp(let host, let port):
            let bracketed = host.contains(":") ? "[\(host)]" : host
            return "redis://\(credentials)\(bracketed):\(port)/\(database)"
        case .unix(let path):
            return "unix://\(credentials)\(path)?db=\(database)"
        }
    }

    /// The URL without user and password: where, but not who.
    public var location: String {
        var anonymous = self
        anonymous.username = nil
        anonymous.password = nil
        return anonymous.description
    }

    public var debugDescription: String { description }

    /// Keeps `dump` and the like from looking inside.
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}

/// A service that Redis Sentinel watches over, and the sentinels to ask for its primary.
public struct SentinelService: Equatable, Sendable {
    public struct Host: Equatable, Sendable {
        public var name: String
        public var port: Int

        public init(name: String, port: Int) {
            self.name = name
            self.port = port
        }
    }

    /// The sentinels, in the order in which they are asked.
    public var sentinels: [Host]
    public var name: String
    /// Who we are to the sentinels, which is not who we are to the server.
    public var username: String?
    public var password: String?

    public init(sentinels: [Host], name: String, username: String? = nil, password: String? = nil) {
        self.sentinels = sentinels
        self.name = name
        self.username = username
        self.password = password
    }
}

extension SentinelService.Host: CustomStringConvertible {
    public var description: String {
        name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)"
    }
}

extension SentinelService: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { sentinels.map(\.description).joined(separator: ",") + "/" + name }

    public var debugDescription: String { description }

    /// Keeps `dump` and the like from looking inside.
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}

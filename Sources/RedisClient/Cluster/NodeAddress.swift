/// Where a node of a cluster listens.
public struct NodeAddress: Hashable, Sendable, CustomStringConvertible {
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port` as it stands in MOVED and ASK; an empty host means the one that answered.
    init?(_ text: Substring, answeredBy node: NodeAddress) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(digits: String(text[text.index(after: colon)...]))
        else { return nil }
        let host = String(text[..<colon])
        self.init(host: NodeAddress.isKnown(host) ? host : node.host, port: port)
    }

    /// Whether a node knows this name of a node: Redis writes an unknown one as nothing or as `?`.
    static func isKnown(_ host: String) -> Bool {
        !host.isEmpty && host != "?"
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension Endpoint {
    /// The same server's other node: who we are and how we speak stay, only the address is another.
    public func node(_ address: NodeAddress) -> Endpoint {
        var copy = self
        copy.address = .tcp(host: address.host, port: address.port)
        return copy
    }
}

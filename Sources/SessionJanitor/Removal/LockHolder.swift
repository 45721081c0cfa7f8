import FoundationEssentials

/// Who holds the lock; written into it as JSON, so that the one who is kept out can be told.
public struct LockHolder: Codable, Equatable, Sendable {
    public var host: String
    public var pid: Int32
    /// ISO 8601, UTC.
    public var since: String
    /// Tells this holder from every other one.
    public var token: String

    public init(host: String, pid: Int32, since: String) {
        self.host = host
        self.pid = pid
        self.since = since
        token = UUID().uuidString
    }
}

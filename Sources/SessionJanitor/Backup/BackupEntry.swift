/// An entry that was removed from a sorted set or a set.
public struct BackupEntry: Codable, Equatable, Sendable {
    public var indexKey: BackupBytes
    /// Epoch milliseconds; nil for an index key without an expiry time, as most are.
    public var indexExpiresAt: Int?
    public var member: BackupBytes
    /// As Redis writes it; nil for a set, which has none.
    public var score: String?
    /// The keys one of which has to be there for the entry to be of use.
    public var sessionKeys: [BackupBytes]

    enum CodingKeys: String, CodingKey {
        case indexKey = "index_key"
        case indexExpiresAt = "index_expires_at_ms"
        case member, score
        case sessionKeys = "session_keys"
    }
}

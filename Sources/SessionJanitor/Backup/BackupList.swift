/// The entries that one batch removed from a list.
public struct BackupList: Codable, Equatable, Sendable {
    public struct Entry: Codable, Equatable, Sendable {
        public var member: BackupBytes
        /// Its index in the list as it was before the batch; a member that stood there twice has two entries.
        public var position: Int
        public var sessionKeys: [BackupBytes]

        enum CodingKeys: String, CodingKey {
            case member, position
            case sessionKeys = "session_keys"
        }
    }

    public var indexKey: BackupBytes
    /// Epoch milliseconds; nil for an index key without an expiry time, as most are.
    public var indexExpiresAt: Int?
    /// By position.
    public var entries: [Entry]

    enum CodingKeys: String, CodingKey {
        case indexKey = "index_key"
        case indexExpiresAt = "index_expires_at_ms"
        case entries
    }
}

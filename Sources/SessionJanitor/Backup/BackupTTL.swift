public import FoundationEssentials

/// A TTL that was set on a key without any, and what the key holds, should the TTL end it.
public struct BackupTTL: Codable, Equatable, Sendable {
    public var key: BackupBytes
    /// When the key expires since then: epoch milliseconds by the server's clock.
    public var expiresAt: Int
    /// What `DUMP` gave; nil in backups of earlier versions.
    public var payload: Data?

    enum CodingKeys: String, CodingKey {
        case key
        case expiresAt = "expires_at_ms"
        case payload
    }
}

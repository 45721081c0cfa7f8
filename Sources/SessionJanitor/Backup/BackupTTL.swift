/// A TTL that was set on a key without any.
public struct BackupTTL: Codable, Equatable, Sendable {
    public var key: BackupBytes
    /// When the key expires since then: epoch milliseconds by the server's clock.
    public var expiresAt: Int

    enum CodingKeys: String, CodingKey {
        case key
        case expiresAt = "expires_at_ms"
    }
}

/// A field that was removed from a hash.
public struct BackupField: Codable, Equatable, Sendable {
    public var key: BackupBytes
    /// When the hash expires: epoch milliseconds; nil for one without an expiry time.
    public var expiresAt: Int?
    public var field: String
    public var value: BackupBytes

    enum CodingKeys: String, CodingKey {
        case key
        case expiresAt = "expires_at_ms"
        case field, value
    }
}

public import FoundationEssentials

/// A whole key that was removed.
public struct BackupKey: Codable, Equatable, Sendable {
    /// What the key was to the application.
    public enum Role: String, Codable, Sendable {
        case session, pointer, companion, presence
    }

    public var role: Role
    public var key: BackupBytes
    /// What `DUMP` gave.
    public var payload: Data
    /// Epoch milliseconds by the server's clock; nil for a key without an expiry time.
    public var expiresAt: Int?

    enum CodingKeys: String, CodingKey {
        case role, key, payload
        case expiresAt = "expires_at_ms"
    }

    init(role: Role, key: [UInt8], payload: [UInt8] = [], expiresAt: Int?) {
        self.role = role
        self.key = BackupBytes(key)
        self.payload = Data(payload)
        self.expiresAt = expiresAt
    }
}

/// The first line of a backup: what wrote it, when, and from which server.
public struct BackupHeader: Codable, Equatable, Sendable {
    /// What every version's header has.
    struct Form: Decodable {
        var format: String
        var version: Int
    }

    public static let format = "session-janitor-backup"
    public static let version = 2

    public var format = BackupHeader.format
    public var version = BackupHeader.version
    public var toolVersion: String
    /// ISO 8601, UTC.
    public var startedAt: String
    /// The server's address, without who we were to it.
    public var server: String
    /// Redis's `run_id`: the same process under another name is still the same server.
    public var runIdentifier: String?
    public var database: Int
    /// The key that keeps another run away while the backup is restored.
    public var lockKey: BackupBytes
    public var layout: BackupLayout

    enum CodingKeys: String, CodingKey {
        case format, version
        case toolVersion = "tool_version"
        case startedAt = "started_at"
        case server
        case runIdentifier = "run_id"
        case database
        case lockKey = "lock_key"
        case layout
    }

    public init(
        toolVersion: String, startedAt: String, server: String, runIdentifier: String?, database: Int, lockKey: [UInt8],
        layout: BackupLayout
    ) {
        self.toolVersion = toolVersion
        self.startedAt = startedAt
        self.server = server
        self.runIdentifier = runIdentifier
        self.database = database
        self.lockKey = BackupBytes(lockKey)
        self.layout = layout
    }
}

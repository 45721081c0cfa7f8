public import RedisClient

/// The first line of a backup: what wrote it, when, and from which server.
public struct BackupHeader: Codable, Equatable, Sendable {
    /// What every version's header has.
    struct Form: Decodable {
        var format: String
        var version: Int
    }

    static let format = "session-janitor-backup"
    static let version = 2

    var format = BackupHeader.format
    var version = BackupHeader.version
    var toolVersion: String
    /// ISO 8601, UTC.
    public var startedAt: String
    /// The server's address, without who we were to it.
    public var server: String
    /// Redis's `run_id`: the same process under another name is still the same server.
    public var runIdentifier: String?
    public var database: Int
    /// The key that keeps another run away while the backup is restored.
    public var lockKey: BackupBytes
    var layout: BackupLayout

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
}

extension BackupHeader {
    public init(toolVersion: String, startedAt: String, connection: any RedisPipeline, options: CleanupOptions) {
        self.init(
            toolVersion: toolVersion, startedAt: startedAt, server: connection.endpoint.location,
            runIdentifier: connection.server.runIdentifier, database: connection.endpoint.database,
            lockKey: BackupBytes(options.layout.lockKey), layout: BackupLayout(options))
    }
}

/// The layout of the run that wrote a backup: what its lines may speak of, and so what a restore may touch.
struct BackupLayout: Codable, Equatable, Sendable {
    enum ValueType: String, Codable, Sendable {
        case string, hash
    }

    var prefix: String
    var sessionKeys: [String]
    /// Nil where sessions of any type may have been removed.
    var sessionType: ValueType?
    var indexKeys: [String]
    var pointerKeys: [String]
    var companionKeys: [String]
    var presenceKeys: [String]

    enum CodingKeys: String, CodingKey {
        case prefix
        case sessionKeys = "session_keys"
        case sessionType = "session_type"
        case indexKeys = "index_keys"
        case pointerKeys = "pointer_keys"
        case companionKeys = "companion_keys"
        case presenceKeys = "presence_keys"
    }

    init(_ options: CleanupOptions) {
        let layout = options.layout
        prefix = layout.prefix
        sessionKeys = layout.sessionKeys.map(\.source)
        sessionType = options.judgesByIdleTime ? nil : layout.sessionType
        indexKeys = layout.indexKeys.map(\.template.source)
        pointerKeys = layout.pointerKeys.map(\.source)
        companionKeys = layout.companionKeys.map(\.source)
        presenceKeys = layout.presenceKeys.map(\.template.source)
    }
}

extension Layout {
    /// What a session has to be for its dates to be read; nil where it may be anything.
    fileprivate var sessionType: BackupLayout.ValueType? {
        guard scores.isEmpty, let source = dates.first?.source else { return nil }
        if case .hash = source { return .hash }
        return .string
    }
}

import FoundationEssentials

/// One line of a backup after its header: something that was removed, or a TTL that was set.
struct BackupRecord: Codable, Equatable, Sendable {
    /// What a whole key was to the application.
    enum Role: String, Codable {
        case session, pointer, companion, presence
    }

    struct Entry: Codable, Equatable, Sendable {
        var member: BackupBytes
        /// As Redis writes it; nil in a set and a list.
        var score: String?
        /// What it held, where it was a field of a hash.
        var value: BackupBytes?
        /// Its index in the list before the batch that removed it; a member that stood there twice has two entries.
        var position: Int?
        /// The keys one of which has to be there for the entry to be of use.
        var sessionKeys: [BackupBytes]

        enum CodingKeys: String, CodingKey {
            case member, score, value, position
            case sessionKeys = "session_keys"
        }
    }

    /// What went; payloads are what `DUMP` gave.
    enum Target: Equatable {
        case key(Role, payload: Data)
        /// Of a sorted set, a set or a hash.
        case entry(Entry)
        /// What one batch removed from a list, by position.
        case list([Entry])
        /// Of a hash.
        case field(String, value: BackupBytes)
        /// A TTL that was set on a key without any, and what it could end; nil in backups of earlier versions.
        case expiry(payload: Data?)
    }

    var key: BackupBytes
    /// When the key expires: epoch milliseconds by the server's clock; nil for one that does not.
    var expiresAt: Int?
    var target: Target

    init(_ key: some Sequence<UInt8>, expiresAt: Int?, _ target: Target) {
        self.key = BackupBytes(key)
        self.expiresAt = expiresAt
        self.target = target
    }

    private enum Kind: String, Codable {
        case key, entry, field, ttl
        case list = "list_entries"
    }

    private enum CodingKeys: String, CodingKey {
        case kind, key, role, payload, field, value, entries
        case expiresAt = "expires_at_ms"
        case indexKey = "index_key"
        case indexExpiresAt = "index_expires_at_ms"

        static func ofKey(_ kind: Kind) -> (name: CodingKeys, expiry: CodingKeys) {
            kind == .entry || kind == .list ? (.indexKey, .indexExpiresAt) : (.key, .expiresAt)
        }
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let kind = try values.decode(Kind.self, forKey: .kind)
        let names = CodingKeys.ofKey(kind)
        key = try values.decode(BackupBytes.self, forKey: names.name)
        expiresAt = try values.decodeIfPresent(Int.self, forKey: names.expiry)
        switch kind {
        case .key:
            target = .key(
                try values.decode(Role.self, forKey: .role), payload: try values.decode(Data.self, forKey: .payload))
        case .entry: target = .entry(try Entry(from: decoder))
        case .list: target = .list(try values.decode([Entry].self, forKey: .entries))
        case .field:
            target = .field(
                try values.decode(String.self, forKey: .field),
                value: try values.decode(BackupBytes.self, forKey: .value))
        case .ttl: target = .expiry(payload: try values.decodeIfPresent(Data.self, forKey: .payload))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        let kind: Kind
        switch target {
        case .key(let role, let payload):
            kind = .key
            try values.encode(role, forKey: .role)
            try values.encode(payload, forKey: .payload)
        case .entry(let entry):
            kind = .entry
            try entry.encode(to: encoder)
        case .list(let entries):
            kind = .list
            try values.encode(entries, forKey: .entries)
        case .field(let field, let value):
            kind = .field
            try values.encode(field, forKey: .field)
            try values.encode(value, forKey: .value)
        case .expiry(let payload):
            kind = .ttl
            try values.encodeIfPresent(payload, forKey: .payload)
        }
        let names = CodingKeys.ofKey(kind)
        try values.encode(kind, forKey: .kind)
        try values.encode(key, forKey: names.name)
        try values.encodeIfPresent(expiresAt, forKey: names.expiry)
    }

    /// The entries of an index key that it is of.
    var entries: [Entry] {
        switch target {
        case .entry(let entry): [entry]
        case .list(let entries): entries
        case .key, .field, .expiry: []
        }
    }
}

/// How many keys, entries and TTLs there are in records; a field of a hash counts as an entry.
public struct BackupCounts: Equatable, Sendable {
    public private(set) var keys = 0
    public private(set) var entries = 0
    public private(set) var ttls = 0

    public var all: Int { keys + entries + ttls }

    mutating func add(_ record: BackupRecord) {
        switch record.target {
        case .key: keys += 1
        case .entry, .field: entries += 1
        case .list(let list): entries += Set(list.map(\.member)).count
        case .expiry: ttls += 1
        }
    }
}

/// Bytes in a line of JSON: a string where they are UTF-8, else an object with their base64.
public struct BackupBytes: Codable, Hashable, Sendable {
    public var bytes: [UInt8]

    init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    private enum CodingKeys: CodingKey {
        case base64
    }

    public init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            bytes = Array(text.utf8)
        } else {
            bytes = Array(try decoder.container(keyedBy: CodingKeys.self).decode(Data.self, forKey: .base64))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        if let text = String(validating: bytes, as: UTF8.self) {
            var container = encoder.singleValueContainer()
            try container.encode(text)
        } else {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(Data(bytes), forKey: .base64)
        }
    }
}

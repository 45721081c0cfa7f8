/// One line of a backup after its header: something that was removed, or a TTL that was set.
public enum BackupRecord: Codable, Equatable, Sendable {
    case key(BackupKey)
    case entry(BackupEntry)
    case list(BackupList)
    case ttl(BackupTTL)
    case field(BackupField)

    private enum CodingKeys: CodingKey {
        case kind
    }

    private enum Kind: String, Codable {
        case key, entry, ttl, field
        case list = "list_entries"
    }

    public init(from decoder: any Decoder) throws {
        switch try decoder.container(keyedBy: CodingKeys.self).decode(Kind.self, forKey: .kind) {
        case .key: self = .key(try BackupKey(from: decoder))
        case .entry: self = .entry(try BackupEntry(from: decoder))
        case .list: self = .list(try BackupList(from: decoder))
        case .ttl: self = .ttl(try BackupTTL(from: decoder))
        case .field: self = .field(try BackupField(from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .key(let key):
            try container.encode(Kind.key, forKey: .kind)
            try key.encode(to: encoder)
        case .entry(let entry):
            try container.encode(Kind.entry, forKey: .kind)
            try entry.encode(to: encoder)
        case .list(let list):
            try container.encode(Kind.list, forKey: .kind)
            try list.encode(to: encoder)
        case .ttl(let ttl):
            try container.encode(Kind.ttl, forKey: .kind)
            try ttl.encode(to: encoder)
        case .field(let field):
            try container.encode(Kind.field, forKey: .kind)
            try field.encode(to: encoder)
        }
    }
}

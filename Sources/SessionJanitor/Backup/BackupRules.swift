import FoundationEssentials

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
    /// Those of them that are hashes; nil in backups of earlier versions.
    var indexHashes: [String]?
    var pointerKeys: [String]
    var companionKeys: [String]
    var presenceKeys: [String]

    enum CodingKeys: String, CodingKey {
        case prefix
        case sessionKeys = "session_keys"
        case sessionType = "session_type"
        case indexKeys = "index_keys"
        case indexHashes = "index_hashes"
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
        let hashes = layout.indexKeys.filter(\.holdsFields).map(\.template.source)
        indexHashes = hashes.isEmpty ? nil : hashes
        pointerKeys = layout.pointerKeys.map(\.source)
        companionKeys = layout.companionKeys.map(\.source)
        presenceKeys = layout.presenceKeys.map(\.template.source)
    }
}

extension Layout {
    /// What a session has to be for its dates to be read; nil where it may be anything.
    fileprivate var sessionType: BackupLayout.ValueType? {
        guard scores.isEmpty, !dates.isEmpty, sessionTypes.count == 1 else { return nil }
        return BackupLayout.ValueType(rawValue: sessionTypes[0])
    }
}

/// Checks what a line of a backup would do before it is done: whoever changes a file can give it the right checksum.
struct BackupRules {
    private typealias Role = BackupRecord.Role

    private let keys: [Role: [KeyTemplate]]
    private let sessionType: BackupLayout.ValueType?
    private let indexKeys: [KeyTemplate]
    private let indexHashes: [KeyTemplate]
    /// By the field.
    private let hashes: [String: [KeyTemplate]]

    /// What `DUMP` writes behind the type and the value: a version and a checksum.
    private static let footer = 10
    /// No list is so long, and a script's numbers are exact up to here.
    private static let mostPosition = 1 << 52

    init(_ layout: BackupLayout) throws(KeyTemplateError) {
        func templates(_ sources: [String]) throws(KeyTemplateError) -> [KeyTemplate] {
            try sources.map { source throws(KeyTemplateError) in try KeyTemplate(source, prefix: layout.prefix) }
        }
        let pointers = try layout.pointerKeys.map { source throws(KeyTemplateError) in
            try PointerKey(LayoutOption(.pointerKey, source), prefix: layout.prefix)
        }
        keys = [
            .session: try templates(layout.sessionKeys),
            .pointer: pointers.filter { $0.field == nil }.map(\.template),
            .companion: try templates(layout.companionKeys),
            .presence: try templates(layout.presenceKeys),
        ]
        sessionType = layout.sessionType
        indexKeys = try templates(layout.indexKeys)
        indexHashes = try templates(layout.indexHashes ?? [])
        hashes = Dictionary(grouping: pointers.filter { $0.field != nil }) { $0.field ?? "" }
            .mapValues { $0.map(\.template) }
    }

    /// Whether a run on this layout could have written it.
    func allow(_ record: BackupRecord) -> Bool {
        let key = record.key
        guard record.expiresAt ?? 1 > 0, record.entries.allSatisfy(allow) else { return false }
        switch record.target {
        case .key(let role, let payload): return matches(key, keys[role]) && isPayload(payload, of: role)
        case .entry(let entry):
            let isField = matches(key, indexHashes)
            return matches(key, indexKeys) && entry.position == nil && isField == (entry.value != nil)
                && (!isField || entry.score == nil)
        case .list(let entries):
            let positions = entries.compactMap(\.position)
            return matches(key, indexKeys) && positions.count == entries.count
                && entries.allSatisfy { $0.value == nil }
                && positions.allSatisfy { (0...BackupRules.mostPosition).contains($0) }
                && zip(positions, positions.dropFirst()).allSatisfy(<)
        case .field(let field, _): return matches(key, hashes[field])
        case .expiry(let payload):
            guard record.expiresAt != nil,
                let role = [Role.session, .presence].first(where: { matches(key, keys[$0]) })
            else { return false }
            return payload.map { isPayload($0, of: role) } ?? true
        }
    }

    /// What a record is of: its kind and the template of its key.
    func subject(of record: BackupRecord) -> (kind: Removal.Kind, template: KeyTemplate)? {
        func first(_ templates: [KeyTemplate]?) -> KeyTemplate? {
            record.key.bytes.withUnsafeBytes { key in templates?.first { $0.matches(key) } }
        }
        let (kind, template): (Removal.Kind, KeyTemplate?) =
            switch record.target {
            case .key(.session, _): (.session, first(keys[.session]))
            case .key(.pointer, _): (.pointer, first(keys[.pointer]))
            case .key(.companion, _): (.companion, first(keys[.companion]))
            case .key(.presence, _): (.presence, first(keys[.presence]))
            case .entry, .list: (.entry, first(indexKeys))
            case .field(let field, _): (.pointer, first(hashes[field]))
            case .expiry: (.ttl, first(keys[.session]) ?? first(keys[.presence]))
            }
        return template.map { (kind, $0) }
    }

    /// The session id that an entry names, or its member.
    func id(of entry: BackupRecord.Entry) -> [UInt8] { ids(in: entry.sessionKeys).first ?? entry.member.bytes }

    private func ids(in sessionKeys: [BackupBytes]) -> [[UInt8]] {
        sessionKeys.compactMap { key in
            var id: [UInt8]?
            for template in keys[.session] ?? [] where id == nil {
                _ = template.key(key.bytes) { name, value in
                    if name == "id" { id = value }
                    return value
                }
            }
            return id
        }
    }

    /// The user that a record names by its key, and the sessions that it is or names.
    func names(of record: BackupRecord) -> (user: [UInt8]?, ids: [[UInt8]]) {
        var names: [String: [UInt8]] = [:]
        _ = subject(of: record)?.template.key(record.key.bytes) { name, value in
            names[name] = value
            return value
        }
        var ids = names["id"].map { [$0] } ?? []
        if case .field(_, let value) = record.target { ids.append(value.bytes) }
        return (names["user"], ids + self.ids(in: record.entries.flatMap(\.sessionKeys)))
    }

    private func allow(_ entry: BackupRecord.Entry) -> Bool {
        entry.score.map(isScore) ?? true && entry.sessionKeys.count <= keys[.session]?.count ?? 0
    }

    /// Another word would be an option of the command that puts the entry back, and a number beyond a double's range an
    /// error that ends the restore.
    private func isScore(_ text: String) -> Bool {
        if ["inf", "-inf"].contains(text) { return true }
        let isZero = text.prefix { !"eE".contains($0) }.allSatisfy { "-.0".contains($0) }
        return Double(text).map { $0.isFinite && ($0 == 0) == isZero } ?? false
    }

    private func matches(_ key: BackupBytes, _ templates: [KeyTemplate]?) -> Bool {
        key.bytes.withUnsafeBytes { bytes in templates?.contains { $0.matches(bytes) } ?? false }
    }

    /// Whether a payload may be of such a key by its first byte, which is the type and encoding; later versions of Redis have
    /// further ones of hashes.
    private func isPayload(_ payload: Data, of role: Role) -> Bool {
        guard payload.count > BackupRules.footer, let first = payload.first else { return false }
        let type = role == .companion ? nil : role == .session ? sessionType : .string
        switch type {
        case nil: return true
        case .string: return first == 0
        case .hash: return [4, 9, 13, 16].contains(first) || first > 21
        }
    }
}

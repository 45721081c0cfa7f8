import FoundationEssentials

/// Checks what a line of a backup would do before it is done: whoever changes a file can give it the right checksum.
struct BackupRules {
    private let sessions: [KeyTemplate]
    private let sessionType: BackupLayout.ValueType?
    private let indexKeys: [KeyTemplate]
    private let pointers: [PointerKey]
    private let companions: [KeyTemplate]
    private let presenceKeys: [KeyTemplate]

    /// What `DUMP` writes behind the type and the value: a version and a checksum.
    private static let footer = 10
    /// No list is so long, and a script's numbers are exact up to here.
    private static let mostPosition = 1 << 52

    init(_ layout: BackupLayout) throws(KeyTemplateError) {
        func templates(_ sources: [String]) throws(KeyTemplateError) -> [KeyTemplate] {
            var templates: [KeyTemplate] = []
            for source in sources { templates.append(try KeyTemplate(source, prefix: layout.prefix)) }
            return templates
        }
        sessions = try templates(layout.sessionKeys)
        sessionType = layout.sessionType
        indexKeys = try templates(layout.indexKeys)
        var pointers: [PointerKey] = []
        for source in layout.pointerKeys {
            pointers.append(try PointerKey(LayoutOption(.pointerKey, source), prefix: layout.prefix))
        }
        self.pointers = pointers
        companions = try templates(layout.companionKeys)
        presenceKeys = try templates(layout.presenceKeys)
    }

    /// Whether a run on this layout could have written it.
    func allow(_ record: BackupRecord) -> Bool {
        switch record {
        case .key(let key): allow(key)
        case .entry(let entry):
            matches(entry.indexKey, indexKeys) && isTime(entry.indexExpiresAt) && isScore(entry.score)
                && entry.sessionKeys.count <= sessions.count
        case .list(let list):
            matches(list.indexKey, indexKeys) && isTime(list.indexExpiresAt) && areInOrder(list.entries)
        case .ttl(let ttl): isTime(ttl.expiresAt) && allow(ttl)
        case .field(let field):
            matches(field.key, pointers.filter { $0.field == field.field }.map(\.template)) && isTime(field.expiresAt)
        }
    }

    private func allow(_ key: BackupKey) -> Bool {
        let (templates, type): ([KeyTemplate], BackupLayout.ValueType?) =
            switch key.role {
            case .session: (sessions, sessionType)
            case .pointer: (pointers.filter { $0.field == nil }.map(\.template), .string)
            case .companion: (companions, nil)
            case .presence: (presenceKeys, .string)
            }
        return matches(key.key, templates) && isTime(key.expiresAt) && isPayload(key.payload, of: type)
    }

    /// Backups of earlier versions have no payload here.
    private func allow(_ ttl: BackupTTL) -> Bool {
        let isSession = matches(ttl.key, sessions)
        guard isSession || matches(ttl.key, presenceKeys) else { return false }
        return ttl.payload.map { isPayload($0, of: isSession ? sessionType : .string) } ?? true
    }

    private func isPayload(_ payload: Data, of type: BackupLayout.ValueType?) -> Bool {
        payload.count > BackupRules.footer && payload.first.map { BackupRules.mayBe(type, $0) } == true
    }

    private func matches(_ key: BackupBytes, _ templates: [KeyTemplate]) -> Bool {
        key.bytes.withUnsafeBytes { bytes in templates.contains { $0.matches(bytes) } }
    }

    private func isTime(_ milliseconds: Int?) -> Bool {
        milliseconds.map { $0 > 0 } ?? true
    }

    /// A word would be an option of the command that puts the entry back.
    private func isScore(_ text: String?) -> Bool {
        guard let text else { return true }
        return Double(text).map { !$0.isNaN } ?? false
    }

    private func areInOrder(_ entries: [BackupList.Entry]) -> Bool {
        let positions = entries.map(\.position)
        return entries.allSatisfy { $0.sessionKeys.count <= sessions.count }
            && positions.allSatisfy { (0...BackupRules.mostPosition).contains($0) }
            && zip(positions, positions.dropFirst()).allSatisfy(<)
    }

    /// Whether a payload may be of this type by its first byte, which is the type and encoding; later versions of Redis
    /// have others.
    private static func mayBe(_ type: BackupLayout.ValueType?, _ byte: UInt8) -> Bool {
        let hashes: Set<UInt8> = [4, 9, 13, 16]
        switch type {
        case nil: return true
        case .string: return byte == 0
        case .hash: return hashes.contains(byte) || byte > 21
        }
    }
}

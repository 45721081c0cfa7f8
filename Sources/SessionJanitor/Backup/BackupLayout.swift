/// The layout of the run that wrote a backup: what its lines may speak of, and so what a restore may touch.
public struct BackupLayout: Codable, Equatable, Sendable {
    public enum ValueType: String, Codable, Sendable {
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

    public init(_ options: CleanupOptions) {
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

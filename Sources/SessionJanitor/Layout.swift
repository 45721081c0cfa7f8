/// How an application lays its sessions out in Redis: which keys are sessions, which keys list them.
public struct Layout: Equatable, Sendable {
    /// `appauth`, or `custom` where a template was given.
    public let name: String
    public let prefix: String
    /// The session itself; its variable is the session id.
    public let sessionKey: KeyTemplate
    /// A user's list of session ids: a sorted set, set or list; its variable is the user.
    public let indexKey: KeyTemplate
    /// Where a session's value has its dates.
    public let dates = SessionDateFields(created: "ts", expiry: "exp")

    public static let defaultPrefix = "appauth"
    public static let defaultSessionKey = "{prefix}:sess:{id}"
    public static let defaultIndexKey = "{prefix}:usess:{user}"

    /// The default layout with another prefix or other templates; refused where they contradict each other.
    public init(
        prefix: String = defaultPrefix, sessionKey: String = defaultSessionKey, indexKey: String = defaultIndexKey
    ) throws(KeyTemplateError) {
        let isDefault = sessionKey == Layout.defaultSessionKey && indexKey == Layout.defaultIndexKey
        name = isDefault ? "appauth" : "custom"
        self.prefix = prefix
        self.sessionKey = try KeyTemplate(sessionKey, variable: .id, prefix: prefix)
        self.indexKey = try KeyTemplate(indexKey, variable: .user, prefix: prefix)
        guard !self.sessionKey.overlaps(self.indexKey) else { throw .overlap(sessionKey, indexKey) }
    }

    /// The key that keeps two runs apart.
    public var lockKey: [UInt8] { Array((prefix + ":janitor:lock").utf8) }

    /// The pattern for `SCAN … MATCH` that every key of this layout matches; nil if they have no beginning in common.
    public var scanPattern: [UInt8]? {
        let common = zip(sessionKey.head, indexKey.head).prefix { $0 == $1 }.map(\.0)
        guard !common.isEmpty else { return nil }
        var pattern: [UInt8] = []
        for byte in common {
            if "*?[]\\^-".utf8.contains(byte) { pattern.append(UInt8(ascii: "\\")) }
            pattern.append(byte)
        }
        return pattern + [UInt8(ascii: "*")]
    }
}

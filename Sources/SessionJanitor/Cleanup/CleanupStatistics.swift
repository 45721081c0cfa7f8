import FoundationEssentials

/// The numbers of a run; each is described in the contract's section 5 and keeps its name in JSON.
public struct CleanupStatistics: Equatable, Sendable, Encodable {
    public var indexKeysChecked = 0
    public var entriesChecked = 0
    public var validEntriesFound = 0
    public var orphanedEntriesFound = 0
    public var indexKeysCleaned = 0
    public var orphanedEntriesRemoved = 0
    public var emptyIndexKeysRemoved = 0
    public var emptyIndexKeysFound = 0
    public var expiredEntriesFound = 0
    public var expiredEntriesRemoved = 0
    public var sessionsChecked = 0
    public var expiredSessionsFound = 0
    public var expiredSessionsRemoved = 0
    public var undatedSessionsFound = 0
    public var unreadableSessionsFound = 0
    public var unindexedSessionsFound = 0
    public var revivedSessionsFound = 0
    public var unreadableIndexKeys = 0
    public var orphanedPointersFound = 0
    public var orphanedPointersRemoved = 0
    public var orphanedCompanionsFound = 0
    public var orphanedCompanionsRemoved = 0
    public var orphanedPresenceKeysFound = 0
    public var orphanedPresenceKeysRemoved = 0
    /// Pointers, companions and presence keys of sessions that expire, which go with them.
    public var expiredDependentsFound = 0
    public var expiredDependentsRemoved = 0
    public var idleSessionsFound = 0
    public var idleSessionsRemoved = 0
    /// Nil where they are estimated, as counting them would cost a command a session.
    public var sessionsWithoutTTLFound: Int?
    /// From a sample.
    public var sessionsWithoutTTLEstimated: Int?
    public var presenceKeysWithoutTTLFound = 0
    /// Keys that this run gives a TTL, of those without one that stay.
    public var missingTTLsFound = 0
    public var ttlsSet = 0
    public var writeCommandsSent = 0

    public init() {}

    enum CodingKeys: String, CodingKey {
        case indexKeysChecked = "user_sessions_checked"
        case entriesChecked = "total_sessions_checked"
        case validEntriesFound = "valid_sessions_found"
        case orphanedEntriesFound = "orphaned_sessions_found"
        case indexKeysCleaned = "user_sessions_cleaned"
        case orphanedEntriesRemoved = "orphaned_sessions_removed"
        case emptyIndexKeysRemoved = "empty_user_sessions_removed"
        case emptyIndexKeysFound = "empty_user_sessions_found"
        case expiredEntriesFound = "expired_entries_found"
        case expiredEntriesRemoved = "expired_entries_removed"
        case sessionsChecked = "sessions_checked"
        case expiredSessionsFound = "expired_sessions_found"
        case expiredSessionsRemoved = "expired_sessions_removed"
        case undatedSessionsFound = "undated_sessions_found"
        case unreadableSessionsFound = "unreadable_sessions_found"
        case unindexedSessionsFound = "unindexed_sessions_found"
        case revivedSessionsFound = "revived_sessions_found"
        case unreadableIndexKeys = "unreadable_index_keys"
        case orphanedPointersFound = "orphaned_pointers_found"
        case orphanedPointersRemoved = "orphaned_pointers_removed"
        case orphanedCompanionsFound = "orphaned_companions_found"
        case orphanedCompanionsRemoved = "orphaned_companions_removed"
        case orphanedPresenceKeysFound = "orphaned_presence_keys_found"
        case orphanedPresenceKeysRemoved = "orphaned_presence_keys_removed"
        case expiredDependentsFound = "expired_dependents_found"
        case expiredDependentsRemoved = "expired_dependents_removed"
        case idleSessionsFound = "idle_sessions_found"
        case idleSessionsRemoved = "idle_sessions_removed"
        case sessionsWithoutTTLFound = "sessions_without_ttl_found"
        case sessionsWithoutTTLEstimated = "sessions_without_ttl_estimated"
        case presenceKeysWithoutTTLFound = "presence_keys_without_ttl_found"
        case missingTTLsFound = "missing_ttls_found"
        case ttlsSet = "ttls_set"
        case writeCommandsSent = "write_commands_sent"
    }

    /// The numbers by their names in JSON, in a fixed order.
    public func numbers() throws -> [(name: String, value: Int)] {
        let object = try JSONDecoder().decode([String: Int].self, from: try JSONEncoder().encode(self))
        return object.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }
}

/// The numbers of a run; each is described in the contract's section 5 and keeps its name in JSON. What no stage found
/// out is 0 here, and unknown to ``subscript(_:)``.
public struct CleanupStatistics: Equatable, Sendable {
    public var indexKeysChecked = 0
    public var entriesChecked = 0
    public var validEntriesFound = 0
    public var orphanedEntriesFound = 0
    /// Entries without a session that are still there, those among them whose session this run has removed.
    public var orphanedEntriesLeft = 0
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
    /// Nil where index keys could not be read, which may list them.
    public var unindexedSessionsFound: Int? = 0
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

    /// The stages that came to their end: what another one would have found out is unknown.
    public var completed: Set<CleanupPhase>

    public init(completed: Set<CleanupPhase> = Set(CleanupPhase.allCases)) {
        self.completed = completed
    }

    /// One of the numbers, where it was found out.
    public subscript(path: PartialKeyPath<CleanupStatistics>) -> Int? {
        CleanupStatistics.figures.first { $0.path == path }.flatMap(value)
    }

    /// All that is told, by its name in JSON, in a fixed order; nil of what was not found out.
    public var numbers: [(name: String, value: Int?)] {
        CleanupStatistics.figures.compactMap { figure in
            let value = value(figure)
            return value == nil && figure.isOptional ? nil : (figure.name, value)
        }
    }

    private func value(_ figure: Figure) -> Int? {
        guard figure.stage.map(completed.contains) ?? true else { return nil }
        return self[keyPath: figure.path] as? Int
    }

    /// A number as it is told.
    private struct Figure {
        let name: String
        let path: any PartialKeyPath<CleanupStatistics> & Sendable
        /// The stage that finds it out; nil of what is known at every moment.
        let stage: CleanupPhase?
        /// Whether it is left out where it is unknown, as another one stands for it.
        let isOptional: Bool

        init(
            _ name: String, _ path: any PartialKeyPath<CleanupStatistics> & Sendable, from stage: CleanupPhase? = nil,
            isOptional: Bool = false
        ) {
            self.name = name
            self.path = path
            self.stage = stage
            self.isOptional = isOptional
        }
    }

    private static let figures = [
        Figure("user_sessions_checked", \.indexKeysChecked, from: .survey),
        Figure("total_sessions_checked", \.entriesChecked, from: .survey),
        Figure("valid_sessions_found", \.validEntriesFound, from: .secondLook),
        Figure("orphaned_sessions_found", \.orphanedEntriesFound, from: .secondLook),
        Figure("orphaned_sessions_left", \.orphanedEntriesLeft, from: .secondLook),
        Figure("user_sessions_cleaned", \.indexKeysCleaned, from: .secondLook),
        Figure("orphaned_sessions_removed", \.orphanedEntriesRemoved),
        Figure("empty_user_sessions_removed", \.emptyIndexKeysRemoved),
        Figure("empty_user_sessions_found", \.emptyIndexKeysFound, from: .secondLook),
        Figure("expired_entries_found", \.expiredEntriesFound, from: .secondLook),
        Figure("expired_entries_removed", \.expiredEntriesRemoved),
        Figure("sessions_checked", \.sessionsChecked, from: .census),
        Figure("expired_sessions_found", \.expiredSessionsFound, from: .census),
        Figure("expired_sessions_removed", \.expiredSessionsRemoved),
        Figure("undated_sessions_found", \.undatedSessionsFound, from: .census),
        Figure("unreadable_sessions_found", \.unreadableSessionsFound, from: .census),
        Figure("unindexed_sessions_found", \.unindexedSessionsFound, from: .survey),
        Figure("revived_sessions_found", \.revivedSessionsFound, from: .secondLook),
        Figure("unreadable_index_keys", \.unreadableIndexKeys, from: .survey),
        Figure("orphaned_pointers_found", \.orphanedPointersFound, from: .secondLook),
        Figure("orphaned_pointers_removed", \.orphanedPointersRemoved),
        Figure("orphaned_companions_found", \.orphanedCompanionsFound, from: .secondLook),
        Figure("orphaned_companions_removed", \.orphanedCompanionsRemoved),
        Figure("orphaned_presence_keys_found", \.orphanedPresenceKeysFound, from: .secondLook),
        Figure("orphaned_presence_keys_removed", \.orphanedPresenceKeysRemoved),
        Figure("expired_dependents_found", \.expiredDependentsFound, from: .secondLook),
        Figure("expired_dependents_removed", \.expiredDependentsRemoved),
        Figure("idle_sessions_found", \.idleSessionsFound, from: .census),
        Figure("idle_sessions_removed", \.idleSessionsRemoved),
        Figure("sessions_without_ttl_found", \.sessionsWithoutTTLFound, from: .census, isOptional: true),
        Figure("sessions_without_ttl_estimated", \.sessionsWithoutTTLEstimated, from: .census, isOptional: true),
        Figure("presence_keys_without_ttl_found", \.presenceKeysWithoutTTLFound, from: .survey),
        Figure("missing_ttls_found", \.missingTTLsFound, from: .secondLook),
        Figure("ttls_set", \.ttlsSet),
        Figure("write_commands_sent", \.writeCommandsSent),
    ].sorted { $0.name < $1.name }
}

extension CleanupStatistics: Encodable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for (name, value) in numbers { try container.encode(value, forKey: Name(stringValue: name)) }
    }
}

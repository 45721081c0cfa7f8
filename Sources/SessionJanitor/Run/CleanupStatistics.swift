/// The numbers of a run. What no stage found out is 0 here; ``completed`` tells which ones that are.
public struct CleanupStatistics: Equatable, Sendable {
    public var indexKeysChecked = 0
    public var entriesChecked = 0
    public var validEntriesFound = 0
    public var orphanedEntriesFound = 0
    /// How many index keys the orphaned entries stand in, and those of sessions that expire.
    public var usersOfOrphans = 0
    public var usersOfExpired = 0
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
    public var excessSessionsFound = 0
    public var excessSessionsRemoved = 0
    public var revokedSessionsRemoved = 0
    /// Nil where they are estimated, as counting them would cost a command a session.
    public var sessionsWithoutTTLFound: Int?
    /// From a sample.
    public var sessionsWithoutTTLEstimated: Int?
    public var presenceKeysWithoutTTLFound = 0
    /// Keys that this run gives a TTL, of those without one that stay.
    public var missingTTLsFound = 0
    public var ttlsSet = 0
    public var writeCommandsSent = 0

    /// How much was removed or changed.
    var changes: Int {
        orphanedEntriesRemoved + expiredEntriesRemoved + expiredSessionsRemoved + idleSessionsRemoved
            + orphanedPointersRemoved + orphanedCompanionsRemoved + orphanedPresenceKeysRemoved
            + expiredDependentsRemoved + ttlsSet
    }

    /// The stages that came to their end: what another one would have found out is unknown.
    public var completed: Set<CleanupPhase>

    public init(completed: Set<CleanupPhase> = Set(CleanupPhase.allCases)) {
        self.completed = completed
    }
}

/// What the execution of a plan came to.
struct RemovalResults {
    var orphanedEntriesRemoved = 0
    var expiredEntriesRemoved = 0
    var expiredSessionsRemoved = 0
    var idleSessionsRemoved = 0
    /// Index keys that lost an entry.
    var indexKeysCleaned = 0
    /// Index keys that lost their last entry, and so are gone.
    var indexKeysEmptied = 0
    /// Orphaned entries whose session had appeared by the time of the removal; kept.
    var revivedEntries = 0
    /// Entries of expired sessions whose session is still there; kept.
    var keptExpiredEntries = 0
    /// Orphaned entries that somebody else had removed.
    var orphanedEntriesGone = 0
    /// The same of entries of expired sessions.
    var expiredEntriesGone = 0
    /// Sessions that had ended by themselves.
    var sessionsGone = 0
    /// Sessions whose value was no longer the one that was judged; kept.
    var sessionsChanged = 0
    /// Entries whose index key had become another type; kept.
    var retypedEntries = 0
    /// Removals that were under way when the connection failed: carried out or not.
    var uncertainRemovals = 0
    /// Entries and sessions that stayed, as their part of a cluster is out of reach.
    var unreached = 0

    mutating func noteLiveSession(_ reason: RemovalReason) {
        switch reason {
        case .orphaned: revivedEntries += 1
        case .expired: keptExpiredEntries += 1
        }
    }

    mutating func noteGone(_ reason: RemovalReason) {
        switch reason {
        case .orphaned: orphanedEntriesGone += 1
        case .expired: expiredEntriesGone += 1
        }
    }

    /// Sessions that were removed, or need not be any more.
    var sessionsDealtWith: Int { expiredSessionsRemoved + idleSessionsRemoved + sessionsChanged + sessionsGone }

    static func + (first: RemovalResults, second: RemovalResults) -> RemovalResults {
        var sum = first
        sum.orphanedEntriesRemoved += second.orphanedEntriesRemoved
        sum.expiredEntriesRemoved += second.expiredEntriesRemoved
        sum.expiredSessionsRemoved += second.expiredSessionsRemoved
        sum.idleSessionsRemoved += second.idleSessionsRemoved
        sum.indexKeysCleaned += second.indexKeysCleaned
        sum.indexKeysEmptied += second.indexKeysEmptied
        sum.revivedEntries += second.revivedEntries
        sum.keptExpiredEntries += second.keptExpiredEntries
        sum.orphanedEntriesGone += second.orphanedEntriesGone
        sum.expiredEntriesGone += second.expiredEntriesGone
        sum.sessionsGone += second.sessionsGone
        sum.sessionsChanged += second.sessionsChanged
        sum.retypedEntries += second.retypedEntries
        sum.uncertainRemovals += second.uncertainRemovals
        sum.unreached += second.unreached
        return sum
    }
}

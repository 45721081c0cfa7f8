/// What the stages of a run found and did: all that its numbers come from.
struct CleanupFindings {
    /// The stages that came to their end.
    var completed: Set<CleanupPhase> = []

    // MARK: Census

    /// How many sessions there are, and how many keys they have.
    private(set) var sessions = 0
    private(set) var sessionKeys = 0
    private(set) var expired = 0
    private(set) var idle = 0
    /// Sessions beyond those that a user may have.
    var excess = 0
    /// Sessions without a date, the misdated among them.
    private(set) var undated = 0
    private(set) var misdated = 0
    private(set) var unreadable = 0
    var sessionsWithoutTTL: Int?
    var sessionsWithoutTTLEstimated: Int?

    // MARK: Survey

    private(set) var indexKeys = 0
    private(set) var entries = 0
    private(set) var validEntries = 0
    private(set) var listedSessions = 0
    private(set) var foreign = 0
    private(set) var unreadableIndexKeys = UnreadableIndexKeys()
    var unindexedSessions: Int? = 0
    /// Pointers, companions and presence keys.
    private(set) var dependents = 0
    /// For each pointer template, how many pointers name a session that exists.
    private(set) var pointersNaming: [Int] = []
    private(set) var presenceWithoutTTL = 0

    // MARK: Second look and plan

    /// What could not be looked at again.
    var unknown = RemovalTally()
    /// What a plan file does not list; kept.
    var unlisted = RemovalTally()
    var revived = 0
    var emptyIndexKeys = 0
    var planned = RemovalTally()
    var indexKeysPlanned = 0
    /// How many index keys lose an entry for each reason.
    var usersPlanned: [Removal.Reason: Int] = [:]

    // MARK: Removal

    var results = RemovalTally()
    var writeCommandsSent = 0

    mutating func note(_ censuses: [Census]) {
        sessions = censuses.first?.sessions.count ?? 0
        // On a cluster they share their sets.
        sessionKeys = censuses.first?.sessionKeyCount ?? 0
        for census in censuses {
            sessionKeys -= census.otherKeys
            misdated += census.misdated
            expired += census.expiredSessions.count - census.idle
            idle += census.idle
            undated += census.undated + census.misdated
            unreadable += census.unreadable
        }
    }

    mutating func note(_ surveys: [IndexSurvey]) {
        for survey in surveys {
            indexKeys += survey.indexKeysRead
            entries += survey.entriesRead
            validEntries += survey.validEntries
            listedSessions += survey.listedSessions
            foreign += survey.foreignMembers
            unreadableIndexKeys.add(survey.unreadable)
        }
    }

    mutating func note(_ survey: DependentSurvey) {
        dependents = survey.checked
        foreign += survey.foreign
        pointersNaming = survey.pointersNaming
        presenceWithoutTTL = survey.withoutTTL
    }

    /// What the plan holds that was not dealt with.
    var left: LeftOver {
        var left = LeftOver(entries: orphanedEntriesLeft)
        left.entriesOfRemovedSessions = results.entriesLeftBehind
        left.sessions = planned.count([.session], .planned) - dealtWith([.session])
        left.dependents = planned.count(Removal.Kind.dependents, .planned) - dealtWith(Removal.Kind.dependents)
        left.ttls = planned.count([.ttl], .planned) - results.count([.ttl], .removed, .gone)
        return left
    }

    private func dealtWith(_ kinds: [Removal.Kind]) -> Int { results.count(kinds, .removed, .gone, .kept, .unproven) }

    /// What was kept in the end was not orphaned after all.
    private func found(_ kind: Removal.Kind, _ reason: Removal.Reason) -> Int {
        planned[kind, reason, .planned] + unknown[kind, reason, .planned] + unlisted[kind, reason, .planned]
            - results[kind, reason, .kept]
    }

    private var orphanedEntriesLeft: Int {
        found(.entry, .orphaned) - results[.entry, .orphaned, .removed] - results[.entry, .orphaned, .gone]
            + results.entriesLeftBehind
    }

    func statistics(isDryRun: Bool) -> CleanupStatistics {
        var numbers = CleanupStatistics(completed: completed)
        let (revivedLate, keptExpired) = (results[.entry, .orphaned, .kept], results[.entry, .expired, .kept])
        numbers.indexKeysChecked = indexKeys
        numbers.entriesChecked = entries
        // A revived session is there, and so its entry is valid.
        numbers.validEntriesFound = validEntries + revived + revivedLate + keptExpired
        numbers.orphanedEntriesFound = found(.entry, .orphaned)
        numbers.usersOfOrphans = usersPlanned[.orphaned] ?? 0
        numbers.usersOfExpired = usersPlanned[.expired] ?? 0
        numbers.orphanedEntriesLeft = orphanedEntriesLeft
        numbers.orphanedEntriesRemoved = results[.entry, .orphaned, .removed]
        numbers.expiredEntriesFound = found(.entry, .expired)
        numbers.expiredEntriesRemoved = results[.entry, .expired, .removed]
        numbers.indexKeysCleaned = isDryRun ? indexKeysPlanned : results.indexKeysCleaned
        numbers.emptyIndexKeysFound = emptyIndexKeys
        numbers.emptyIndexKeysRemoved = results.indexKeysEmptied
        numbers.revivedSessionsFound = revived + revivedLate
        numbers.unreadableIndexKeys = unreadableIndexKeys.count
        numbers.sessionsChecked = sessionKeys
        numbers.expiredSessionsFound = expired
        numbers.expiredSessionsRemoved = results[.session, .expired, .removed]
        numbers.idleSessionsFound = idle
        numbers.idleSessionsRemoved = results[.session, .idle, .removed]
        numbers.excessSessionsFound = excess
        numbers.excessSessionsRemoved = results[.session, .excess, .removed]
        numbers.revokedSessionsRemoved = results[.session, .revoked, .removed]
        numbers.undatedSessionsFound = undated
        numbers.unreadableSessionsFound = unreadable
        numbers.unindexedSessionsFound = unindexedSessions
        numbers.sessionsWithoutTTLFound = sessionsWithoutTTL
        numbers.sessionsWithoutTTLEstimated = sessionsWithoutTTLEstimated
        numbers.presenceKeysWithoutTTLFound = presenceWithoutTTL
        numbers.orphanedPointersFound = found(.pointer, .orphaned)
        numbers.orphanedPointersRemoved = results[.pointer, .orphaned, .removed]
        numbers.orphanedCompanionsFound = found(.companion, .orphaned)
        numbers.orphanedCompanionsRemoved = results[.companion, .orphaned, .removed]
        numbers.orphanedPresenceKeysFound = found(.presence, .orphaned)
        numbers.orphanedPresenceKeysRemoved = results[.presence, .orphaned, .removed]
        for kind in Removal.Kind.dependents {
            numbers.expiredDependentsFound += found(kind, .expired)
            numbers.expiredDependentsRemoved += results[kind, .expired, .removed]
        }
        numbers.missingTTLsFound = planned[.ttl, .withoutTTL, .planned]
        numbers.ttlsSet = results[.ttl, .withoutTTL, .removed]
        numbers.writeCommandsSent = writeCommandsSent
        return numbers
    }
}

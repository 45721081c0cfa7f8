/// What the stages of a run found and did: all that its numbers come from.
struct CleanupFindings {
    /// What needs no further reckoning.
    var numbers = CleanupStatistics(completed: [])

    /// How many sessions there are; one may have several keys.
    private var sessions = 0
    /// Those among the sessions without a date that have one in another unit.
    private(set) var misdated = 0
    private var listedSessions = 0
    private(set) var foreign = 0
    private(set) var unreadableIndexKeys = UnreadableIndexKeys()
    /// For each index key template, how many entries name a session that exists.
    private(set) var entriesNaming = [Int](repeating: 0, count: 16)
    /// Pointers, companions and presence keys.
    private(set) var dependents = 0
    /// For each pointer template, how many pointers name a session that exists.
    private(set) var pointersNaming: [Int] = []

    private var planned = RemovalTally()
    private var indexKeysPlanned = 0
    /// How many index keys lose an entry for each reason.
    private var usersPlanned: [Removal.Reason: Int] = [:]
    /// What could not be looked at again.
    private var unknown = RemovalTally()
    /// What a plan file does not list; kept.
    private var unlisted = RemovalTally()

    var results = RemovalTally()

    mutating func note(_ censuses: [Census]) {
        // On a cluster they share their sets.
        sessions = censuses.first?.sessions.count ?? 0
        numbers.sessionsChecked = censuses.first?.sessionKeyCount ?? 0
        for census in censuses {
            numbers.sessionsChecked -= census.otherKeys
            misdated += census.misdated
            numbers.expiredSessionsFound += census.expiredSessions.count - census.idle
            numbers.idleSessionsFound += census.idle
            numbers.undatedSessionsFound += census.undated + census.misdated
            numbers.unreadableSessionsFound += census.unreadable
        }
    }

    /// `layout` and `isAll` say whether there is an index, and whether all of it was seen.
    mutating func note(_ surveys: [IndexSurvey], _ layout: Layout, isAll: Bool) {
        for survey in surveys {
            numbers.indexKeysChecked += survey.indexKeysRead
            numbers.entriesChecked += survey.entriesRead
            numbers.validEntriesFound += survey.validEntries
            listedSessions += survey.listedSessions
            foreign += survey.foreignMembers
            unreadableIndexKeys.add(survey.unreadable)
            for (template, count) in survey.named.enumerated() { entriesNaming[template] += count }
        }
        numbers.unreadableIndexKeys = unreadableIndexKeys.count
        // Where there is no index, nothing can be missing from one.
        let unindexed = layout.indexKeys.isEmpty ? 0 : sessions - listedSessions
        numbers.unindexedSessionsFound = isAll && unreadableIndexKeys.count == 0 ? unindexed : nil
    }

    mutating func note(_ survey: DependentSurvey) {
        dependents = survey.checked
        foreign += survey.foreign
        pointersNaming = survey.pointersNaming
        numbers.presenceKeysWithoutTTLFound = survey.withoutTTL
    }

    mutating func note(_ look: SecondLook) {
        unknown += look.unknown
        unlisted += look.unlisted
        numbers.revivedSessionsFound += look.revived
        numbers.emptyIndexKeysFound = look.emptyIndexKeys
    }

    mutating func note(_ plan: CleanupPlan) {
        planned = plan.counts
        indexKeysPlanned = plan.indexKeys
        usersPlanned = plan.log.indexKeysByReason
        numbers.missingTTLsFound = plan.count(.ttl)
    }

    /// What the plan holds that was not dealt with.
    var left: LeftOver {
        func left(_ kinds: [Removal.Kind]) -> Int {
            planned.count(kinds, .planned) - results.count(kinds, .removed, .gone, .kept, .unproven)
        }
        return LeftOver(
            entries: orphanedEntriesLeft, entriesOfRemovedSessions: results.entriesLeftBehind,
            sessions: left([.session]), dependents: left(Removal.Kind.dependents),
            ttls: planned.count([.ttl], .planned) - results.count([.ttl], .removed, .gone))
    }

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
        var numbers = numbers
        numbers.revivedSessionsFound += results[.entry, .orphaned, .kept]
        // A revived session is there, and so its entry is valid.
        numbers.validEntriesFound += numbers.revivedSessionsFound + results[.entry, .expired, .kept]
        numbers.orphanedEntriesFound = found(.entry, .orphaned)
        numbers.usersOfOrphans = usersPlanned[.orphaned] ?? 0
        numbers.usersOfExpired = usersPlanned[.expired] ?? 0
        numbers.orphanedEntriesLeft = orphanedEntriesLeft
        numbers.orphanedEntriesRemoved = results[.entry, .orphaned, .removed]
        numbers.expiredEntriesFound = found(.entry, .expired)
        numbers.expiredEntriesRemoved = results[.entry, .expired, .removed]
        numbers.indexKeysCleaned = isDryRun ? indexKeysPlanned : results.indexKeysCleaned
        numbers.emptyIndexKeysRemoved = results.indexKeysEmptied
        numbers.expiredSessionsRemoved = results[.session, .expired, .removed]
        numbers.idleSessionsRemoved = results[.session, .idle, .removed]
        numbers.excessSessionsRemoved = results[.session, .excess, .removed]
        numbers.revokedSessionsRemoved = results[.session, .revoked, .removed]
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
        numbers.ttlsSet = results[.ttl, .withoutTTL, .removed]
        return numbers
    }
}

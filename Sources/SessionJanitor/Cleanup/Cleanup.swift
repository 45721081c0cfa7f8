public import RedisClient

/// One run of the janitor: census, survey, second look, safety check, removal.
///
/// Never throws and never prints: whatever happens, there is a report of what was found and done until then.
public final class Cleanup {
    let connection: any RedisPipeline
    /// What census and survey read, if it is not the server itself.
    private let replica: (any RedisPipeline)?
    let options: CleanupOptions
    let observer: any CleanupObserver
    var checkpoint: () throws -> Void
    private let backup: BackupWriter?
    var statistics = CleanupStatistics(completed: [])
    var warnings: [CleanupWarning] = []
    /// By which sessions are judged.
    var clocks = ServerClocks()
    /// What there is to remove, once a run has found it out.
    public private(set) var plan: CleanupPlan?

    /// A dry run wants a connection that was opened for reading only. `backup` gets what is removed, before. `checkpoint`
    /// is called between batches; what it throws ends the run.
    public init(
        _ connection: any RedisPipeline, options: CleanupOptions, observer: any CleanupObserver,
        replica: (any RedisPipeline)? = nil, backup: BackupWriter? = nil,
        checkpoint: @escaping () throws -> Void = {}
    ) {
        self.connection = connection
        self.replica = replica
        self.options = options
        entriesNaming = options.layout.indexKeys.map { _ in 0 }
        pointersNaming = options.layout.pointerKeys.map { _ in 0 }
        self.observer = observer
        self.backup = backup
        self.checkpoint = checkpoint
    }

    /// Finds what there is to remove and, unless this is a dry run, removes it.
    public func run() -> CleanupReport {
        reporting { () throws in
            let plan = try makePlan()
            self.plan = plan
            if options.isDryRun {
                if let refusal { warnings.append(.wouldBeRefused(refusal)) }
                show(plan)
                return report(done)
            }
            return try carryOut(plan, on: connection, backup: backup)
        }
    }

    /// Removes what an earlier dry run of this very object has found, on a connection for writing.
    public func execute(
        on connection: any RedisPipeline, backup: BackupWriter? = nil, checkpoint: @escaping () throws -> Void = {}
    ) -> CleanupReport {
        self.checkpoint = checkpoint
        return reporting { () throws in
            guard let plan else { return report(done) }
            warnings.removeAll { if case .wouldBeRefused = $0 { true } else { false } }
            statistics.indexKeysCleaned = 0
            return try carryOut(plan, on: connection, backup: backup)
        }
    }

    private func reporting(_ work: () throws -> CleanupReport) -> CleanupReport {
        do {
            return try work()
        } catch let stop as RunStop {
            return report(.interrupted, stop: stop)
        } catch {
            return report(.failed, error: CleanupError(error))
        }
    }

    private var done: CleanupOutcome {
        statistics.unreadableIndexKeys > 0 || isPartial || !unreachable.isEmpty ? .partial : .completed
    }

    // MARK: Stages

    private func makePlan() throws -> CleanupPlan {
        let pacer = try measuredPacer(connection)
        clocks = try judgingClocks()
        let policy = try retentionPolicy(connection)
        let keys = try databaseSize()

        let source = replica ?? connection
        let walk = try keyspaceWalk(
            source, policy, options.countsTTL ? .all : TTLCount(sampleOf: keys), try measuredPacer(source))
        do {
            defer { noteCensus(walk) }
            try walk.takeCensus { [observer, checkpoint] in
                observer.progress(.census, done: Int(clamping: $0 * Double(keys ?? 0)), total: keys ?? 0)
                try checkpoint()
            }
        }
        let censusEnd = ContinuousClock.now
        if policy?.asksIdleTime == true, !source.server.leavesIdleTimes, walk.censuses.first?.reading != .nothing {
            warnings.append(.idleTimesReset)
        }
        if statistics.sessionsChecked == 0 { keysWithoutSession = try countKeys(walk, before: keys) }
        try countTTLs(of: walk, on: source)
        statistics.completed.insert(.census)

        let total = walk.censuses.reduce(0) { $0 + $1.indexKeys.count }
        defer { noteSurvey(walk) }
        try walk.readIndexKeys { [observer, checkpoint] in
            observer.progress(.survey, done: $0, total: total)
            try checkpoint()
        }

        let dependents = DependentSurvey(
            connection, layout: options.layout, censuses: walk.censuses, pacer: pacer, checkpoint: checkpoint)
        try dependents.run()
        let lastRead = ContinuousClock.now
        dependentsChecked = dependents.checked
        foreignDependents = dependents.foreign
        pointersNaming = dependents.pointersNaming
        for survey in walk.surveys {
            for (template, count) in survey.named.enumerated() { entriesNaming[template] += count }
        }
        statistics.presenceKeysWithoutTTLFound = dependents.withoutTTL
        statistics.completed.insert(.survey)

        let suspects = walk.surveys.reduce(0) { $0 + $1.candidates.orphaned }
        let look = SecondLook(connection, layout: options.layout, pacer: pacer) { [observer, checkpoint] in
            observer.progress(.secondLook, done: $0, total: suspects)
            try checkpoint()
        }
        // Missing in the census, and missing again now. That what named it is older than the grace time, too, is the
        // executor's to see to: it waits for it before the removal, which checks once more. A dry run has only this look.
        if suspects + dependents.suspects.count > 0 {
            observer.progress(.secondLook, done: 0, total: suspects)
            try Pacer.sleep(until: (options.isDryRun ? lastRead : censusEnd) + options.grace, checkpoint)
        }
        for survey in walk.surveys { try look.run(survey.candidates) }
        unreachable.items += look.unknown
        unreachable.note(connection)
        statistics.revivedSessionsFound = look.revived
        statistics.emptyIndexKeysFound = look.emptyIndexKeys
        let secondLook = DependentLook(
            connection, layout: options.layout, pacer: pacer, checkpoint: checkpoint)
        try secondLook.run(dependents.suspects)
        let sessions = ByteLog.joining(walk.censuses.map(\.expiredSessions))
        let countsScores = walk.censuses.first?.countsScores ?? false
        let plan = CleanupPlan(
            entries: look.confirmed, sessions: sessions,
            lastRead: lastRead,
            judged: ExpiryBasis(
                reading: walk.censuses.first?.reading ?? .string,
                countsScores: countsScores,
                idleSeconds: Int(clamping: (options.maximumIdle ?? .zero) / .seconds(1)),
                clocks: clocks),
            sessionsApart: countsScores && connection.isCluster
                ? ScoredSlots.countApart(sessions, options.layout) : 0,
            dependents: secondLook.confirmed,
            sessionsWithoutTTL: missing(options.layout.sessionTTLs, of: walk.censuses.map(\.withoutTTL)),
            presenceWithoutTTL: missing(options.layout.presenceKeys.map(\.ttl), of: [dependents.presenceWithoutTTL]))
        statistics.note(plan.dependents)
        statistics.missingTTLsFound = plan.missingTTLs
        // Of those that could not be looked at again the census's word counts.
        statistics.orphanedEntriesFound = plan.orphanedEntries + look.unknown
        statistics.expiredEntriesFound = plan.expiredEntries
        statistics.orphanedEntriesLeft = statistics.orphanedEntriesFound
        if options.isDryRun { statistics.indexKeysCleaned = plan.indexKeys }
        statistics.completed.insert(.secondLook)
        left.sessions = plan.expiredSessions
        left.dependents = plan.dependentCount
        left.ttls = plan.missingTTLs
        return plan
    }

    private func carryOut(
        _ plan: CleanupPlan, on connection: any RedisPipeline, backup: BackupWriter?
    ) throws -> CleanupReport {
        if let refusal { return report(.refused, refusal: refusal) }
        guard !plan.isEmpty else { return report(done) }
        let journal = try backup.map { try RemovalJournal(connection, $0) }
        let publisher = options.channel.map { RemovalPublisher(connection, channel: $0, layout: options.layout) }
        let primary = try watchPrimary(of: connection)
        do {
            defer { note(publisher) }
            try remove(plan, on: connection, journal, publisher)
            try removeDependents(of: plan, on: connection, journal, publisher)
        } catch let stop as RunStop {
            // What was removed until then has to be true as well.
            try primary?.runThoroughly()
            throw stop
        }
        try primary?.runThoroughly()
        return report(done)
    }

    /// Has the checkpoints ask, at most once a second, whether the server is still the primary; its sentinels as well if
    /// it has stalled, as that is when they replace it.
    private func watchPrimary(of connection: any RedisPipeline) throws(RedisError) -> PrimaryCheck? {
        guard let primary = try PrimaryCheck(connection) else { return nil }
        let (checkpoint, pause) = (checkpoint, Duration.seconds(1))
        var (last, asked) = (ContinuousClock.now, ContinuousClock.now)
        self.checkpoint = {
            try checkpoint()
            guard connection.unanswered == 0 else { return }
            let hasStalled = ContinuousClock.now - last > pause
            if hasStalled { try primary.runThoroughly() }
            last = .now
            guard last - asked > pause else { return }
            asked = last
            if !hasStalled { try primary.run() }
        }
        return primary
    }

    private func remove(
        _ plan: CleanupPlan, on connection: any RedisPipeline, _ journal: RemovalJournal?,
        _ publisher: RemovalPublisher?
    ) throws {
        let executor = CleanupExecutor(
            connection, layout: options.layout, pacer: try measuredPacer(connection), observer: observer,
            journal: journal, publisher: publisher, checkpoint: checkpoint)
        defer {
            note(executor.results, leftBehind: executor.entriesLeftBehind(plan))
            unreachable.note(connection)
            statistics.writeCommandsSent = connection.writeCommandsSent
        }
        try executor.run(plan, grace: options.grace)
    }

    // MARK: Numbers

    private func noteCensus(_ walk: any KeyspaceWalk) {
        sessionCount = walk.censuses.first?.sessions.count ?? 0
        // On a cluster they share their sets.
        statistics.sessionsChecked = walk.censuses.first?.sessionKeyCount ?? 0
        var misdated = 0
        for census in walk.censuses {
            misdated += census.misdated
            statistics.expiredSessionsFound += census.expiredSessions.count - census.idle
            statistics.idleSessionsFound += census.idle
            statistics.undatedSessionsFound += census.undated + census.misdated
            statistics.unreadableSessionsFound += census.unreadable
        }
        let (undated, unreadable) = (statistics.undatedSessionsFound, statistics.unreadableSessionsFound)
        if misdated > 0 {
            warnings.append(.misdatedSessions(misdated, of: undated))
        } else if undated > 0 {
            warnings.append(.undatedSessions(undated))
        }
        if unreadable > 0 { warnings.append(.unreadableSessions(unreadable)) }
        noteUnstableSlots(of: walk)
    }

    private func noteSurvey(_ walk: any KeyspaceWalk) {
        var unreadable = UnreadableIndexKeys()
        var listed = 0
        for survey in walk.surveys {
            statistics.indexKeysChecked += survey.indexKeysRead
            statistics.entriesChecked += survey.entriesRead
            statistics.validEntriesFound += survey.validEntries
            listed += survey.listedSessions
            unreadable.add(survey.unreadable)
        }
        // A revived session is there, and so its entry is valid.
        statistics.validEntriesFound += statistics.revivedSessionsFound
        // Where there is no index, nothing can be missing from one.
        statistics.unindexedSessionsFound = options.layout.indexKeys.isEmpty ? 0 : sessionCount - listed
        if unreadable.count + walk.unread.indexKeys + walk.unstableSlots > 0 {
            statistics.unindexedSessionsFound = nil
        }
        unreachable.indexKeys += walk.unread.indexKeys
        unreachable.nodes.formUnion(walk.unread.nodes)
        let foreign = walk.surveys.reduce(foreignDependents) { $0 + $1.foreignMembers }
        if foreign > 0 { warnings.append(.foreignNames(foreign)) }
        statistics.unreadableIndexKeys = unreadable.count
        if unreadable.count > 0 { warnings.append(.unreadableIndexKeys(unreadable)) }
    }

    private func note(_ results: RemovalResults, leftBehind: Int) {
        statistics.indexKeysCleaned = results.indexKeysCleaned
        statistics.orphanedEntriesRemoved = results.orphanedEntriesRemoved
        statistics.expiredEntriesRemoved = results.expiredEntriesRemoved
        statistics.expiredSessionsRemoved = results.expiredSessionsRemoved
        statistics.idleSessionsRemoved = results.idleSessionsRemoved
        statistics.emptyIndexKeysRemoved = results.indexKeysEmptied
        // Whose session was there at the removal was not orphaned after all.
        statistics.revivedSessionsFound += results.revivedEntries
        statistics.orphanedEntriesFound -= results.revivedEntries
        statistics.expiredEntriesFound -= results.keptExpiredEntries
        statistics.validEntriesFound += results.revivedEntries + results.keptExpiredEntries
        let orphaned = statistics.orphanedEntriesFound - results.orphanedEntriesRemoved - results.orphanedEntriesGone
        statistics.orphanedEntriesLeft = orphaned + leftBehind
        left.entriesOfRemovedSessions = leftBehind
        left.sessions -= results.sessionsDealtWith
        unreachable.items += results.unreached
        if results.retypedEntries + results.uncertainRemovals > 0 { isPartial = true }
        if results.sessionsChanged > 0 { warnings.append(.changedSessions(results.sessionsChanged)) }
        if results.retypedEntries > 0 { warnings.append(.retypedEntries(results.retypedEntries)) }
        if results.uncertainRemovals > 0 { warnings.append(.uncertainRemovals(results.uncertainRemovals)) }
    }

    /// What was lost of a cluster after the census.
    private var unreachable = Unreachable()

    /// How many sessions there are, of which one may have several keys.
    private var sessionCount = 0
    /// How many pointers, companions and presence keys were read.
    var dependentsChecked = 0
    private var foreignDependents = 0
    /// For each index key template and each pointer template, how many entries and pointers name a session that exists.
    private(set) var entriesNaming: [Int]
    private(set) var pointersNaming: [Int]
    /// Nil where there are sessions.
    private(set) var keysWithoutSession: KeysWithoutSession?

    /// What the plan holds that was not dealt with; of entries the statistics tell.
    var left = LeftOver(entries: 0)

    private var isPlanMade: Bool { statistics.completed.contains(.secondLook) }
    /// Whether no key can have been missed.
    private var isAllSeen: Bool {
        unreachable.indexKeys == 0 && !warnings.contains { if case .unstableSlots = $0 { true } else { false } }
    }
    /// Whether something planned could not be processed.
    var isPartial = false

    private func consistency(after outcome: CleanupOutcome, _ error: CleanupError?) -> Consistency {
        guard isPlanMade else { return .unknown }
        if case .redis(.primaryReplaced) = error { return .unknown }
        if statistics.orphanedEntriesLeft > 0 { return .needsRepair }
        // What was not seen to the end is not known to be good.
        if outcome == .failed || !isAllSeen { return .unknown }
        if let keysWithoutSession, keysWithoutSession.matching == 0, keysWithoutSession.others != 0 { return .unknown }
        return statistics.orphanedEntriesFound == 0 ? .good : .repaired
    }

    private func report(
        _ outcome: CleanupOutcome, refusal: Refusal? = nil, stop: RunStop? = nil, error: CleanupError? = nil
    ) -> CleanupReport {
        if outcome != .failed, outcome != .interrupted, let keysWithoutSession, keysWithoutSession.matching == 0 {
            warnings.append(.nothingMatches(options.layout, otherKeys: keysWithoutSession.others))
        }
        if !unreachable.isEmpty {
            // What was looked at and what was removed is told at once.
            warnings.removeAll { if case .unreachable = $0 { true } else { false } }
            warnings.append(.unreachable(unreachable))
        }
        left.entries = statistics.orphanedEntriesLeft
        let left = isPlanMade ? left : nil
        if stop == .timeIsUp { warnings.append(.timeIsUp(left)) }
        return CleanupReport(
            statistics: statistics, consistency: consistency(after: outcome, error), left: left, outcome: outcome,
            warnings: warnings, refusal: refusal, stop: stop, error: error)
    }
}

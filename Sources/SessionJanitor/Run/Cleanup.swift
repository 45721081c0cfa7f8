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
    /// What alone may be removed; nil where everything may that is found.
    let selection: Selection?
    /// What the stages found and did.
    var found = CleanupFindings()
    /// The numbers, as far as they are known.
    var statistics: CleanupStatistics { found.statistics(isDryRun: options.isDryRun && !isExecuting) }
    /// Whether the plan of a dry run is carried out after all.
    private var isExecuting = false
    var warnings: [CleanupWarning] = []
    /// By which sessions are judged.
    var clocks = ServerClocks()
    /// What there is to remove, once a run has found it out.
    public private(set) var plan: CleanupPlan?

    /// A dry run wants a connection that was opened for reading only. `backup` gets what is removed, before. With `selection`
    /// only what that lists is removed, if it would be without. `checkpoint` is called between batches; what it throws ends the run.
    public init(
        _ connection: any RedisPipeline, options: CleanupOptions, observer: any CleanupObserver,
        replica: (any RedisPipeline)? = nil, backup: BackupWriter? = nil, selection: Selection? = nil,
        checkpoint: @escaping () throws -> Void = {}
    ) {
        self.connection = connection
        self.replica = replica
        self.options = options
        self.observer = observer
        self.backup = backup
        self.selection = selection
        self.checkpoint = checkpoint
    }

    /// Finds what there is to remove and, unless this is a dry run, removes it.
    public func run() -> CleanupReport {
        reporting { () throws in
            let plan = try makePlan()
            if options.isDryRun {
                if let refusal { warnings.append(.wouldBeRefused(refusal)) }
                if observer.wantsRemovals {
                    var groups = RemovalGroups(options.layout, observer)
                    plan.forEach(options.layout) { groups.add($0) }
                    groups.finish()
                }
                return report(done)
            }
            return try carryOut(plan, on: connection, backup: backup)
        }
    }

    /// Removes what this very object has found earlier, on a connection for writing.
    public func execute(
        on connection: any RedisPipeline, backup: BackupWriter? = nil, checkpoint: @escaping () throws -> Void = {}
    ) -> CleanupReport {
        self.checkpoint = checkpoint
        isExecuting = true
        return reporting { () throws in
            guard let plan else { return report(done) }
            warnings.removeAll { if case .wouldBeRefused = $0 { true } else { false } }
            return try carryOut(plan, on: connection, backup: backup)
        }
    }

    private func reporting(_ work: () throws -> CleanupReport) -> CleanupReport {
        do {
            return try work()
        } catch let stop as RunStop {
            return report(.interrupted, stop: stop)
        } catch {
            let error = CleanupError(error)
            return report(error.isRefusal ? .refused : .failed, error: error)
        }
    }

    private var done: CleanupOutcome {
        found.unreadableIndexKeys.count > 0 || isPartial || !unreachable.isEmpty ? .partial : .completed
    }

    // MARK: Stages

    /// Finds what there is to remove; ``plan`` has it from then on.
    @discardableResult
    func makePlan() throws -> CleanupPlan {
        if case .plan(let file) = selection { try file.requireSameServer(connection) }
        let pacer = try measuredPacer(connection)
        clocks = try judgingClocks()
        var policy = try retentionPolicy(connection)
        if options.maximumSessions != nil { policy?.rankedBy = options.layout.rank }
        let keys = try databaseSize()

        let source = replica ?? connection
        let walk = keyspaceWalk(source, policy, options.countsTTL ? .all : TTLCount(sampleOf: keys))
        do {
            defer { noteCensus(walk) }
            try walk.takeCensus { [observer, checkpoint] in
                observer.progress(.census, done: Int(clamping: $0 * Double(keys ?? 0)), total: keys ?? 0)
                try checkpoint()
            }
        }
        if policy?.asksIdleTime == true, !source.server.leavesIdleTimes, walk.censuses.first?.reading != .nothing {
            warnings.append(.idleTimesReset)
        }
        if found.numbers.sessionsChecked == 0 { keysWithoutSession = try countKeys(walk, before: keys) }
        try countTTLs(of: walk, on: source)
        let excess = try findExcess(walk, on: source, policy)
        found.numbers.completed.insert(.census)

        let sessions = ExpiredSessions(ByteLog.joining(walk.censuses.map(\.expiredSessions)), options.layout)
        let expired = sessions.log.isEmpty ? nil : ExpiredSessions.Places(sessions)
        let total = walk.censuses.reduce(0) { $0 + $1.indexKeys.count }
        defer { noteSurvey(walk) }
        try walk.readIndexKeys(expired) { [observer, checkpoint] in
            observer.progress(.survey, done: $0, total: total)
            try checkpoint()
        }
        let dependents = DependentSurvey(
            connection, layout: options.layout, censuses: walk.censuses, expired: expired, pacer: pacer,
            checkpoint: checkpoint)
        try dependents.run()
        found.note(dependents)
        found.numbers.completed.insert(.survey)
        let suspects = walk.surveys.map(\.candidates) + [dependents.suspects]
        let confirmed = try lookAgain(suspects, sessions, on: connection, pacer)
        let reader = excess?.reader
        let countsScores = reader.map { $0.scores != nil } ?? walk.censuses.first?.countsScores ?? false
        let plan = CleanupPlan(
            confirmed, sessions: sessions,
            judged: ExpiryBasis(
                reading: reader?.reading ?? walk.censuses.first?.reading ?? .string, countsScores: countsScores,
                idleSeconds: Int(clamping: (options.maximumIdle ?? .zero) / .seconds(1)), clocks: clocks,
                deadValues: options.layout.deadValues),
            sessionsApart: countsScores ? countApart(sessions) : 0,
            sessionsWithoutTTL: missing(
                options.layout.sessionTTLs, options.layout.sessionKeys, of: walk.censuses.map(\.withoutTTL)),
            presenceWithoutTTL: missing(
                options.layout.presenceKeys.map(\.ttl), options.layout.presenceKeys.map(\.template),
                of: [dependents.presenceWithoutTTL]))
        found.note(plan)
        if case .plan(let selection) = selection {
            let outdated = selection.count - plan.counts.count(Removal.Kind.allCases, .planned)
            if outdated > 0 { warnings.append(.outdatedPlan(outdated, of: selection.count)) }
        }
        found.numbers.completed.insert(.secondLook)
        self.plan = plan
        return plan
    }

    /// Finds the sessions beyond the limit; nil where there is none.
    private func findExcess(
        _ walk: KeyspaceWalk, on connection: any RedisPipeline, _ policy: RetentionPolicy?
    ) throws -> ExcessSessions? {
        guard let limit = options.maximumSessions else { return nil }
        var ranking = policy
        if ranking == nil, let rank = options.layout.rank {
            ranking = RetentionPolicy(now: 0, maxAgeDays: nil)
            ranking?.rankedBy = rank
        }
        let excess = ExcessSessions(
            connection, layout: options.layout, policy: ranking, limit: limit, censuses: walk.censuses,
            pacer: try measuredPacer(connection), checkpoint: checkpoint)
        try excess.run()
        found.numbers.excessSessionsFound = excess.count
        return excess
    }

    /// Missing in the census, and missing again now. That what named it is older than the grace time, too, is the removal's to
    /// see to: it waits for it, and checks once more. A dry run has only this look, and reads nothing for a removal.
    private func lookAgain(
        _ suspects: [RemovalLog], _ sessions: ExpiredSessions, on connection: any RedisPipeline, _ pacer: Pacer
    ) throws -> RemovalLog {
        let isDryRun = options.isDryRun && !isExecuting
        let count = suspects.reduce(0) { $0 + $1.counts.count([.entry, .pointer, .companion], .planned) }
        let look = SecondLook(
            connection, layout: options.layout, sessions: sessions, selection: selection, readsScores: !isDryRun,
            pacer: pacer
        ) { [observer, checkpoint] in
            observer.progress(.secondLook, done: $0, total: count)
            try checkpoint()
        }
        if count > 0 {
            observer.progress(.secondLook, done: 0, total: count)
            if isDryRun { try Pacer.sleep(until: .now + options.grace, checkpoint) }
        }
        for log in suspects { try look.run(log) }
        found.note(look)
        unreachable.items += look.unknown.count(Removal.Kind.allCases, .planned)
        unreachable.note(connection)
        return look.confirmed
    }

    /// How many sessions a cluster keeps in another slot than the sorted sets that have their dates.
    ///
    /// Nothing sees both at one moment. If such a session were taken out, a score that has changed since would have to bring
    /// it back; but whether its user has ended it meanwhile could not be told any more, and an ended session must not come
    /// back.
    private func countApart(_ sessions: ExpiredSessions) -> Int {
        var builder = RemovalItems(options.layout, connection, countsScores: true)
        var cursor = ByteLog.Cursor()
        var apart = 0
        while connection.isCluster, let (session, _) = sessions.next(&cursor) {
            if builder.session(session).isCrossSlot { apart += 1 }
        }
        return apart
    }

    private func carryOut(
        _ plan: CleanupPlan, on connection: any RedisPipeline, backup: BackupWriter?
    ) throws -> CleanupReport {
        if let refusal { return report(.refused, refusal: refusal) }
        guard !plan.isEmpty else { return report(done) }
        let publisher = options.channel.map { RemovalPublisher(connection, channel: $0, layout: options.layout) }
        let primary = try watchPrimary(of: connection)
        do {
            try remove(plan, on: connection, backup, publisher)
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
        _ plan: CleanupPlan, on connection: any RedisPipeline, _ backup: BackupWriter?, _ publisher: RemovalPublisher?
    ) throws {
        let pacer = try measuredPacer(connection)
        var plan = plan
        if !plan.log.holdsMarks {
            // A dry run has made it.
            plan = plan.with(try lookAgain([plan.log], plan.sessions, on: connection, pacer))
            found.note(plan)
            // The log of the former one was given back on the way.
            self.plan = plan
        }
        let remover = Remover(
            connection, plan, layout: options.layout, pacer: pacer, observer: observer, backup: backup,
            publisher: publisher, checkpoint: checkpoint)
        defer {
            note(remover.results, publisher)
            unreachable.note(connection)
            found.numbers.writeCommandsSent = connection.writeCommandsSent
        }
        try remover.run(grace: options.grace)
        try remover.removePresenceKeys(grace: options.grace) { suspects in
            let walk = keyspaceWalk(connection, try retentionPolicy(connection), .none, leavingAlone: suspects)
            try walk.takeCensus { [checkpoint] _ in try checkpoint() }
            guard walk.unstableSlots == 0 else {
                noteUnstableSlots(of: walk)
                return nil
            }
            return walk.censuses.first?.users
        }
        if let missing = options.missingTTL { try remover.setTTLs(missing) }
    }

    // MARK: Numbers

    private func noteCensus(_ walk: KeyspaceWalk) {
        found.note(walk.censuses)
        if found.misdated > 0 {
            warnings.append(.misdatedSessions(found.misdated, of: found.numbers.undatedSessionsFound))
        } else if found.numbers.undatedSessionsFound > 0 {
            warnings.append(.undatedSessions(found.numbers.undatedSessionsFound))
        }
        let unreadable = found.numbers.unreadableSessionsFound
        if unreadable > 0 { warnings.append(.unreadableSessions(unreadable)) }
        if walk.censuses.contains(where: \.takesDatesForUTC) { warnings.append(.datesTakenForUTC) }
        noteUnstableSlots(of: walk)
    }

    private func noteSurvey(_ walk: KeyspaceWalk) {
        let unread = walk.unread
        found.note(walk.surveys, options.layout, isAll: unread.indexKeys + walk.unstableSlots == 0)
        unreachable.indexKeys += unread.indexKeys
        unreachable.slots += unread.slots
        unreachable.nodes.formUnion(unread.nodes)
        if found.foreign > 0 { warnings.append(.foreignNames(found.foreign)) }
        if found.unreadableIndexKeys.count > 0 { warnings.append(.unreadableIndexKeys(found.unreadableIndexKeys)) }
    }

    /// Keys in these slots may have been missed; told once.
    private func noteUnstableSlots(of walk: KeyspaceWalk) {
        guard walk.unstableSlots > 0 else { return }
        isPartial = true
        let isTold = warnings.contains { if case .unstableSlots = $0 { true } else { false } }
        if !isTold { warnings.append(.unstableSlots(walk.unstableSlots)) }
    }

    private func note(_ results: RemovalTally, _ publisher: RemovalPublisher?) {
        found.results = results
        let kinds = Removal.Kind.allCases
        unreachable.items += results.count(kinds, .unreachable)
        func warn(_ count: Int, isPartial: Bool, _ warning: (Int) -> CleanupWarning) {
            guard count > 0 else { return }
            if isPartial { self.isPartial = true }
            warnings.append(warning(count))
        }
        warn(results.count([.session], .kept), isPartial: false) { .changedSessions($0) }
        warn(results.count(kinds, .retyped), isPartial: true) { .retypedEntries($0) }
        warn(results.count(kinds, .uncertain), isPartial: true) { .uncertainRemovals($0) }
        warn(results.count(kinds, .unproven), isPartial: false) { .unprovenPresence($0) }
        warn(results.count([.ttl], .kept), isPartial: true) { .ttlsLeftOut($0) }
        warn(publisher?.unpublished ?? 0, isPartial: false) { .unpublished($0, reason: publisher?.reason) }
    }

    /// What was lost of a cluster after the census.
    private var unreachable = Unreachable()

    /// Nil where there are sessions.
    private(set) var keysWithoutSession: KeysWithoutSession?

    private var isPlanMade: Bool { found.numbers.completed.contains(.secondLook) }
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
        let statistics = statistics
        let left = isPlanMade ? found.left : nil
        if stop == .timeIsUp { warnings.append(.timeIsUp(left)) }
        return CleanupReport(
            statistics: statistics, consistency: consistency(after: outcome, error), left: left, outcome: outcome,
            warnings: warnings, refusal: refusal, stop: stop, error: error)
    }
}

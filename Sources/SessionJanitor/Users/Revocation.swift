public import RedisClient

/// What came of signing sessions out.
public struct RevocationReport: RunReport, Sendable {
    /// The numbers; their names in a report come from these.
    public struct Statistics: Equatable, Sendable, Encodable {
        /// The user's sessions, and those that were to be ended.
        public var sessionsFound = 0
        public var sessionsChosen = 0
        public var sessionsRevoked = 0
        public var entriesRemoved = 0
        public var dependentsRemoved = 0
        /// Orphaned entries in the user's index keys, and those of them that were removed.
        public var orphansFound = 0
        public var orphansRemoved = 0
        public var writeCommandsSent = 0
    }

    public var statistics = Statistics()
    public var outcome = CleanupOutcome.completed
    public var warnings: [CleanupWarning] = []
    public var stop: RunStop?
    public var refusal: Refusal?
    public var error: CleanupError?

    public init() {}

    public init(failed error: CleanupError) {
        self.error = error
        outcome = error.isRefusal ? .refused : .failed
    }

    public var hasChangedData: Bool { statistics.sessionsRevoked + statistics.orphansRemoved > 0 }

    public mutating func noteUnlocked() { warnings.append(.unlocked) }
}

/// Ends sessions of a user, whatever they hold by then, with everything that names them.
public final class Revocation {
    private let connection: any RedisPipeline
    private let options: CleanupOptions
    private let found: UserSessions
    private let observer: any CleanupObserver
    private let backup: BackupWriter?
    private let checkpoint: () throws -> Void

    /// `found` has looked already.
    public init(
        _ connection: any RedisPipeline, options: CleanupOptions, found: UserSessions,
        observer: any CleanupObserver, backup: BackupWriter? = nil, checkpoint: @escaping () throws -> Void = {}
    ) {
        self.connection = connection
        self.options = options
        self.found = found
        self.observer = observer
        self.backup = backup
        self.checkpoint = checkpoint
    }

    /// Ends these sessions; with `cleansOrphans` the user's orphaned entries go, too.
    public func run(_ chosen: [UserSession], cleansOrphans: Bool = false) -> RevocationReport {
        var report = RevocationReport()
        report.statistics.sessionsFound = found.sessions.count
        report.statistics.sessionsChosen = chosen.count
        report.statistics.orphansFound = found.orphans.count
        guard !options.isDryRun, !chosen.isEmpty || cleansOrphans && !found.orphans.isEmpty else { return report }
        do {
            let primary = try PrimaryCheck(connection)
            if !chosen.isEmpty {
                if options.layout.leads(fromUser: found.user != nil) {
                    try removeDirectly(chosen, &report)
                } else {
                    take(clean(.sessions(Set(chosen.map(\.hash)))), &report)
                }
            }
            if cleansOrphans, report.error == nil { try removeOrphans(&report) }
            try primary?.runThoroughly()
        } catch let stop as RunStop {
            report.outcome = .interrupted
            report.stop = stop
        } catch {
            report.error = CleanupError(error)
            report.outcome = .failed
        }
        report.statistics.writeCommandsSent = connection.writeCommandsSent
        return report
    }

    // MARK: By the user's name

    /// Removes each session and all that hangs on it in one step.
    private func removeDirectly(_ chosen: [UserSession], _ report: inout RevocationReport) throws {
        let nothing = ExpiredSessions(ByteLog(), options.layout)
        let plan = CleanupPlan(
            RemovalLog(), sessions: nothing,
            judged: ExpiryBasis(reading: .nothing, deadValues: options.layout.deadValues))
        let remover = remover(plan)
        defer { note(remover.results, &report) }
        var builder = RemovalItems(options.layout, connection)
        try remover.run(chosen.map { items(of: $0, &builder) }, grace: options.grace)
    }

    private func remover(_ plan: CleanupPlan) -> Remover {
        Remover(
            connection, plan, layout: options.layout,
            pacer: Pacer(chunkTime: options.chunkTime, niceRatio: options.niceRatio), observer: observer,
            backup: backup,
            publisher: options.channel.map { RemovalPublisher(connection, channel: $0, layout: options.layout) },
            checkpoint: checkpoint)
    }

    /// A session and what hangs on it; the session's own keys come first.
    private func items(of session: UserSession, _ builder: inout RemovalItems) -> [RemovalItem] {
        let layout = options.layout
        var items: [RemovalItem] = []
        func stem(_ template: KeyTemplate, _ key: [UInt8]) -> [UInt8] {
            key.withUnsafeBytes { Array(template.stem(of: $0)) }
        }
        for place in session.keys {
            stem(layout.sessionKeys[place.template], place.key).withUnsafeBytes {
                items.append(
                    builder.session(Removal(kind: .session, reason: .revoked, template: place.template, stem: $0)))
            }
        }
        for entry in session.entries {
            let place = entry.place
            stem(layout.indexKeys[place.template].template, place.key).withUnsafeBytes {
                builder.begin(entry.type, place.template, stem: $0)
            }
            entry.member.withUnsafeBytes { member in
                let removal = Removal(kind: .entry, reason: .revoked, template: place.template, stem: member)
                var item = builder.entry(removal, member: member)
                item.score = entry.score
                items.append(item)
            }
        }
        var values = layout.values(of: session.keys[0])
        values["user"] = values["user"] ?? found.user
        func append(_ kind: Removal.Kind, _ number: Int, _ values: [String: [UInt8]], holding id: [UInt8] = []) {
            let template = layout.template(kind, number)
            guard let key = template.key(named: values) else { return }
            stem(template, key).withUnsafeBytes { stem in
                id.withUnsafeBytes { id in
                    items.append(
                        builder.dependent(
                            Removal(kind: kind, reason: .revoked, template: number, stem: stem, value: id)))
                }
            }
        }
        for number in layout.companionKeys.indices { append(.companion, number, values) }
        for number in layout.pointerKeys.indices {
            values[PointerKey.token] = session.tokens[number]
            append(.pointer, number, values, holding: session.id)
        }
        return items
    }

    private func note(_ results: RemovalTally, _ report: inout RevocationReport) {
        report.statistics.sessionsRevoked += results.count([.session], .removed)
        report.statistics.entriesRemoved += results.count([.entry], .removed)
        report.statistics.dependentsRemoved += results.count(Removal.Kind.dependents, .removed)
        let left = results.count(Removal.Kind.allCases, .uncertain, .unreachable, .retyped)
        guard left > 0 else { return }
        report.warnings.append(.uncertainRemovals(left))
        report.outcome = .partial
    }

    // MARK: By a whole run

    /// Where a user's name does not lead to everything, a run finds what hangs on the sessions.
    private func clean(_ selection: Selection) -> CleanupReport {
        var options = options
        (options.includesExpired, options.maximumIdle, options.missingTTL) = (false, nil, nil)
        options.limits = SafetyLimits(allowsNoLiveSessions: true)
        return Cleanup(
            connection, options: options, observer: observer, backup: backup, selection: selection,
            checkpoint: checkpoint
        ).run()
    }

    private func take(_ run: CleanupReport, _ report: inout RevocationReport) {
        report.statistics.sessionsRevoked = run.statistics.revokedSessionsRemoved
        report.statistics.entriesRemoved = run.statistics.expiredEntriesRemoved
        report.statistics.dependentsRemoved = run.statistics.expiredDependentsRemoved
        report.warnings = run.warnings
        report.outcome = run.outcome
        report.stop = run.stop
        report.refusal = run.refusal
        report.error = run.error
    }

    // MARK: Orphans

    private func removeOrphans(_ report: inout RevocationReport) throws {
        let nothing = ExpiredSessions(ByteLog(), options.layout)
        let look = SecondLook(
            connection, layout: options.layout, sessions: nothing, readsScores: true,
            pacer: Pacer(chunkTime: options.chunkTime, niceRatio: options.niceRatio)
        ) { [checkpoint] _ in try checkpoint() }
        try look.run(found.suspects)
        let remover = remover(
            CleanupPlan(look.confirmed, sessions: nothing, judged: ExpiryBasis(deadValues: options.layout.deadValues)))
        defer { report.statistics.orphansRemoved = remover.results.count([.entry], .removed) }
        try remover.run(grace: options.grace)
    }
}

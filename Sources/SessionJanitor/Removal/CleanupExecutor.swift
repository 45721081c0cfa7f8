import RedisClient

/// Carries out a plan in small batches, each one atomic check-and-remove on the server.
///
/// First the expired sessions, then the entries: what is cut off in between leaves entries without a session, which
/// the next run finds. The one part of a run that needs a connection for writing.
final class CleanupExecutor {
    private let connection: any RedisPipeline
    private let layout: Layout
    private let pacer: Pacer
    private let observer: any CleanupObserver
    private let checkpoint: () throws -> Void
    private let journal: RemovalJournal?
    private let publisher: RemovalPublisher?
    private var sessions: SessionRemover?
    private var entries: EntryRemover?
    /// The plan's sessions before this place were dealt with.
    private var sessionsDone = ByteLog.Cursor()

    /// How many removals one script may carry; Lua's own limit on the arguments is far above.
    private static let batchLimits = 1...1_000

    /// `checkpoint` is called between batches, and ends the work by throwing.
    init(
        _ connection: any RedisPipeline, layout: Layout, pacer: Pacer, observer: any CleanupObserver,
        journal: RemovalJournal? = nil, publisher: RemovalPublisher? = nil,
        checkpoint: @escaping () throws -> Void = {}
    ) {
        self.connection = connection
        self.layout = layout
        self.pacer = pacer
        self.observer = observer
        self.journal = journal
        self.publisher = publisher
        self.checkpoint = checkpoint
    }

    var results: RemovalResults {
        (sessions?.results ?? RemovalResults()) + (entries?.results ?? RemovalResults())
    }

    /// Removes the plan's sessions and entries. When it returns, `grace` has passed since any entry, pointer, companion or
    /// presence key of the plan was read without its session; none of them is removed before.
    func run(_ plan: CleanupPlan, grace: Duration) throws {
        let total = plan.expiredSessions + plan.entryCount
        // First of all, so that the grace time of each entry begins here and passes while the sessions go.
        let scores = try EntryScores(
            of: plan.entries, layout: layout, connection: connection, pacer: pacer, checkpoint)
        let sessions = SessionRemover(
            connection, layout: layout, judged: plan.judged, observer: observer, journal: journal,
            publisher: publisher, bound: pacer.bound, checkpoint: checkpoint)
        self.sessions = sessions
        let count = try inBatches(from: 0, of: total) { limit in
            var cursor = sessionsDone
            let removed = try sessions.removeNext(plan.sessions, &cursor, limit: limit)
            sessionsDone = cursor
            return removed
        }
        guard plan.entryCount + plan.dependentCount > 0 else { return }
        try Pacer.sleep(until: plan.lastRead + grace, checkpoint)
        guard plan.entryCount > 0 else { return }
        let remover = EntryRemover(
            connection, layout: layout, scores: scores, grace: grace, observer: observer, journal: journal,
            publisher: publisher, checkpoint: checkpoint)
        entries = remover
        _ = try inBatches(from: count, of: total) { try remover.removeNext(plan.entries, limit: $0) }
    }

    /// How many entries are still there whose sessions are gone, removed by this run: where it was stopped in between.
    func entriesLeftBehind(_ plan: CleanupPlan) -> Int {
        let results = results
        let left =
            plan.expiredEntries - results.expiredEntriesRemoved - results.expiredEntriesGone
            - results.keptExpiredEntries
        guard left > 0 else { return 0 }
        // Of a session that is there the entry is no orphan.
        let there = sessions?.kept ?? IdentifierSet()
        while let record = plan.sessions.next(&sessionsDone) {
            let session = ExpiredSession(tag: record.tag)
            layout.sessionKeys[session.template].key(stem: session.stem(of: record)).withUnsafeBytes {
                _ = there.insert(IdentifierSet.hash($0))
            }
        }
        guard there.count > 0 else { return left }
        return left - max(entries(of: there, in: plan) - results.keptExpiredEntries, 0)
    }

    /// How many entries of expired sessions name one that has such a key.
    private func entries(of keys: IdentifierSet, in plan: CleanupPlan) -> Int {
        var namer = EntryNamer(layout)
        var cursor = ByteLog.Cursor()
        var names = CommandArguments()
        var count = 0
        while let item = plan.entries.next(&cursor) {
            switch item {
            case .indexKey(let stem, _, let template, _): namer.begin(template, stem: stem)
            case .entry(_, .orphaned): break
            case .entry(let id, .expired):
                names.removeAll()
                namer.appendKeys(of: id, to: &names)
                let isThere = (0..<names.count).contains { place in
                    names.withArgument(place) { keys.flags(of: IdentifierSet.hash($0)) != nil }
                }
                if isThere { count += 1 }
            }
        }
        return count
    }

    /// Calls `remove` with a batch's size until it has nothing left; returns how many are done.
    private func inBatches(
        from start: Int, of total: Int, _ remove: (_ limit: Int) throws -> (count: Int, took: Duration)
    ) throws -> Int {
        var done = start
        var sizer = BatchSizer(target: pacer.batchTime, initial: 50, limits: CleanupExecutor.batchLimits)
        while true {
            try checkpoint()
            let (count, took) = try remove(sizer.size)
            guard count > 0 else { return done }
            sizer.record(count: count, seconds: pacer.serverSeconds(took))
            done += count
            observer.progress(.removal, done: done, total: total)
            pacer.rest(after: took)
        }
    }
}

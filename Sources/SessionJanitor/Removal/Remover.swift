import RedisClient

/// Carries out a plan in batches: reads what is to be removed, records it, and removes it by one atomic check-and-remove.
///
/// An expired session goes in one batch with its entries and everything else that hangs on it. What else there is goes once its
/// grace time is over.
final class Remover {
    var results: RemovalTally { counter.results }

    private let connection: any RedisPipeline
    private let layout: Layout
    private let plan: CleanupPlan
    private let pacer: Pacer
    private let observer: any CleanupObserver
    private let journal: RemovalJournal?
    private let counter: RemovalCounter
    private let checkpoint: () throws -> Void
    private let script: RemovalScript
    private let crossSlot: CrossSlotRemoval
    private var preparation: RemovalPreparation
    private var builder: RemovalItems
    private var sizer: BatchSizer
    private var done = 0
    /// What hung on sessions that ended by themselves: it goes as orphans do.
    private let late = RemovalLog(holdsMarks: true)

    /// How many removals one script may carry; Lua's own limit on the arguments is far above.
    private static let batchLimits = 1...1_000
    /// How many are recorded at a time: a sync to disk takes as long as several batches.
    private static let recordedEach = 2_000

    /// `checkpoint` is called between batches, and ends the work by throwing.
    init(
        _ connection: any RedisPipeline, _ plan: CleanupPlan, layout: Layout, pacer: Pacer,
        observer: any CleanupObserver, backup: BackupWriter? = nil, publisher: RemovalPublisher? = nil,
        retries: RetryPolicy = .standard, checkpoint: @escaping () throws -> Void = {}
    ) {
        self.connection = connection
        self.plan = plan
        self.layout = layout
        self.pacer = pacer
        self.observer = observer
        counter = RemovalCounter(layout, observer, publisher)
        self.checkpoint = checkpoint
        journal = backup.map { RemovalJournal($0) }
        script = RemovalScript(connection, judged: plan.judged)
        crossSlot = CrossSlotRemoval(connection, script, retries: retries)
        preparation = RemovalPreparation(connection, bound: pacer.bound, isRecorded: backup != nil)
        builder = RemovalItems(layout, connection, countsScores: plan.judged.countsScores)
        sizer = BatchSizer(target: pacer.batchTime, initial: 50, limits: Remover.batchLimits)
    }

    /// Removes the plan's sessions and what hangs on them, and then its entries, pointers and companions; when one of these
    /// goes, `grace` has passed since it was read.
    func run(grace: Duration) throws {
        let attachments = plan.log.attachments()
        // A login that comes back with the id of an expired session writes the entry anew, and may do so first.
        if !attachments.isEmpty { try Pacer.sleep(until: plan.lastRead + grace, checkpoint) }
        try removeSessions(with: attachments)
        if plan.count(.entry, .pointer, .companion, .presence) > 0 {
            try Pacer.sleep(until: plan.lastRead + grace, checkpoint)
        }
        try removeLoose(plan.log)
        try removeLate(grace: grace)
    }

    /// Removes groups of items: each a session, whatever it holds by now, and what hangs on it.
    func run(_ groups: [[RemovalItem]], grace: Duration) throws {
        var rest = groups[...]
        try removeAll {
            var items: [RemovalItem] = []
            while items.count < chunk, let group = rest.popFirst() {
                let session = items.count
                for var item in group {
                    if item.kind != .session { item.session = session }
                    items.append(item)
                }
            }
            return items
        }
        try removeLate(grace: grace)
    }

    private func removeLate(grace: Duration) throws {
        guard !late.isEmpty else { return }
        try Pacer.sleep(until: .now + grace, checkpoint)
        try removeLoose(late)
    }

    // MARK: What is removed next

    private var chunk: Int { journal == nil ? sizer.size : Remover.recordedEach }

    private func removeSessions(with attachments: RemovalLog.Attachments) throws {
        var attachments = attachments
        var cursor = ByteLog.Cursor()
        try removeAll {
            var items: [RemovalItem] = []
            while items.count < chunk, let (session, place) = plan.sessions.next(&cursor) {
                let first = items.count
                items.append(builder.session(session))
                guard let place else { continue }
                attachments.forEach(of: place, in: plan.log) { holder, removal in
                    var item: RemovalItem
                    if case .indexKey(let stem, let type, let template, _)? = holder {
                        builder.begin(type, template, stem: stem)
                        item = builder.entry(removal, member: plan.sessions.member(of: removal, template))
                        item.asksForSession = !plan.sessions.tellEntries[template]
                    } else {
                        item = builder.dependent(removal)
                    }
                    item.session = first
                    items.append(item)
                }
            }
            return items
        }
    }

    private func removeLoose(_ log: RemovalLog) throws {
        var cursor = ByteLog.Cursor()
        try removeAll {
            var items: [RemovalItem] = []
            while items.count < chunk, let next = log.next(&cursor) {
                switch next {
                case .indexKey(let stem, let type, let template, _): builder.begin(type, template, stem: stem)
                case .removal(let removal) where RemovalLog.isAttached(removal) || removal.kind == .presence: continue
                case .removal(let removal) where removal.kind == .entry:
                    items.append(builder.entry(removal, member: removal.stem))
                case .removal(let removal): items.append(builder.dependent(removal))
                }
            }
            return items
        }
    }

    /// Removes presence keys of users without a session.
    ///
    /// Nothing leads from a user to the user's sessions, so their proof is another census, `findUsers`; and none goes that
    /// was touched less than `grace` before that began, or since: it may belong to a login. Where the census may have missed
    /// a key it proves nothing, and is nil. It leaves these keys alone, as reading would be touching them.
    func removePresenceKeys(
        grace: Duration, _ findUsers: (_ leavingAlone: IdentifierSet) throws -> IdentifierSet?
    ) throws {
        guard plan.count(.presence) > 0 else { return }
        let suspects = IdentifierSet()
        try forEachPresenceKey { items in
            for item in items { _ = item.key.withUnsafeBytes { suspects.insert(IdentifierSet.hash($0)) } }
        }
        if journal != nil {
            try forEachPresenceKey { items in
                for part in try preparation.parts(of: items) {
                    try checkpoint()
                    try record(&items, part)
                }
            }
        }
        script.proof = try TouchProof.take(connection, checkpoint)
        try Pacer.sleep(until: script.proof.begin + grace, checkpoint)
        guard let users = try findUsers(suspects) else { return }
        try forEachPresenceKey(users) { try removeBatches(&$0, $0.indices) }
    }

    /// Hands out the presence keys in batches; those of `users` are kept.
    private func forEachPresenceKey(
        _ users: IdentifierSet? = nil, _ body: (inout [RemovalItem]) throws -> Void
    ) throws {
        var cursor = ByteLog.Cursor()
        var items: [RemovalItem] = []
        while let next = plan.log.next(&cursor) {
            guard case .removal(let removal) = next, removal.kind == .presence else { continue }
            if let users, let user = builder.user(removal), users.flags(of: user)?.contains(.listed) == true {
                counter.results[.presence, removal.reason, .kept] += 1
                continue
            }
            items.append(builder.dependent(removal))
            guard items.count >= Remover.recordedEach else { continue }
            try body(&items)
            items = []
        }
        if !items.isEmpty { try body(&items) }
    }

    /// Gives the plan's keys a TTL, where they have none yet.
    func setTTLs(_ missing: TTLAssignment) throws {
        try setTTLs(plan.sessionsWithoutTTL) { (layout.sessionKeys[$0], missing.ttl(layout.sessionTTLs[$0])) }
        try setTTLs(plan.presenceWithoutTTL) {
            (layout.presenceKeys[$0].template, missing.ttl(layout.presenceKeys[$0].ttl))
        }
    }

    private func setTTLs(_ stems: ByteLog, _ choice: (_ template: Int) -> (key: KeyTemplate, ttl: Duration?)) throws {
        guard !stems.isEmpty else { return }
        let clocks = try ServerClocks.read(connection)
        var cursor = ByteLog.Cursor()
        try removeAll {
            let now = ContinuousClock.now
            var items: [RemovalItem] = []
            while items.count < chunk, let record = stems.next(&cursor) {
                let (template, ttl) = choice(Int(record.tag))
                guard let ttl else { continue }
                let milliseconds = Int(clamping: ttl / .milliseconds(1))
                var item = RemovalItem(
                    kind: .ttl, reason: .withoutTTL, template: Int(record.tag), key: template.key(stem: record.bytes))
                let time = item.key.withUnsafeBytes { clocks.milliseconds(of: $0, at: now) }
                item.target = .expiry(at: time + milliseconds, ttl: milliseconds)
                item.asksForSession = false
                items.append(item)
            }
            return items
        }
    }

    // MARK: Removing

    /// Removes what `next` gives, until that is empty. What comes next is gathered while the server works.
    private func removeAll(_ next: () -> [RemovalItem]) throws {
        var items = next()
        while !items.isEmpty {
            var upcoming: [RemovalItem]?
            for part in try preparation.parts(of: items) {
                try checkpoint()
                if journal == nil {
                    try preparation.read(&items, part)
                } else {
                    try look(at: part, of: &items)
                    try record(&items, part)
                }
                try removeBatches(&items, part) { upcoming = upcoming ?? next() }
                for place in part { items[place].payload = nil }
            }
            items = upcoming ?? next()
        }
    }

    /// Keeps sessions from being recorded that are not any more what was judged.
    private func look(at part: Range<Int>, of items: inout [RemovalItem]) throws(RedisError) {
        let sessions = part.filter { items[$0].kind == .session }
        let answer = script.run(items, sessions, .looking)
        if let failure = answer.failure, !failure.isUnreachable { throw failure }
        for place in sessions where answer.verdicts[place] != .removed {
            items[place].outcome = answer.verdicts[place].map { RemovalTally.Outcome($0) } ?? .unreachable
        }
    }

    private func record(_ items: inout [RemovalItem], _ part: Range<Int>) throws {
        try preparation.read(&items, part)
        for place in part where items[place].outcome == nil {
            // It has changed since it was recorded.
            if let mark = items[place].recordedMark, mark != items[place].contentMark { items[place].outcome = .kept }
        }
        try journal?.record(items, part, at: preparation.time)
        // The reading is a use; whatever uses it from here on has to show.
        if items[part].contains(where: \.isJudgedByAccess), !connection.server.leavesIdleTimes {
            script.proof = try TouchProof.take(connection, checkpoint)
        }
    }

    /// Removes what was read, a script's worth at a time; what goes with a session goes in the same script.
    private func removeBatches(
        _ items: inout [RemovalItem], _ part: Range<Int>, meanwhile: () -> Void = {}
    ) throws {
        var start = part.lowerBound
        while start < part.upperBound {
            var end = min(start + sizer.size, part.upperBound)
            while end < part.upperBound, items[end].session != nil { end += 1 }
            try checkpoint()
            try removeBatch(&items, start..<end, meanwhile: meanwhile)
            start = end
        }
    }

    private func removeBatch(
        _ items: inout [RemovalItem], _ places: Range<Int>, meanwhile: () -> Void
    ) throws {
        settleAttached(&items, places)
        let open = places.filter { items[$0].outcome == nil }
        let start = ContinuousClock.now
        let whole = open.filter { !items[$0].isCrossSlot }
        let answer = script.run(items, whole, .whole, meanwhile: meanwhile)
        for place in whole {
            items[place].outcome =
                answer.lost.contains(place) ? .uncertain : answer.verdicts[place].map { RemovalTally.Outcome($0) }
        }
        var (failure, emptied) = (answer.failure, answer.emptied)
        if failure == nil || failure?.isUnreachable == true {
            for place in whole where items[place].outcome == nil { items[place].outcome = .unreachable }
            settleAttached(&items, places)
            do throws(RedisError) {
                let rest = try crossSlot.remove(
                    &items, open.filter { items[$0].isCrossSlot && items[$0].outcome == nil })
                failure = rest.failure?.moreSevere(than: failure) ?? failure
                emptied.formUnion(rest.emptied)
            } catch {
                failure = error.moreSevere(than: failure)
            }
        }
        let took = (ContinuousClock.now - start) / connection.nodeCount
        counter.note(places, of: items, emptied: emptied)
        if let failure, !failure.isUnreachable { throw failure }
        if !open.isEmpty { sizer.record(count: open.count, seconds: pacer.serverSeconds(took)) }
        done += places.count { items[$0].kind == .session || items[$0].kind == .entry }
        observer.progress(.removal, done: done, total: plan.count(.session, .entry))
        pacer.rest(after: took)
    }

    /// What goes with a session follows its outcome: with one that ended by itself it goes later, as an orphan.
    private func settleAttached(_ items: inout [RemovalItem], _ places: Range<Int>) {
        for place in places {
            guard let session = items[place].session, items[place].outcome == nil || items[place].outcome == .kept,
                let outcome = items[session].outcome, outcome != .removed
            else { continue }
            // What was not tried is kept.
            items[place].outcome = outcome == .uncertain ? .unreachable : outcome
            guard outcome == .gone else { continue }
            items[place].session = nil
            items[place].outcome = .planned
            append(toLate: items[place])
        }
    }

    private func append(toLate item: RemovalItem) {
        func append(_ template: Int, _ stem: UnsafeRawBufferPointer) {
            (item.kind == .pointer ? item.value : []).withUnsafeBytes {
                late.append(
                    Removal(
                        kind: item.kind, reason: .expired, template: template, stem: stem, value: $0,
                        mark: item.contentMark))
            }
        }
        item.key.withUnsafeBytes { key in
            let stem = layout.template(item.kind, item.template).stem(of: key)
            guard case .member(let type) = item.target else { return append(item.template, stem) }
            counter.results.entriesLeftBehind += 1
            late.append(indexKey: stem, type: type, template: item.template, keepsEntries: true)
            item.member.withUnsafeBytes { append(0, $0) }
        }
    }
}

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
    private var pacer: Pacer
    private let observer: any CleanupObserver
    private let journal: RemovalJournal?
    private let publishes: Bool
    private let counter: RemovalCounter
    private let checkpoint: () throws -> Void
    private let script: RemovalScript
    private let crossSlot: CrossSlotRemoval
    private var preparation: RemovalPreparation
    private var builder: RemovalItems
    /// By index key template.
    private let isToldBySession: [Bool]
    private var sizer: BatchSizer
    private var done = 0
    /// Entries of sessions that ended by themselves: they go as orphans do.
    private var late = RemovalLog()
    /// In the order of these what is recorded of each, where there is a backup.
    private var lateMarks: [UInt64?] = []

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
        publishes = publisher != nil
        counter = RemovalCounter(layout, observer, publisher)
        self.checkpoint = checkpoint
        journal = backup.map { RemovalJournal($0) }
        script = RemovalScript(connection, judged: plan.judged)
        crossSlot = CrossSlotRemoval(connection, script, retries: retries)
        preparation = RemovalPreparation(
            connection, layout: layout, judged: plan.judged, bound: pacer.bound, isRecorded: backup != nil)
        builder = RemovalItems(layout, connection)
        isToldBySession = ExpiredSessions.tellEntries(layout)
        sizer = BatchSizer(target: pacer.batchTime, initial: 50, limits: Remover.batchLimits)
    }

    /// Removes the plan's sessions and what hangs on them, and then its entries, pointers and companions; when one of these
    /// goes, `grace` has passed since it was read.
    func run(grace: Duration) throws {
        let attachments = plan.log.attachments()
        // First of all, as the grace time of each entry begins here.
        let attached = try scores(of: attachments)
        let scores = try EntryScores(of: plan.log, layout: layout, connection: connection, pacer: pacer, checkpoint)
        try removeSessions(with: attachments, attached, grace: grace)
        if plan.count(.entry, .pointer, .companion, .presence) > 0 {
            try Pacer.sleep(until: plan.lastRead + grace, checkpoint)
        }
        try removeLoose(plan.log, scores, grace: grace)
        try removeLate(grace: grace)
    }

    /// Removes groups of items: each a session, whatever it holds by now, and what hangs on it.
    func run(_ groups: [[RemovalItem]], grace: Duration) throws {
        var rest = groups[...]
        try removeAll {
            var batch = Batch()
            while batch.items.count < chunk, let group = rest.popFirst() {
                let session = batch.items.count
                for var item in group {
                    if item.kind != .session { item.session = session }
                    batch.items.append(item)
                }
            }
            return batch
        }
        try removeLate(grace: grace)
    }

    private func removeLate(grace: Duration) throws {
        guard !late.isEmpty else { return }
        let read = ContinuousClock.now
        let lateScores = try EntryScores(of: late, layout: layout, connection: connection, pacer: pacer, checkpoint)
        try Pacer.sleep(until: read + grace, checkpoint)
        try removeLoose(late, lateScores, grace: grace, recorded: lateMarks)
    }

    // MARK: Sources of items

    private var chunk: Int { journal == nil ? sizer.size : Remover.recordedEach }

    /// What is removed next, and when it may be at the earliest.
    private struct Batch {
        var items: [RemovalItem] = []
        var notBefore: ContinuousClock.Instant?
    }

    /// The scores of the entries that go with sessions, in the order of these.
    private func scores(of attachments: RemovalLog.Attachments) throws -> EntryScores {
        var attachments = attachments
        var cursor = ByteLog.Cursor()
        var number = 0
        var arguments = CommandArguments()
        return try EntryScores(connection, pacer, checkpoint) { limit in
            var asked = 0
            while asked < limit, !attachments.isEmpty, let session = plan.sessions.next(&cursor) {
                try attachments.forEach(of: number, in: plan.log) { holder, removal in
                    guard case .indexKey(let stem, .sortedSet, let template, _)? = holder else { return }
                    let frame = layout.indexKeys[template].template.frame
                    arguments.removeAll()
                    arguments.append(frame.head, stem, frame.tail)
                    arguments.append(member(removal, of: session, template))
                    try connection.append(.zscore, arguments)
                    asked += 1
                }
                number += 1
            }
            return asked
        }
    }

    /// The member of an entry that goes with a session, which may be the session's id alone.
    private func member(_ removal: Removal, of session: Removal, _ template: Int) -> UnsafeRawBufferPointer {
        isToldBySession[template] ? session.stem : removal.stem
    }

    private func removeSessions(
        with attachments: RemovalLog.Attachments, _ scores: EntryScores, grace: Duration
    ) throws {
        var attachments = attachments
        var scores = scores
        var cursor = ByteLog.Cursor()
        var number = 0
        try removeAll {
            var batch = Batch()
            while batch.items.count < chunk, let session = plan.sessions.next(&cursor) {
                let place = batch.items.count
                batch.items.append(builder.session(session))
                attachments.forEach(of: number, in: plan.log) { holder, removal in
                    guard var item = attached(removal, holder, to: session) else { return }
                    if case .member(.sortedSet) = item.target { item.take(scores.next()) }
                    item.session = place
                    batch.items.append(item)
                }
                number += 1
            }
            // A login that comes back with the id of an expired session writes the entry anew, and may do so first.
            if !attachments.isEmpty { batch.notBefore = max(plan.lastRead, scores.lastRead ?? plan.lastRead) + grace }
            return batch
        }
    }

    private func attached(_ removal: Removal, _ holder: RemovalLog.Item?, to session: Removal) -> RemovalItem? {
        guard removal.kind == .entry else { return builder.dependent(removal) }
        guard case .indexKey(let stem, let type, let template, _)? = holder else { return nil }
        builder.begin(template, stem: stem)
        var item = builder.entry(
            removal, of: layout.indexKeys[template].template.key(stem: stem), type, template: template,
            member: member(removal, of: session, template))
        item.asksForSession = !isToldBySession[template]
        return item
    }

    /// `recorded` has for each removal what a record has of it already.
    private func removeLoose(
        _ log: RemovalLog, _ scores: EntryScores, grace: Duration, recorded: [UInt64?] = []
    ) throws {
        var scores = scores
        var marks = recorded.makeIterator()
        var cursor = ByteLog.Cursor()
        var holder: (key: [UInt8], type: IndexType, template: Int)?
        try removeAll {
            var batch = Batch()
            while batch.items.count < chunk, let next = log.next(&cursor) {
                switch next {
                case .indexKey(let stem, let type, let template, _):
                    holder = (layout.indexKeys[template].template.key(stem: stem), type, template)
                    builder.begin(template, stem: stem)
                case .removal(let removal):
                    guard !RemovalLog.isAttached(removal), removal.kind != .presence else { continue }
                    let mark = marks.next() ?? nil
                    guard removal.kind == .entry else {
                        var item = builder.dependent(removal)
                        item.recordedMark = mark
                        batch.items.append(item)
                        continue
                    }
                    guard let holder else { continue }
                    var item = builder.entry(
                        removal, of: holder.key, holder.type, template: holder.template, member: removal.stem)
                    item.recordedMark = mark
                    if holder.type == .sortedSet { item.take(scores.next()) }
                    batch.items.append(item)
                }
            }
            batch.notBefore = scores.lastRead.map { $0 + grace }
            return batch
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
                    try preparation.read(&items, part)
                    try journal?.record(items, part, at: preparation.time)
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
            var batch = Batch()
            while batch.items.count < chunk, let record = stems.next(&cursor) {
                let (template, ttl) = choice(Int(record.tag))
                guard let ttl else { continue }
                let milliseconds = Int(clamping: ttl / .milliseconds(1))
                var item = RemovalItem(
                    kind: .ttl, reason: .withoutTTL, template: Int(record.tag), key: template.key(stem: record.bytes))
                let time = item.key.withUnsafeBytes { clocks.milliseconds(of: $0, at: now) }
                item.target = .expiry(at: time + milliseconds, ttl: milliseconds)
                item.asksForSession = false
                batch.items.append(item)
            }
            return batch
        }
    }

    // MARK: Removing

    /// Removes what `next` gives, until that is empty.
    private func removeAll(_ next: () throws -> Batch) throws {
        guard overlaps else {
            while true {
                var batch = try next()
                guard !batch.items.isEmpty else { return }
                if let time = batch.notBefore { try Pacer.sleep(until: time, checkpoint) }
                try remove(&batch.items)
            }
        }
        var upcoming = try ask(next)
        while case (var batch, let questions)? = upcoming {
            upcoming = nil
            // A stop wants to ask the server something, too.
            if let questions { try preparation.receive(questions, &batch.items) }
            if let time = batch.notBefore { try Pacer.sleep(until: time, checkpoint) }
            try checkpoint()
            var failure: (any Error)?
            func keep(_ work: () throws -> Void) {
                do { try work() } catch { failure = error }
            }
            try removeBatch(&batch.items, batch.items.indices, readIn: .zero) {
                keep { upcoming = try ask(next) }
            } settle: {
                keep {
                    guard case (var batch, let questions?)? = upcoming else { return }
                    upcoming = nil
                    try preparation.receive(questions, &batch.items)
                    upcoming = (batch, nil)
                }
            }
            if let failure { throw failure }
        }
    }

    /// Whether what comes next is read while the server removes: on one server, where nothing is recorded or published in
    /// between, and no value is so large that sizes come first.
    private var overlaps: Bool {
        pacer.overlaps && !connection.isCluster && journal == nil && !publishes && !plan.judged.mayBeLarge
    }

    /// Sends the questions about what `next` gives; nil where that is nothing.
    private func ask(_ next: () throws -> Batch) throws -> (Batch, RemovalPreparation.Questions?)? {
        let batch = try next()
        guard !batch.items.isEmpty else { return nil }
        return (batch, try preparation.ask(about: batch.items, batch.items.indices))
    }

    /// Reads, records and removes these.
    private func remove(_ items: inout [RemovalItem]) throws {
        guard !items.isEmpty else { return }
        for part in try preparation.parts(of: items) {
            try checkpoint()
            let start = ContinuousClock.now
            try preparation.read(&items, part)
            let read = ContinuousClock.now - start
            if let journal {
                for place in part where items[place].isRecordedOtherwise { items[place].outcome = .kept }
                try journal.record(items, part, at: preparation.time)
                if preparation.leavesTraces(items[part]) { script.proof = try TouchProof.take(connection, checkpoint) }
            }
            try removeBatches(&items, part, readIn: journal == nil ? read : .zero)
            for place in part { items[place].forgetContent() }
        }
    }

    /// Removes what was read, a script's worth at a time; what goes with a session goes in the same script.
    private func removeBatches(_ items: inout [RemovalItem], _ part: Range<Int>, readIn read: Duration = .zero) throws {
        var start = part.lowerBound
        while start < part.upperBound {
            var end = min(start + sizer.size, part.upperBound)
            while end < part.upperBound, items[end].session != nil { end += 1 }
            try checkpoint()
            try removeBatch(&items, start..<end, readIn: read)
            start = end
        }
    }

    private func removeBatch(
        _ items: inout [RemovalItem], _ places: Range<Int>, readIn read: Duration, overlap: () -> Void = {},
        settle: () -> Void = {}
    ) throws {
        settleAttached(&items, places)
        let open = places.filter { items[$0].outcome == nil }
        let start = ContinuousClock.now
        let whole = open.filter { !items[$0].isCrossSlot }
        let answer = script.run(items, whole, .whole, overlap: overlap, settle: settle)
        // Where there is nothing to try, nothing is waited for either.
        if whole.isEmpty { overlap() }
        for place in open where !items[place].isCrossSlot {
            items[place].outcome =
                answer.lost.contains(place) ? .uncertain : answer.verdicts[place].map { RemovalTally.Outcome($0) }
        }
        var (failure, emptied) = (answer.failure, answer.emptied)
        if failure == nil || failure?.isUnreachable == true {
            for place in open where items[place].outcome == nil && !items[place].isCrossSlot {
                items[place].outcome = .unreachable
            }
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
        // Reading and removing are two commands; the slower one decides how large the next batch is.
        let took = max(read, ContinuousClock.now - start) / connection.nodeCount
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
        if journal != nil { lateMarks.append(item.contentMark) }
        func append(_ stem: UnsafeRawBufferPointer) {
            item.value.withUnsafeBytes {
                late.append(
                    Removal(
                        kind: item.kind, reason: .expired, template: item.kind == .entry ? 0 : item.template,
                        stem: stem, value: $0))
            }
        }
        guard case .member(let type) = item.target else {
            return item.key.withUnsafeBytes { append(layout.template(item.kind, item.template).stem(of: $0)) }
        }
        counter.results.entriesLeftBehind += 1
        item.key.withUnsafeBytes { key in
            _ = late.append(
                indexKey: layout.indexKeys[item.template].template.stem(of: key), type: type, template: item.template,
                keepsEntries: true)
        }
        item.member.withUnsafeBytes(append)
    }
}

extension RemovalItem {
    /// Whether it has changed since it was recorded.
    fileprivate var isRecordedOtherwise: Bool {
        guard outcome == nil, let recordedMark, let contentMark else { return false }
        return recordedMark != contentMark
    }

    /// Takes in what there is of an entry of a sorted set.
    fileprivate mutating func take(_ finding: EntryScores.Finding) {
        switch finding {
        case .score(let score): self.score = score
        case .gone: outcome = .gone
        case .retyped: outcome = .retyped
        case .unreached: outcome = .unreachable
        }
    }
}

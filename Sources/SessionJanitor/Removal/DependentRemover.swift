import RedisClient

/// Removes the planned keys that depend on sessions, and sets missing TTLs: in batches, each one atomic on the server.
final class DependentRemover {
    private(set) var results = DependentResults()

    private let connection: any RedisPipeline
    private let layout: Layout
    private var namer: DependentNamer
    private var pacer: Pacer
    private let checkpoint: () throws -> Void
    private let journal: RemovalJournal?
    private let publisher: RemovalPublisher?
    private let observer: any CleanupObserver
    private let script: BatchScript
    private let ttlScript: BatchScript
    private let cluster: ClusterDependentRemoval?

    init(
        _ connection: any RedisPipeline, layout: Layout, pacer: Pacer, observer: any CleanupObserver,
        journal: RemovalJournal?, publisher: RemovalPublisher? = nil, checkpoint: @escaping () throws -> Void
    ) {
        self.observer = observer
        self.journal = journal
        self.publisher = publisher
        self.connection = connection
        script = BatchScript(connection, DependentScript.remove)
        ttlScript = BatchScript(connection, DependentScript.setTTL)
        cluster = connection.isCluster ? ClusterDependentRemoval(connection, bound: pacer.bound) : nil
        self.layout = layout
        self.pacer = pacer
        self.checkpoint = checkpoint
        namer = DependentNamer(layout)
    }

    /// Removes pointers and companions.
    func remove(_ log: DependentLog) throws {
        var cursor = ByteLog.Cursor()
        try removeAll(proof: .none) { next(of: log, &cursor) { $0.kind != .presence } }
    }

    /// Removes presence keys of users without a session.
    ///
    /// Nothing leads from a user to the user's sessions, so their proof is another census, `findUsers`; and none goes that
    /// was touched less than `grace` before that began, or since: it may belong to a login. Where the census may have missed
    /// a key it proves nothing, and is nil.
    func removePresenceKeys(
        _ log: DependentLog, grace: Duration, _ findUsers: () throws -> IdentifierSet?
    ) throws {
        var cursor = ByteLog.Cursor()
        while let journal {
            var keys = CommandArguments()
            while keys.count < DependentRemover.batchLimits.upperBound,
                let item = next(of: log, &cursor, where: { $0.kind == .presence })
            {
                keys.append(key(item))
            }
            guard keys.count > 0 else { break }
            try journal.record(keys: keys, as: .presence)
            try checkpoint()
        }
        let proof = try TouchProof.take(connection, checkpoint)
        try Pacer.sleep(until: proof.begin + grace, checkpoint)
        guard let users = try findUsers() else { return }
        cursor = ByteLog.Cursor()
        try removeAll(proof: proof) {
            next(of: log, &cursor) { item in
                guard item.kind == .presence else { return false }
                guard let user = namer.user(item.template, stem: item.stem),
                    users.flags(of: user)?.contains(.listed) == true
                else { return true }
                results.noteKept(item.kind, item.reason)
                return false
            }
        }
    }

    private static let batchLimits = 1...1_000

    private func key(_ item: DependentLog.Item) -> [UInt8] {
        namer.key(item.kind, item.template, stem: item.stem)
    }

    private func next(
        of log: DependentLog, _ cursor: inout ByteLog.Cursor, where isWanted: (DependentLog.Item) -> Bool
    ) -> DependentLog.Item? {
        while let item = log.next(&cursor) {
            if isWanted(item) { return item }
        }
        return nil
    }

    private func removeAll(proof: TouchProof, _ next: () -> DependentLog.Item?) throws {
        var sizer = BatchSizer(target: pacer.batchTime, initial: 50, limits: DependentRemover.batchLimits)
        while true {
            var items: [PlannedDependent] = []
            var names: [DependentKind: CommandArguments] = [:]
            var fields: [(key: [UInt8], field: String)] = []
            while items.count < sizer.size, let item = next() {
                let planned = PlannedDependent(item, key: key(item), layout, &namer)
                items.append(planned)
                if let field = planned.field {
                    fields.append((planned.key, field))
                } else {
                    names[item.kind, default: CommandArguments()].append(planned.key)
                }
            }
            guard !items.isEmpty else { return }
            try checkpoint()
            if let names = names[.pointer] { try journal?.record(keys: names, as: .pointer) }
            if let names = names[.companion] { try journal?.record(keys: names, as: .companion) }
            try journal?.record(fields: fields)
            let start = ContinuousClock.now
            let answer = remove(items, proof)
            let took = (ContinuousClock.now - start) / shares
            try settle(answer, items)
            sizer.record(count: items.count, seconds: pacer.serverSeconds(took))
            pacer.rest(after: took)
        }
    }

    private func remove(_ items: [PlannedDependent], _ proof: TouchProof) -> BatchScript.Answer {
        if let cluster { return cluster.remove(items, proof: proof) }
        var batch = ScriptItems()
        batch.head.append(proof.argument)
        for item in items { item.append(to: &batch) }
        return script.run(batch)
    }

    /// Counts what became of each; throws what ended the work early.
    private func settle(_ answer: BatchScript.Answer, _ items: [PlannedDependent]) throws(RedisError) {
        defer { publisher?.publish() }
        for (item, verdict) in zip(items, answer.verdicts) {
            let (kind, reason) = (item.kind, item.reason)
            switch verdict {
            case nil: break
            case 0: results.gone += 1
            case 1:
                results.noteRemoved(kind, reason)
                let template = namer.template(kind, item.template)
                publisher?.note(kind, template, key: item.key, held: item.value, reason: reason)
                if observer.wantsRemovals {
                    observer.removal(of: .dependent(kind, reason), key: item.key, template: template)
                }
            case -2: results.unproven += 1
            default: results.noteKept(kind, reason)
            }
        }
        results.uncertain += answer.lost.count
        if let failure = answer.failure { throw failure }
    }

    /// Among how many nodes a batch is shared out.
    private var shares: Int { connection.nodeCount }

    /// Gives the plan's keys a TTL, where they have none yet.
    func setTTLs(of plan: CleanupPlan, _ missing: TTLAssignment) throws {
        try setTTLs(plan.sessionsWithoutTTL) { number in
            missing.ttl(layout.sessionTTLs[number]).map { (layout.sessionKeys[number], $0) }
        }
        try setTTLs(plan.presenceWithoutTTL) { number in
            missing.ttl(layout.presenceKeys[number].ttl).map { (layout.presenceKeys[number].template, $0) }
        }
    }

    /// Keys that get a TTL, and when they expire then.
    private struct TTLBatch {
        var keys = CommandArguments()
        var expiries: [Int] = []
        /// In milliseconds.
        var ttls: [Int] = []

        var items: ScriptItems {
            var items = ScriptItems()
            for (index, expiry) in expiries.enumerated() {
                keys.withArgument(index) { items.keys.append($0) }
                items.values.append(expiry)
                items.values.append(ttls[index])
                items.endItem()
            }
            return items
        }
    }

    private typealias TTLChoice = (_ template: Int) -> (key: KeyTemplate, ttl: Duration)?

    private func setTTLs(_ stems: ByteLog, _ ttl: TTLChoice) throws {
        guard stems.hasNext(ByteLog.Cursor()) else { return }
        let clocks = try ServerClocks.read(connection)
        var cursor = ByteLog.Cursor()
        var sizer = BatchSizer(target: pacer.batchTime, initial: 50, limits: DependentRemover.batchLimits)
        // So many of the next keys are in the journal, with what they are to get at this time.
        var covered = 0
        var now = ContinuousClock.now
        func gather(_ cursor: inout ByteLog.Cursor, limit: Int) -> TTLBatch {
            var batch = TTLBatch()
            while batch.keys.count < limit, let record = stems.next(&cursor) {
                guard let (template, ttl) = ttl(Int(record.tag)) else { continue }
                let key = template.key(stem: record.bytes)
                let milliseconds = Int(clamping: ttl / .milliseconds(1))
                batch.keys.append(key)
                batch.expiries.append(key.withUnsafeBytes { clocks.milliseconds(of: $0, at: now) } + milliseconds)
                batch.ttls.append(milliseconds)
            }
            return batch
        }
        while stems.hasNext(cursor) {
            if covered == 0 {
                now = .now
                covered = sizer.size
                if let journal {
                    covered = try journal.cover(limit: sizer.size, from: cursor) { ahead, limit throws in
                        let batch = gather(&ahead, limit: limit)
                        try journal.append(ttls: batch.keys, expiries: batch.expiries)
                        return batch.keys.count
                    }
                }
            }
            let batch = gather(&cursor, limit: min(sizer.size, covered))
            guard batch.keys.count > 0 else { return }
            covered -= batch.keys.count
            try checkpoint()
            let start = ContinuousClock.now
            let answer = ttlScript.run(batch.items)
            let took = (ContinuousClock.now - start) / shares
            results.ttlsSet += answer.verdicts.count { $0 == 1 }
            results.ttlsNotNeeded += answer.verdicts.count { $0 == 0 }
            results.ttlsLeftOut += answer.verdicts.count { $0 == -1 }
            results.uncertain += answer.lost.count
            if let failure = answer.failure { throw failure }
            sizer.record(count: batch.keys.count, seconds: pacer.serverSeconds(took))
            pacer.rest(after: took)
        }
    }
}

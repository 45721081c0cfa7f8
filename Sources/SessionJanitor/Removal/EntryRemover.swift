import RedisClient

/// Removes entries, each only if its session is missing and, in a sorted set, its score is the one that was planned.
final class EntryRemover {
    private(set) var results = RemovalResults()

    private let connection: any RedisPipeline
    private let layout: Layout
    /// Tells which sessions the entries name.
    private var namer: EntryNamer
    private let grace: Duration
    private let checkpoint: () throws -> Void
    private let observer: any CleanupObserver
    private let journal: RemovalJournal?
    private let publisher: RemovalPublisher?
    private var place: Place
    private let reply = Reply()
    private var script = RemovalScript.removeEntries
    private let cluster: ClusterEntryRemoval?
    private var lastCleaned: [UInt8]?
    /// So many of the next entries are in the journal.
    private var covered = 0
    /// The next entries, gathered while the server removed the ones before.
    private var prepared: Gathering?

    /// Where in the plan the work is.
    private struct Place {
        var cursor = ByteLog.Cursor()
        var scores: EntryScores
        /// The index key to which the last entries belonged.
        var current: Group?
    }

    /// What came of the entries that were gathered, before they are tried.
    private struct Gathering {
        var groups: [Group] = []
        var count = 0
        var gone: [RemovalReason] = []
        var retyped = 0
        var unreached = 0
        /// When the last of their scores was read.
        var lastRead: ContinuousClock.Instant?
        /// What the script is told of them.
        var keys = CommandArguments()
        var values = CommandArguments()
    }

    /// One index key's share of a batch.
    private struct Group {
        /// The index key's name.
        var key: [UInt8]
        var stem: [UInt8]
        var type: IndexType
        var template: Int
        var ids: [[UInt8]] = []
        var scores: [Double] = []
        var reasons: [RemovalReason] = []

        var isEmpty: Bool { ids.isEmpty }

        mutating func removeAll() {
            ids = []
            scores = []
            reasons = []
        }
    }

    /// `grace` has to have passed since an entry's score was read.
    init(
        _ connection: any RedisPipeline, layout: Layout, scores: EntryScores, grace: Duration,
        observer: any CleanupObserver, journal: RemovalJournal?, publisher: RemovalPublisher?,
        checkpoint: @escaping () throws -> Void
    ) {
        self.grace = grace
        self.checkpoint = checkpoint
        self.connection = connection
        cluster = connection.isCluster ? ClusterEntryRemoval(connection) : nil
        self.layout = layout
        namer = EntryNamer(layout)
        place = Place(scores: scores)
        self.observer = observer
        self.journal = journal
        self.publisher = publisher
    }

    /// Removes the next entries, at most `limit`; returns how many were dealt with and what the removal took.
    func removeNext(_ entries: EntryLog, limit: Int) throws -> (Int, Duration) {
        if let journal, covered == 0 {
            covered = try journal.cover(limit: limit, from: place) { ahead, limit throws in
                let next = gather(entries, &ahead, limit: limit)
                try journal.append(entries: next.groups.map(share))
                return next.count
            }
        }
        let batch = prepared ?? prepare(entries, limit: journal == nil ? limit : min(limit, covered))
        prepared = nil
        if journal != nil { covered -= batch.count }
        for reason in batch.gone { results.noteGone(reason) }
        results.retypedEntries += batch.retyped
        results.unreached += batch.unreached
        if let read = batch.lastRead { try Pacer.sleep(until: read + grace, checkpoint) }
        guard !batch.groups.isEmpty else { return (batch.count, .zero) }
        defer { publisher?.publish() }
        if let cluster { return (batch.count, try remove(batch.groups, by: cluster)) }
        let took = try remove(batch) {
            // What the journal does not cover yet is not gathered.
            if journal == nil, prepared == nil { prepared = prepare(entries, limit: limit) }
        }
        return (batch.count, took)
    }

    /// The next entries, and what the script is told of them.
    private func prepare(_ entries: EntryLog, limit: Int) -> Gathering {
        var batch = gather(entries, &place, limit: limit)
        batch.lastRead = place.scores.lastRead
        guard cluster == nil else { return batch }
        batch.values.append(layout.sessionKeys.count)
        for group in batch.groups {
            batch.keys.append(group.key)
            group.stem.withUnsafeBytes { namer.begin(group.template, stem: $0) }
            batch.values.append(group.type.scriptName)
            batch.values.append(group.ids.count)
            for (index, id) in group.ids.enumerated() {
                id.withUnsafeBytes { namer.appendKeys(of: $0, to: &batch.keys) }
                batch.values.append(id)
                if group.type == .sortedSet { batch.values.append(RedisScore.text(group.scores[index])) }
            }
        }
        return batch
    }

    private func gather(_ entries: EntryLog, _ place: inout Place, limit: Int) -> Gathering {
        var result = Gathering()
        place.current?.removeAll()
        while result.count < limit, let item = entries.next(&place.cursor) {
            switch item {
            case .indexKey(let stem, let type, let template, _):
                if let current = place.current, !current.isEmpty { result.groups.append(current) }
                let key = layout.indexKeys[template].template.key(stem: stem)
                place.current = Group(key: key, stem: Array(stem), type: type, template: template)
            case .entry(let id, let reason):
                result.count += 1
                if place.current?.type == .sortedSet {
                    switch place.scores.next() {
                    case .score(let score): place.current?.scores.append(score)
                    case .gone:
                        result.gone.append(reason)
                        continue
                    case .retyped:
                        result.retyped += 1
                        continue
                    case .unreached:
                        result.unreached += 1
                        continue
                    }
                }
                place.current?.ids.append(Array(id))
                place.current?.reasons.append(reason)
            }
        }
        if let current = place.current, !current.isEmpty { result.groups.append(current) }
        return result
    }

    private func share(_ group: Group) -> RemovalJournal.Share {
        group.stem.withUnsafeBytes { namer.begin(group.template, stem: $0) }
        return RemovalJournal.Share(
            indexKey: group.key, type: group.type, members: group.ids, scores: group.scores,
            sessionKeys: group.ids.map(sessionKeys))
    }

    /// The keys of the session that an entry names.
    private func sessionKeys(_ id: [UInt8]) -> [[UInt8]] {
        var keys = CommandArguments()
        id.withUnsafeBytes { namer.appendKeys(of: $0, to: &keys) }
        return (0..<keys.count).map { keys.withArgument($0) { Array($0) } }
    }

    private func remove(_ batch: Gathering, meanwhile: () -> Void) throws(RedisError) -> Duration {
        let start = ContinuousClock.now
        var took = Duration.zero
        let count = batch.groups.reduce(0) { $0 + $1.ids.count }
        let attempt = RemovalAttempt(on: connection)
        do throws(RedisError) {
            try script.run(connection, keys: batch.keys, values: batch.values, into: reply, meanwhile: meanwhile)
            took = .now - start
            try takeVerdicts(batch.groups, count)
        } catch {
            if attempt.isUncertain(after: error) { results.uncertainRemovals = count }
            throw error
        }
        return took
    }

    private func remove(_ groups: [Group], by cluster: ClusterEntryRemoval) throws(RedisError) -> Duration {
        var groups = groups
        if let unread = journal?.unread, !unread.isEmpty {
            // What could not be written down stays.
            results.unreached += groups.reduce(0) { $0 + (unread.contains($1.key) ? $1.ids.count : 0) }
            groups.removeAll { unread.contains($0.key) }
        }
        let answer = try cluster.remove(groups.map(share))
        results.uncertainRemovals += answer.uncertain
        for (index, group) in groups.enumerated() {
            note(group, answer.verdicts[index], isEmptied: answer.emptied[index])
        }
        if let failure = answer.failure, !failure.isUnreachable { throw failure }
        results.unreached += answer.unreached
        return answer.took
    }

    private func takeVerdicts(_ groups: [Group], _ count: Int) throws(RedisError) {
        guard reply.count >= 4, reply.kind(0) == .array else { throw .badScriptAnswer }
        let answer = ScriptAnswer(reply: reply)
        let verdicts = try answer.integers(at: 1, atMost: count)
        let emptied = try answer.integers(at: verdicts.upperBound, atMost: groups.count)
        var verdict = verdicts.lowerBound
        for (index, group) in groups.enumerated() {
            let own = (0..<group.ids.count).map { place in
                verdict + place < verdicts.upperBound ? reply.integer(verdict + place) : nil
            }
            verdict += group.ids.count
            note(group, own, isEmptied: index < emptied.count && reply.integer(emptied.lowerBound + index) == 1)
        }
        try answer.throwFailure(at: emptied.upperBound)
        guard verdicts.count == count, emptied.count == groups.count else { throw .badScriptAnswer }
    }

    /// Counts what became of an index key's entries; nil of one that was not dealt with.
    private func note(_ group: Group, _ verdicts: [Int?], isEmptied: Bool) {
        var removed = (orphaned: 0, expired: 0)
        for (index, verdict) in verdicts.enumerated() {
            let reason = group.reasons[index]
            switch verdict {
            case nil: break
            case 1 where reason == .orphaned: removed.orphaned += 1
            case 1: removed.expired += 1
            case 0: results.noteGone(reason)
            case -1: results.noteLiveSession(reason)
            default: results.retypedEntries += 1
            }
        }
        guard removed.orphaned + removed.expired > 0 else { return }
        results.orphanedEntriesRemoved += removed.orphaned
        results.expiredEntriesRemoved += removed.expired
        if lastCleaned != group.key {
            results.indexKeysCleaned += 1
            lastCleaned = group.key
        }
        if isEmptied { results.indexKeysEmptied += 1 }
        if publisher != nil || observer.wantsRemovals { tell(of: group, verdicts) }
    }

    private func tell(of group: Group, _ verdicts: [Int?]) {
        for reason in [RemovalReason.orphaned, .expired] {
            let ids = group.ids.indices.filter { verdicts[$0] == 1 && group.reasons[$0] == reason }.map {
                group.ids[$0]
            }
            guard !ids.isEmpty else { continue }
            publisher?.note(entries: ids, of: group.key, template: group.template, reason: reason)
            if observer.wantsRemovals { observer.removal(fromIndexKey: group.key, ids: ids, reason: reason) }
        }
    }
}

extension IndexType {
    var scriptName: String {
        switch self {
        case .sortedSet: "z"
        case .set: "s"
        case .list: "l"
        }
    }
}

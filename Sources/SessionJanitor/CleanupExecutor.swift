import RedisClient

/// Carries out a plan in small batches, each one atomic check-and-remove on the server.
///
/// First the expired sessions, then the entries: what is cut off in between leaves entries without a session, which
/// the next run finds. The one part of a run that needs a connection for writing.
final class CleanupExecutor {
    private(set) var results = RemovalResults()

    private let connection: RedisConnection
    private let layout: Layout
    private var pacer: Pacer
    private let observer: any CleanupObserver
    private let checkpoint: () throws -> Void
    private let reply = Reply()
    private var removeEntries = RemovalScript.removeEntries
    private var removeSessions = RemovalScript.removeSessions

    /// How many removals one script may carry; Lua's own limit on the arguments is far above.
    private static let batchLimits = 1...1_000

    /// `checkpoint` is called between batches, and ends the work by throwing.
    init(
        _ connection: RedisConnection, layout: Layout, pacer: Pacer, observer: any CleanupObserver,
        checkpoint: @escaping () throws -> Void = {}
    ) {
        self.connection = connection
        self.layout = layout
        self.pacer = pacer
        self.observer = observer
        self.checkpoint = checkpoint
    }

    /// Executes the plan. No entry is removed before `grace` has passed since it was seen without its session.
    func run(_ plan: CleanupPlan, grace: Duration) throws {
        let total = plan.expiredSessions + plan.entryCount
        try runSessions(plan.sessions, total: total)
        try Pacer.sleep(until: plan.entriesSeen + grace, checkpoint)
        try runEntries(plan.entries, sessionsDone: plan.expiredSessions, total: total)
    }

    // MARK: Sessions

    private func runSessions(_ sessions: ByteLog, total: Int) throws {
        var cursor = ByteLog.Cursor()
        var done = 0
        var sizer = BatchSizer(target: pacer.batchTime, initial: 50, limits: CleanupExecutor.batchLimits)
        while sessions.hasNext(cursor) {
            var keys = CommandArguments()
            var fingerprints: [UInt64] = []
            while keys.count < sizer.size, let record = sessions.next(&cursor) {
                fingerprints.append(record.bytes.loadUnaligned(as: UInt64.self))
                let id = UnsafeRawBufferPointer(rebasing: record.bytes[8...])
                keys.append(layout.sessionKey.head, id, layout.sessionKey.tail)
            }
            let took = try removeSessions(keys, fingerprints)
            sizer.record(count: keys.count, seconds: pacer.serverSeconds(took))
            done += keys.count
            observer.progress(.removal, done: done, total: total)
            try checkpoint()
            pacer.rest(after: took)
        }
    }

    /// Reads the values again, and removes the sessions that still have the value that was judged.
    private func removeSessions(_ keys: CommandArguments, _ fingerprints: [UInt64]) throws(RedisError) -> Duration {
        let start = ContinuousClock.now
        _ = try connection.call(.mget, keys, into: reply)
        guard reply.count == keys.count + 1, reply.kind(0) == .array else {
            throw .unexpectedReply(command: .mget, expected: "a value for each key")
        }
        var unchanged = CommandArguments()
        var values = CommandArguments()
        for (index, fingerprint) in fingerprints.enumerated() {
            guard reply.kind(index + 1) == .string else {
                // It ended by itself; its entries are still to go.
                continue
            }
            let value = reply.bytes(index + 1)
            guard Census.fingerprint(value) == fingerprint else {
                results.sessionsChanged += 1
                continue
            }
            keys.withArgument(index) { unchanged.append($0) }
            values.append(value)
        }
        guard unchanged.count > 0 else { return .now - start }
        let read = ContinuousClock.now - start
        let begin = ContinuousClock.now
        try attempt(removals: unchanged.count) { () throws(RedisError) in
            try removeSessions.run(connection, keys: unchanged, values: values, into: reply)
            guard reply.count >= 3, reply.kind(0) == .array else { throw .badScriptAnswer }
            let verdicts = try integers(at: 1, atMost: unchanged.count)
            guard verdicts.upperBound == reply.count - 1 else { throw .badScriptAnswer }
            for index in verdicts {
                switch reply.integer(index) {
                case 1: results.expiredSessionsRemoved += 1
                case 0: break
                default: results.sessionsChanged += 1
                }
            }
            try throwFailure(at: verdicts.upperBound)
            guard verdicts.count == unchanged.count else { throw .badScriptAnswer }
        }
        // Reading and removing are two commands; the slower one decides how large the next batch is.
        return max(read, ContinuousClock.now - begin)
    }

    // MARK: Entries

    /// One index key's share of a batch.
    private struct Group {
        var user: [UInt8]
        var type: IndexType
        var ids: [[UInt8]] = []
        var reasons: [RemovalReason] = []
    }

    private func runEntries(_ entries: EntryLog, sessionsDone: Int, total: Int) throws {
        var cursor = ByteLog.Cursor()
        var done = sessionsDone
        var sizer = BatchSizer(target: pacer.batchTime, initial: 50, limits: CleanupExecutor.batchLimits)
        var current: Group?
        var lastCleaned: [UInt8]?
        while true {
            let groups = gather(entries, &cursor, &current, limit: sizer.size)
            let count = groups.reduce(0) { $0 + $1.ids.count }
            guard count > 0 else { return }
            let took = try remove(groups, &lastCleaned)
            sizer.record(count: count, seconds: pacer.serverSeconds(took))
            done += count
            observer.progress(.removal, done: done, total: total)
            try checkpoint()
            pacer.rest(after: took)
        }
    }

    /// The next entries, at most `limit`; `current` is the index key to which the last ones belonged.
    private func gather(
        _ entries: EntryLog, _ cursor: inout ByteLog.Cursor, _ current: inout Group?, limit: Int
    ) -> [Group] {
        var groups: [Group] = []
        var count = 0
        current?.ids = []
        current?.reasons = []
        while count < limit, let item = entries.next(&cursor) {
            switch item {
            case .indexKey(let user, let type, _):
                if let current, !current.ids.isEmpty { groups.append(current) }
                current = Group(user: Array(user), type: type)
            case .entry(let id, let reason):
                current?.ids.append(Array(id))
                current?.reasons.append(reason)
                count += 1
            }
        }
        if let current, !current.ids.isEmpty { groups.append(current) }
        return groups
    }

    private func remove(_ groups: [Group], _ lastCleaned: inout [UInt8]?) throws(RedisError) -> Duration {
        var keys = CommandArguments()
        var values = CommandArguments()
        for group in groups {
            keys.append(layout.indexKey.key(group.user))
            values.append(group.type.scriptName)
            values.append(group.ids.count)
            for id in group.ids {
                keys.append(layout.sessionKey.key(id))
                values.append(id)
            }
        }
        let start = ContinuousClock.now
        var took = Duration.zero
        let count = groups.reduce(0) { $0 + $1.ids.count }
        try attempt(removals: count) { () throws(RedisError) in
            try removeEntries.run(connection, keys: keys, values: values, into: reply)
            took = .now - start
            try takeVerdicts(groups, count, &lastCleaned)
        }
        return took
    }

    private func takeVerdicts(_ groups: [Group], _ count: Int, _ lastCleaned: inout [UInt8]?) throws(RedisError) {
        guard reply.count >= 4, reply.kind(0) == .array else { throw .badScriptAnswer }
        let verdicts = try integers(at: 1, atMost: count)
        let emptied = try integers(at: verdicts.upperBound, atMost: groups.count)
        guard emptied.upperBound == reply.count - 1 else { throw .badScriptAnswer }
        var verdict = verdicts.lowerBound
        for (index, group) in groups.enumerated() {
            var removed: [RemovalReason: [[UInt8]]] = [:]
            for (id, reason) in zip(group.ids, group.reasons) where verdict < verdicts.upperBound {
                switch reply.integer(verdict) {
                case 1: removed[reason, default: []].append(id)
                case 0: results.noteGone(reason)
                case -1: results.noteLiveSession(reason)
                default: results.retypedEntries += 1
                }
                verdict += 1
            }
            guard !removed.isEmpty else { continue }
            results.orphanedEntriesRemoved += removed[.orphaned]?.count ?? 0
            results.expiredEntriesRemoved += removed[.expired]?.count ?? 0
            if lastCleaned != group.user {
                results.indexKeysCleaned += 1
                lastCleaned = group.user
            }
            if index < emptied.count, reply.integer(emptied.lowerBound + index) == 1 { results.indexKeysEmptied += 1 }
            guard observer.wantsRemovals else { continue }
            for reason in [RemovalReason.orphaned, .expired] {
                guard let ids = removed[reason] else { continue }
                observer.removal(fromIndexKey: layout.indexKey.key(group.user), ids: ids, reason: reason)
            }
        }
        try throwFailure(at: emptied.upperBound)
        guard verdicts.count == count, emptied.count == groups.count else { throw .badScriptAnswer }
    }

    /// The nodes of an array of integers.
    private func integers(at index: Int, atMost limit: Int) throws(RedisError) -> Range<Int> {
        guard index < reply.count, reply.kind(index) == .array else { throw .badScriptAnswer }
        let count = reply.integer(index)
        guard (0...limit).contains(count), index + 1 + count <= reply.count else { throw .badScriptAnswer }
        let range = (index + 1)..<(index + 1 + count)
        guard range.allSatisfy({ reply.kind($0) == .integer }) else { throw .badScriptAnswer }
        return range
    }

    /// Says, if the answer to what was sent cannot be had, that these removals were carried out or not.
    private func attempt(removals: Int, _ body: () throws(RedisError) -> Void) throws(RedisError) {
        let sent = connection.writeCommandsSent
        do throws(RedisError) {
            try body()
        } catch {
            let isAnswered = error.serverCode != nil
            if !isAnswered, connection.writeCommandsSent > sent { results.uncertainRemovals = removals }
            throw error
        }
    }

    private func throwFailure(at index: Int) throws(RedisError) {
        guard reply.kind(index) == .string else { throw .badScriptAnswer }
        if !reply.bytes(index).isEmpty { throw RedisError(scriptFailure: reply.text(index)) }
    }
}

extension IndexType {
    fileprivate var scriptName: String {
        switch self {
        case .sortedSet: "z"
        case .set: "s"
        case .list: "l"
        }
    }
}

extension RedisError {
    fileprivate static var badScriptAnswer: RedisError {
        .unexpectedReply(command: .evalsha, expected: "a verdict for each removal")
    }
}

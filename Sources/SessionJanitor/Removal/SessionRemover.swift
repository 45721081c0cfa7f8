import RedisClient

/// Removes expired sessions, each only if its value is still the one that was judged.
final class SessionRemover {
    private(set) var results = RemovalResults()
    /// The hashes of the keys that were not removed, as they had changed or were out of reach.
    let kept = IdentifierSet()

    let connection: any RedisPipeline
    let layout: Layout
    private let observer: any CleanupObserver
    private let journal: RemovalJournal?
    private let publisher: RemovalPublisher?
    let reply = Reply()
    private let script: BatchScript
    /// So many of the next sessions are in the journal.
    private var covered = 0
    private let judgedScript: BatchScript
    let scoredScript: BatchScript
    let judged: ExpiryBasis
    private let checkpoint: () throws -> Void
    private let bound: ByteBound
    /// The last proof about idle sessions that are in the journal.
    private var proof = TouchProof.none

    init(
        _ connection: any RedisPipeline, layout: Layout, judged: ExpiryBasis, observer: any CleanupObserver,
        journal: RemovalJournal?, publisher: RemovalPublisher?, bound: ByteBound,
        checkpoint: @escaping () throws -> Void
    ) {
        self.checkpoint = checkpoint
        self.bound = bound
        self.observer = observer
        self.judged = judged
        self.connection = connection
        let judgedAt = judged.clocks.microseconds
        script = BatchScript(connection, RemovalScript.removeSessions, notBefore: judgedAt)
        judgedScript = BatchScript(connection, DependentScript.removeSessions, notBefore: judgedAt)
        scoredScript = BatchScript(connection, ScoredSessionScript.removeSessions, notBefore: judgedAt)
        self.layout = layout
        self.journal = journal
        self.publisher = publisher
    }

    /// Removes the next sessions, at most `limit`; returns how many were dealt with and what the slowest step took.
    func removeNext(_ sessions: ByteLog, _ cursor: inout ByteLog.Cursor, limit: Int) throws -> (Int, Duration) {
        if let journal, covered == 0 {
            var touches = false
            covered = try journal.cover(limit: limit, from: cursor) { ahead, limit throws in
                let batch = gather(sessions, &ahead, limit: limit)
                let isTouched = batch.isJudgedByAccess && !connection.server.leavesIdleTimes
                touches = touches || isTouched
                try journal.append(
                    keys: batch.keys, as: .session, idleFor: isTouched ? judged.idleSeconds : nil,
                    leavingUnread: isOfStrings(batch))
                return batch.keys.count
            }
            // Writing them down has touched them.
            proof = touches ? try TouchProof.take(connection, checkpoint) : .none
        }
        let batch = gather(sessions, &cursor, limit: journal == nil ? limit : min(limit, covered))
        guard batch.keys.count > 0 else { return (0, .zero) }
        if journal != nil { covered -= batch.keys.count }
        // Of what nobody has asked for nothing is read.
        guard !batch.isJudgedByAccess, judged.reading != .nothing else { return (batch.keys.count, try remove(batch)) }
        var took = Duration.zero
        for part in try bound.parts(of: batch.keys, on: connection) { took += try remove(batch[part]) }
        return (batch.keys.count, took)
    }

    private func remove(_ batch: SessionBatch) throws -> Duration {
        if !batch.isJudgedByAccess, judged.countsScores { return try removeScored(batch) }
        return isOfStrings(batch) ? try removeStrings(batch) : try removeOthers(batch)
    }

    private func isOfStrings(_ batch: SessionBatch) -> Bool {
        guard case .string = judged.reading else { return false }
        return !batch.isJudgedByAccess && !judged.countsScores
    }

    private func gather(_ sessions: ByteLog, _ cursor: inout ByteLog.Cursor, limit: Int) -> SessionBatch {
        var batch = SessionBatch()
        while batch.keys.count < limit, batch.takeNext(of: sessions, &cursor, layout) {}
        return batch
    }

    private func removeStrings(_ batch: SessionBatch) throws -> Duration {
        let start = ContinuousClock.now
        var unchanged = SessionShare()
        try readInReach(0..<batch.keys.count, of: batch, &unchanged)
        return try remove(unchanged, by: script, since: start)
    }

    /// Takes the sessions whose values are still the ones that were judged.
    private func readValues(
        _ places: Range<Int>, of batch: SessionBatch, _ unchanged: inout SessionShare
    ) throws(RedisError) {
        var keys = CommandArguments()
        for place in places { batch.keys.withArgument(place) { keys.append($0) } }
        _ = try connection.call(.mget, keys, into: reply)
        guard reply.count == places.count + 1, reply.kind(0) == .array else {
            throw RedisError.unexpectedReply(command: .mget, expected: "a value for each key")
        }
        for (index, place) in places.enumerated() {
            // One without a value ended by itself; its entries are still to go.
            guard reply.kind(index + 1) == .string else {
                results.sessionsGone += 1
                continue
            }
            let value = reply.bytes(index + 1)
            guard Census.fingerprint(value) == batch.fingerprints[place] else {
                noteChanged(batch.keys, place)
                continue
            }
            guard journal?.lacks(batch.keys, place) != true else {
                noteUnreached(batch.keys, place)
                continue
            }
            unchanged.items.values.append(value)
            unchanged.append(batch, place)
        }
    }

    /// The same, one by one where a part of the cluster is out of reach: what is there stays.
    private func readInReach(
        _ places: Range<Int>, of batch: SessionBatch, _ unchanged: inout SessionShare
    ) throws(RedisError) {
        do throws(RedisError) {
            try readValues(places, of: batch, &unchanged)
        } catch .unreachable {
            guard places.count > 1 else {
                noteUnreached(batch.keys, places.lowerBound)
                return
            }
            for place in places { try readInReach(place..<place + 1, of: batch, &unchanged) }
        }
    }

    /// Hashes whose fields are still those that were judged, and sessions that nobody has asked for.
    private func removeOthers(_ batch: SessionBatch) throws -> Duration {
        let start = ContinuousClock.now
        var share = SessionShare()
        if !batch.isJudgedByAccess, case .fields(let fields) = judged.reading {
            share.items.head.append(fields.count)
            for field in fields { share.items.head.append(field) }
            try readFields(fields, batch, &share)
        } else {
            share.items.head.append(0)
            share.items.head.append(proof.argument)
            for index in 0..<batch.keys.count {
                guard journal?.lacks(batch.keys, index) != true else {
                    results.sessionsChanged += 1
                    continue
                }
                share.items.values.append(judged.idleSeconds)
                share.append(batch, index)
            }
        }
        return try remove(share, by: judgedScript, since: start)
    }

    private func readFields(
        _ fields: [String], _ batch: SessionBatch, _ share: inout SessionShare
    ) throws(RedisError) {
        for index in 0..<batch.keys.count {
            var arguments = CommandArguments()
            batch.keys.withArgument(index) { arguments.append($0) }
            for field in fields { arguments.append(field) }
            try connection.append(.hmget, arguments)
        }
        for (index, fingerprint) in batch.fingerprints.enumerated() {
            try connection.receiveAny(into: reply)
            let isReadable = reply.kind(0) == .array && reply.count == fields.count + 1
            // One without any of the fields ended by itself.
            if isReadable, (1...fields.count).allSatisfy({ reply.kind($0) == .null }) {
                results.sessionsGone += 1
                continue
            }
            guard isReadable, SessionReader.fingerprint(reply, 1, fields.count) == fingerprint else {
                noteChanged(batch.keys, index)
                continue
            }
            for node in 1...fields.count {
                let mark: [UInt8] = reply.kind(node) == .string ? Array("1".utf8) : Array("0".utf8)
                share.items.values.append(mark + reply.bytes(node))
            }
            share.append(batch, index)
        }
    }

    func noteGone() { results.sessionsGone += 1 }

    func noteChanged(_ keys: CommandArguments, _ place: Int) {
        results.sessionsChanged += 1
        noteKept(keys, place)
    }

    private func noteUnreached(_ keys: CommandArguments, _ place: Int) {
        results.unreached += 1
        noteKept(keys, place)
    }

    private func noteKept(_ keys: CommandArguments, _ place: Int) {
        keys.withArgument(place) { _ = kept.insert(IdentifierSet.hash($0)) }
    }

    func remove(
        _ share: SessionShare, by script: BatchScript, since start: ContinuousClock.Instant
    ) throws -> Duration {
        guard share.items.count > 0 else { return .now - start }
        defer { publisher?.publish() }
        let read = ContinuousClock.now - start
        let begin = ContinuousClock.now
        let answer = script.run(share.items)
        for (place, verdict) in answer.verdicts.enumerated() {
            if let verdict { note(verdict, share, place) }
        }
        results.uncertainRemovals += answer.lost.count
        if let failure = answer.failure {
            guard failure.isUnreachable else { throw failure }
            for place in answer.verdicts.indices where answer.verdicts[place] == nil && !answer.lost.contains(place) {
                noteUnreached(share.sessions, place)
            }
        }
        // Reading and removing are two commands; the slower one decides how large the next batch is.
        return max(read, ContinuousClock.now - begin)
    }

    private func tell(of key: UnsafeRawBufferPointer, isIdle: Bool) {
        publisher?.note(session: key, isIdle: isIdle)
        guard observer.wantsRemovals else { return }
        guard let template = layout.sessionKeys.first(where: { $0.matches(key) }) else { return }
        observer.removal(of: .session(isIdle: isIdle), key: Array(key), template: template)
    }

    private func note(_ verdict: Int, _ share: SessionShare, _ place: Int) {
        let isIdle = share.isIdle[place]
        if verdict == 1 { share.sessions.withArgument(place) { tell(of: $0, isIdle: isIdle) } }
        switch verdict {
        case 1 where isIdle: results.idleSessionsRemoved += 1
        case 1: results.expiredSessionsRemoved += 1
        case 0: results.sessionsGone += 1
        default: noteChanged(share.sessions, place)
        }
    }
}

/// The sessions of a batch that are still as they were judged, and what the script is told of them.
struct SessionShare {
    private(set) var isIdle: [Bool] = []
    /// Their keys alone; the script may get more for each.
    private(set) var sessions = CommandArguments()
    var items = ScriptItems()

    /// To be called when the session's values stand in ``items``; `further` are the script's other keys of it.
    mutating func append(_ batch: SessionBatch, _ index: Int, further: CommandArguments = CommandArguments()) {
        batch.keys.withArgument(index) { key in
            items.keys.append(key)
            sessions.append(key)
        }
        items.keys.append(contentsOf: further)
        items.endItem()
        isIdle.append(batch.isIdle[index])
    }
}

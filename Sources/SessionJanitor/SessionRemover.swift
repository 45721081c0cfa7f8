import RedisClient

/// Removes expired sessions, each only if its value is still the one that was judged.
final class SessionRemover {
    private(set) var results = RemovalResults()

    private let connection: any RedisConversation
    private let layout: Layout
    private let journal: RemovalJournal?
    private let reply = Reply()
    private var script = RemovalScript.removeSessions
    private let cluster: ClusterSessionRemoval?
    /// So many of the next sessions are in the journal.
    private var covered = 0

    init(_ connection: any RedisConversation, layout: Layout, journal: RemovalJournal?) {
        self.connection = connection
        cluster = (connection as? ClusterConnection).map { ClusterSessionRemoval($0) }
        self.layout = layout
        self.journal = journal
    }

    /// Removes the next sessions, at most `limit`; returns how many were dealt with and what the slowest step took.
    func removeNext(_ sessions: ByteLog, _ cursor: inout ByteLog.Cursor, limit: Int) throws -> (Int, Duration) {
        if let journal, covered == 0 {
            covered = try journal.cover(limit: limit, from: cursor) { ahead, limit throws in
                let (keys, _) = gather(sessions, &ahead, limit: limit)
                try journal.append(keys: keys, as: .session)
                return keys.count
            }
        }
        let (keys, fingerprints) = gather(sessions, &cursor, limit: journal == nil ? limit : min(limit, covered))
        guard keys.count > 0 else { return (0, .zero) }
        if journal != nil { covered -= keys.count }
        return (keys.count, try remove(keys, fingerprints))
    }

    private func gather(
        _ sessions: ByteLog, _ cursor: inout ByteLog.Cursor, limit: Int
    ) -> (CommandArguments, [UInt64]) {
        var keys = CommandArguments()
        var fingerprints: [UInt64] = []
        while keys.count < limit, let record = sessions.next(&cursor) {
            fingerprints.append(record.bytes.loadUnaligned(as: UInt64.self))
            let id = UnsafeRawBufferPointer(rebasing: record.bytes[8...])
            keys.append(layout.sessionKey.head, id, layout.sessionKey.tail)
        }
        return (keys, fingerprints)
    }

    private func remove(_ keys: CommandArguments, _ fingerprints: [UInt64]) throws -> Duration {
        let start = ContinuousClock.now
        _ = try connection.call(.mget, keys, into: reply)
        guard reply.count == keys.count + 1, reply.kind(0) == .array else {
            throw RedisError.unexpectedReply(command: .mget, expected: "a value for each key")
        }
        var unchanged = CommandArguments()
        var values = CommandArguments()
        for (index, fingerprint) in fingerprints.enumerated() {
            // One without a value ended by itself; its entries are still to go.
            guard reply.kind(index + 1) == .string else { continue }
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
        if let cluster {
            let (verdicts, failure) = try cluster.remove(unchanged, values: values)
            for case let verdict? in verdicts { note(verdict) }
            if let failure {
                if failure.serverCode == nil { results.uncertainRemovals = verdicts.filter { $0 == nil }.count }
                throw failure
            }
            return max(read, ContinuousClock.now - begin)
        }
        let attempt = RemovalAttempt(on: connection)
        do throws(RedisError) {
            try script.run(connection, keys: unchanged, values: values, into: reply)
            try takeVerdicts(unchanged.count)
        } catch {
            if attempt.isUncertain(after: error) { results.uncertainRemovals = unchanged.count }
            throw error
        }
        // Reading and removing are two commands; the slower one decides how large the next batch is.
        return max(read, ContinuousClock.now - begin)
    }

    private func takeVerdicts(_ count: Int) throws(RedisError) {
        guard reply.count >= 3, reply.kind(0) == .array else { throw .badScriptAnswer }
        let answer = ScriptAnswer(reply: reply)
        let verdicts = try answer.integers(at: 1, atMost: count)
        for index in verdicts { note(reply.integer(index)) }
        try answer.throwFailure(at: verdicts.upperBound)
        guard verdicts.count == count else { throw .badScriptAnswer }
    }

    private func note(_ verdict: Int) {
        switch verdict {
        case 1: results.expiredSessionsRemoved += 1
        case 0: break
        default: results.sessionsChanged += 1
        }
    }
}

import RedisClient

/// Takes TTLs back that a run has set, where they are still the ones that it set.
struct TTLRestorer {
    private let connection: any RedisPipeline
    private let sessions: SessionPresence
    private let isDryRun: Bool
    private let reply = Reply()
    private let script: BatchScript

    /// What a dry run's question takes is part of what it is told.
    private static let tolerance = 1_000.0

    private enum Outcome {
        case taken, kept
    }

    init(_ connection: any RedisPipeline, sessions: SessionPresence, isDryRun: Bool) {
        self.connection = connection
        self.sessions = sessions
        self.isDryRun = isDryRun
        script = BatchScript(connection, RestoreScript.persist)
    }

    /// Returns the keys that their TTL has ended, to go back without one. `now` is the server's time in epoch milliseconds.
    func restore(_ ttls: [BackupTTL], at now: Int, _ tally: inout RestoreTally) throws(RedisError) -> [BackupKey] {
        guard !isDryRun else { return try look(at: ttls, now, &tally) }
        var ended: [BackupKey] = []
        var items = ScriptItems()
        for ttl in ttls {
            items.keys.append(ttl.key.bytes)
            items.values.append(ttl.expiresAt)
            items.endItem()
        }
        let answer = script.run(items)
        for (ttl, verdict) in zip(ttls, answer.verdicts) {
            switch verdict {
            case nil: break
            case 1: note(.taken, &tally)
            case 0: note(.kept, &tally)
            default: noteGone(ttl, now, &ended, &tally)
            }
        }
        if let failure = answer.failure { throw failure }
        return ended
    }

    private func look(
        at ttls: [BackupTTL], _ now: Int, _ tally: inout RestoreTally
    ) throws(RedisError) -> [BackupKey] {
        var ended: [BackupKey] = []
        for ttl in ttls { try connection.append(.pttl, CommandArguments([ttl.key.bytes])) }
        for ttl in ttls {
            try connection.receive(into: reply)
            guard reply.kind(0) == .integer else { throw .unexpectedReply(command: .pttl, expected: "a number") }
            let left = reply.integer(0)
            let isSame = left >= 0 && abs(Double(now) + Double(left) - Double(ttl.expiresAt)) <= TTLRestorer.tolerance
            // One that a restore would bring back has no TTL then.
            let isGone = left == -2 && !sessions.isRestorable(ttl.key.bytes)
            if isGone {
                noteGone(ttl, now, &ended, &tally)
            } else {
                note(isSame ? .taken : .kept, &tally)
            }
        }
        return ended
    }

    /// What went before its time, somebody else has ended.
    private func noteGone(
        _ ttl: BackupTTL, _ now: Int, _ ended: inout [BackupKey], _ tally: inout RestoreTally
    ) {
        guard let payload = ttl.payload, ttl.expiresAt <= now else {
            tally.statistics.expired += 1
            return
        }
        ended.append(BackupKey(role: .session, key: ttl.key.bytes, payload: Array(payload), expiresAt: nil))
    }

    private func note(_ outcome: Outcome, _ tally: inout RestoreTally) {
        switch outcome {
        case .kept: tally.note(present: 1)
        case .taken: tally.note(as: \.ttlsCleared, isDryRun: isDryRun)
        }
    }
}

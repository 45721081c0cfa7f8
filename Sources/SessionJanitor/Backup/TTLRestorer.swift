import RedisClient

/// Takes TTLs back that a run has set, where they are still the ones that it set.
struct TTLRestorer {
    private let connection: any RedisConversation
    private let sessions: SessionPresence
    private let isDryRun: Bool
    private let reply = Reply()
    private let script: BatchScript

    /// What a dry run's question takes is part of what it is told.
    private static let tolerance = 1_000.0

    private enum Outcome {
        case taken, kept, gone
    }

    init(_ connection: any RedisConversation, sessions: SessionPresence, isDryRun: Bool) {
        self.connection = connection
        self.sessions = sessions
        self.isDryRun = isDryRun
        script = BatchScript(connection, RestoreScript.persist)
    }

    /// `now` is the server's time in epoch milliseconds.
    func restore(_ ttls: [BackupTTL], at now: Int, _ tally: inout RestoreTally) throws(RedisError) {
        guard !isDryRun else { return try look(at: ttls, now, &tally) }
        var items = ScriptItems()
        for ttl in ttls {
            items.keys.append(ttl.key.bytes)
            items.values.append(ttl.expiresAt)
            items.endItem()
        }
        let answer = script.run(items)
        for case let verdict? in answer.verdicts {
            switch verdict {
            case 1: note(.taken, &tally)
            case 0: note(.kept, &tally)
            default: note(.gone, &tally)
            }
        }
        if let failure = answer.failure { throw failure }
    }

    private func look(at ttls: [BackupTTL], _ now: Int, _ tally: inout RestoreTally) throws(RedisError) {
        for ttl in ttls { try connection.append(.pttl, CommandArguments([ttl.key.bytes])) }
        for ttl in ttls {
            try connection.receive(into: reply)
            guard reply.kind(0) == .integer else { throw .unexpectedReply(command: .pttl, expected: "a number") }
            let left = reply.integer(0)
            let isSame = left >= 0 && abs(Double(now) + Double(left) - Double(ttl.expiresAt)) <= TTLRestorer.tolerance
            // One that a restore would bring back has no TTL then.
            let isGone = left == -2 && !sessions.isRestorable(ttl.key.bytes)
            note(isGone ? .gone : isSame ? .taken : .kept, &tally)
        }
    }

    private func note(_ outcome: Outcome, _ tally: inout RestoreTally) {
        switch outcome {
        case .gone: tally.statistics.expired += 1
        case .kept: tally.note(present: 1)
        case .taken: tally.note(as: \.ttlsCleared, isDryRun: isDryRun)
        }
    }
}

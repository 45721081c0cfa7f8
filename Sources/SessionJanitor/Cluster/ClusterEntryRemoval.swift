import RedisClient

/// Removes entries from a cluster's index keys, a batch at a time.
///
/// Where an index key and its sessions share a slot (hash tags), one script checks and removes, as on a single server.
/// Elsewhere no command sees both, and so it takes steps: look whether the sessions are there, take the entries of the
/// missing ones out, look again, and put back with its old score what has appeared in between. An entry stays removed
/// only if its session was missing before its removal and after it; whatever cannot be looked at goes back as well.
final class ClusterEntryRemoval {
    /// Of each share the verdicts on its entries as the script for a single server gives them.
    struct Answer {
        /// Nil where an entry was not dealt with, or nothing is known of it.
        var verdicts: [[Int?]]
        /// Whether the index key is gone with its last entry.
        var emptied: [Bool]
        /// Entries of which is not known whether they are removed.
        var uncertain = 0
        /// Entries that stayed, as something of theirs is out of reach.
        var unreached = 0
        /// The gravest; what is out of reach is no reason to leave the rest.
        var failure: RedisError?
        /// The longest that one node had to do at a stretch.
        var took = Duration.zero
    }

    private let connection: any RedisPipeline
    private let retries: RetryPolicy
    private let reply = Reply()
    private var atomic = RemovalScript.removeEntries
    private var takeOut = ClusterRemovalScript.takeOut
    private var putBack = ClusterRemovalScript.putBack

    init(_ connection: any RedisPipeline, retries: RetryPolicy = .standard) {
        self.connection = connection
        self.retries = retries
    }

    func remove(_ shares: [RemovalJournal.Share]) throws(RedisError) -> Answer {
        let start = ContinuousClock.now
        var answer = Answer(
            verdicts: shares.map { [Int?](repeating: nil, count: $0.members.count) },
            emptied: shares.map { _ in false })
        let isAtomic = shares.map(\.isInOneSlot)
        if isAtomic.contains(true) { try atomic.prepare(connection) }
        if isAtomic.contains(false) {
            try takeOut.prepare(connection)
            // Not when it is needed: then there must be no delay.
            try putBack.prepare(connection)
        }
        // The one whose sessions are elsewhere; by share the places of the entries in question.
        var missing = try look(
            at: shares.enumerated().map { isAtomic[$0] ? [] : Array($1.members.indices) }, of: shares, &answer)
        for (place, share) in shares.enumerated() where isAtomic[place] {
            missing[place] = Array(share.members.indices)
        }

        for (place, share) in shares.enumerated() where !missing[place].isEmpty {
            if isAtomic[place] {
                try appendAtomic(share)
            } else {
                try append(takeOut, share, missing[place], [])
            }
        }
        // From here on nothing is thrown before what was taken out has been looked at again.
        var lifetimes = [Int](repeating: -1, count: shares.count)
        var doubtful = [[Int]](repeating: [], count: shares.count)
        var lost: [Int] = []
        for (place, share) in shares.enumerated() where !missing[place].isEmpty {
            do throws(RedisError) {
                try connection.receive(into: reply)
                if isAtomic[place] {
                    try takeAtomic(share, place, &answer)
                } else {
                    try takeRemoved(missing[place], place, &answer, &lifetimes[place])
                }
            } catch {
                answer.failure = error.moreSevere(than: answer.failure)
                if !error.isRefusal { lost.append(place) }
            }
            guard !isAtomic[place] else { continue }
            // Without an answer each of them may be out.
            let isLost = lost.last == place
            doubtful[place] = missing[place].filter { entry in
                answer.verdicts[place][entry].map { $0 == 1 } ?? isLost
            }
        }
        // Looking, taking out and looking again are three steps, and the nodes share the work of each.
        answer.took = (.now - start) / max(2 * connection.topology.shards.count, 1)
        if !lost.isEmpty { connection.outlastScripts() }
        try lookAgain(shares, doubtful, lifetimes, &answer)
        for (place, verdicts) in answer.verdicts.enumerated() {
            let unknown = verdicts.count { $0 == nil }
            if lost.contains(place) { answer.uncertain += unknown } else { answer.unreached += unknown }
        }
        return answer
    }

    // MARK: Looking

    /// Which of these entries' sessions are missing. What is out of reach stays; any other failure ends the work: nothing
    /// is removed yet.
    private func look(
        at places: [[Int]], of shares: [RemovalJournal.Share], _ answer: inout Answer
    ) throws(RedisError) -> [[Int]] {
        var missing = [[Int]](repeating: [], count: shares.count)
        var failure: RedisError?
        try ask(places, of: shares) { share, entry, isThere in
            switch isThere {
            case .success(false): missing[share].append(entry)
            case .success(true): answer.verdicts[share][entry] = -1
            case .failure(let error): failure = error.moreSevere(than: failure)
            }
        }
        if let failure, !failure.isUnreachable { throw failure }
        answer.failure = failure
        return missing
    }

    private func ask(
        _ places: [[Int]], of shares: [RemovalJournal.Share], _ take: (Int, Int, Result<Bool, RedisError>) -> Void
    ) throws(RedisError) {
        for (place, entries) in places.enumerated() {
            for entry in entries {
                try connection.append(.exists, CommandArguments(shares[place].sessionKeys[entry]))
            }
        }
        try connection.flush()
        for (place, entries) in places.enumerated() {
            for entry in entries {
                do throws(RedisError) {
                    try connection.receive(into: reply)
                    guard reply.kind(0) == .integer else {
                        throw .unexpectedReply(command: .exists, expected: "a number")
                    }
                    take(place, entry, .success(reply.integer(0) > 0))
                } catch {
                    take(place, entry, .failure(error))
                }
            }
        }
    }

    /// Puts back the entries whose session has appeared, and those of which it cannot be told.
    private func lookAgain(
        _ shares: [RemovalJournal.Share], _ doubtful: [[Int]], _ lifetimes: [Int], _ answer: inout Answer
    ) throws(RedisError) {
        var returning = [[Int]](repeating: [], count: shares.count)
        var unknown = returning
        var failure = answer.failure
        try ask(doubtful, of: shares) { share, entry, isThere in
            switch isThere {
            case .success(false): break
            case .success(true): returning[share].append(entry)
            case .failure(let error):
                failure = error.moreSevere(than: failure)
                returning[share].append(entry)
                unknown[share].append(entry)
            }
        }
        // A node that stays away is waited for once, not for each of its keys.
        var pauses: [String?: ArraySlice<Duration>] = [:]
        for (place, share) in shares.enumerated() where !returning[place].isEmpty {
            let node = connection.topology.shard(ofSlot: HashSlot.of(share.indexKey))?.primary.identifier
            do throws(RedisError) {
                try restore(share, returning[place], lifetimes[place], &pauses[node, default: retries.pauses[...]])
                for entry in returning[place] { answer.verdicts[place][entry] = -1 }
                for entry in unknown[place] { answer.verdicts[place][entry] = nil }
                answer.emptied[place] = false
            } catch {
                failure = error.moreSevere(than: failure)
                answer.uncertain += returning[place].count { answer.verdicts[place][$0] != nil }
            }
        }
        answer.failure = failure
    }

    /// What is there again already stays as it is, so that this may be tried twice.
    private func restore(
        _ share: RemovalJournal.Share, _ entries: [Int], _ lifetime: Int, _ pauses: inout ArraySlice<Duration>
    ) throws(RedisError) {
        try connection.retry(&pauses) { () throws(RedisError) in
            try append(putBack, share, entries, [Array(String(lifetime).utf8)])
            try connection.receive(into: reply)
            guard reply.count == 3, reply.kind(2) == .string else { throw .badScriptAnswer }
            guard reply.bytes(2).isEmpty else { throw RedisError(scriptFailure: reply.text(2)) }
        }
    }

    // MARK: Scripts

    private func append(
        _ script: ServerScript, _ share: RemovalJournal.Share, _ entries: [Int], _ further: [[UInt8]]
    ) throws(RedisError) {
        var values = CommandArguments([Array(share.type.scriptName.utf8)] + further)
        for entry in entries {
            values.append(share.members[entry])
            if share.type == .sortedSet { values.append(RedisScore.text(share.scores[entry])) }
        }
        try script.append(connection, keys: CommandArguments([share.indexKey]), values: values)
    }

    private func appendAtomic(_ share: RemovalJournal.Share) throws(RedisError) {
        var keys = CommandArguments([share.indexKey])
        // Every entry has as many session keys.
        var values = CommandArguments()
        values.append(share.sessionKeys.first?.count ?? 1)
        values.append(share.type.scriptName)
        values.append(share.members.count)
        for (entry, member) in share.members.enumerated() {
            for key in share.sessionKeys[entry] { keys.append(key) }
            values.append(member)
            if share.type == .sortedSet { values.append(RedisScore.text(share.scores[entry])) }
        }
        try atomic.append(connection, keys: keys, values: values)
    }

    private func takeAtomic(_ share: RemovalJournal.Share, _ place: Int, _ answer: inout Answer) throws(RedisError) {
        let script = ScriptAnswer(reply: reply)
        let verdicts = try script.integers(at: 1, atMost: share.members.count)
        let emptied = try script.integers(at: verdicts.upperBound, atMost: 1)
        for (entry, node) in verdicts.enumerated() { answer.verdicts[place][entry] = reply.integer(node) }
        answer.emptied[place] = emptied.contains { reply.integer($0) == 1 }
        try script.throwFailure(at: emptied.upperBound)
        guard verdicts.count == share.members.count else { throw .badScriptAnswer }
    }

    /// Takes in what was taken out, and the key's former TTL.
    private func takeRemoved(
        _ entries: [Int], _ place: Int, _ answer: inout Answer, _ lifetime: inout Int
    ) throws(RedisError) {
        let script = ScriptAnswer(reply: reply)
        let verdicts = try script.integers(at: 1, atMost: entries.count)
        for (entry, node) in zip(entries, verdicts) { answer.verdicts[place][entry] = min(reply.integer(node), 1) }
        let end = verdicts.upperBound
        guard end + 1 < reply.count, reply.kind(end) == .integer, reply.kind(end + 1) == .integer else {
            throw .badScriptAnswer
        }
        lifetime = reply.integer(end + 1)
        answer.emptied[place] = reply.integer(end) == 1
        try script.throwFailure(at: end + 2)
        guard verdicts.count == entries.count else { throw .badScriptAnswer }
    }
}

extension RemovalJournal.Share {
    /// Whether a script on the index key's node sees the sessions, too.
    fileprivate var isInOneSlot: Bool {
        let slot = HashSlot.of(indexKey)
        return sessionKeys.allSatisfy { $0.allSatisfy { HashSlot.of($0) == slot } }
    }
}

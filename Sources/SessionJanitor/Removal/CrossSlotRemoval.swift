import RedisClient

/// Removes from a cluster what is in another slot than its session, so that no command sees both.
///
/// It takes steps: look whether the sessions are there, take what is without one out as it was read, look again, and put back
/// what belongs to a session that has appeared in between. It stays removed only if it was without its session before the
/// removal and after it; whatever cannot be looked at goes back as well. Of a hash only the field goes and comes back, of an
/// index key only the entry, whatever else is done to it.
final class CrossSlotRemoval {
    private let connection: any RedisPipeline
    private let script: RemovalScript
    private let retries: RetryPolicy
    private var putBack = PutBackScript()
    private let reply = Reply()

    init(_ connection: any RedisPipeline, _ script: RemovalScript, retries: RetryPolicy = .standard) {
        self.connection = connection
        self.script = script
        self.retries = retries
    }

    /// Tries the items in these places, which hold what was read of them, and notes what became of each. What is thrown is
    /// thrown before any of them is removed; a failure afterwards is returned.
    func remove(_ items: inout [RemovalItem], _ places: [Int]) throws(RedisError) -> (
        failure: RedisError?, emptied: Set<Int>
    ) {
        guard !places.isEmpty else { return (nil, []) }
        // Not when they are needed: then there must be no delay.
        try script.prepare()
        try putBack.prepare(connection)
        var missing: [Int] = []
        for (place, look) in zip(places, try look(at: places, of: items)) {
            switch look {
            case .success(true): missing.append(place)
            case .success(false): items[place].outcome = .kept
            case .failure(let error) where error.isUnreachable: items[place].outcome = .unreachable
            case .failure(let error): throw error
            }
        }
        // From here on nothing is thrown before what was taken out has been looked at again.
        let answer = script.run(items, missing, .takingOut)
        var failure = answer.failure
        for place in missing {
            if answer.lost.contains(place) {
                items[place].outcome = .uncertain
            } else {
                items[place].outcome =
                    answer.verdicts[place].map { RemovalTally.Outcome($0) }
                    ?? (answer.failure?.isUnreachable == true ? .unreachable : nil)
            }
        }
        if !answer.lost.isEmpty { connection.outlastScripts() }
        // Without an answer each of them may be out.
        let doubtful = missing.filter { items[$0].outcome == .removed || items[$0].outcome == .uncertain }
        let returning = lookAgain(at: doubtful, &items, &failure)
        putBack(returning, &items, &failure)
        return (failure, answer.emptied.filter { items[$0].outcome == .removed })
    }

    // MARK: Looking

    /// Whether each of these is without its session: that is missing, or names another pointer.
    private func look(at places: [Int], of items: [RemovalItem]) throws(RedisError) -> [Result<Bool, RedisError>] {
        for place in places {
            try script.life.ask(about: items[place].sessions, on: connection)
            guard let source = items[place].backCheck else { continue }
            try BackCheck(source).ask(about: items[place].sessions, on: connection)
        }
        try connection.flush()
        return places.map { receiveLook(at: items[$0]) }
    }

    /// Receives every answer, whichever fails, so that commands and answers stay in step.
    private func receiveLook(at item: RemovalItem) -> Result<Bool, RedisError> {
        let isMissing = script.life.receiveIsAbsent(item.sessions.count, on: connection, into: reply)
        let namesAnother =
            item.backCheck.map {
                BackCheck($0).receive(item.sessions.count, otherThan: item.token, on: connection, into: reply)
            } ?? .success(false)
        return isMissing.flatMap { isMissing in namesAnother.map { isMissing || $0 } }
    }

    /// The places of those whose session has appeared, or of which it cannot be told.
    private func lookAgain(
        at places: [Int], _ items: inout [RemovalItem], _ failure: inout RedisError?
    ) -> [Int] {
        var looks: [Result<Bool, RedisError>]
        do throws(RedisError) {
            looks = try look(at: places, of: items)
        } catch {
            looks = places.map { _ in .failure(error) }
        }
        var returning: [Int] = []
        for (place, look) in zip(places, looks) {
            switch look {
            case .success(true): continue
            case .success(false): items[place].outcome = .kept
            case .failure(let error):
                failure = error.moreSevere(than: failure)
                items[place].outcome = error.isUnreachable ? .unreachable : nil
            }
            returning.append(place)
        }
        return returning
    }

    // MARK: Putting back

    private func putBack(_ places: [Int], _ items: inout [RemovalItem], _ failure: inout RedisError?) {
        // A node that stays away is waited for once, not for each of its keys.
        var pauses: [String?: ArraySlice<Duration>] = [:]
        for own in items.grouped(places, by: \.key) {
            // Entries of an index key go back together, in the order in which they were; fields of a hash one by one.
            let isIndex = items[own[0]].kind == .entry
            let slot = items[own[0]].key.withUnsafeBytes(connection.slot)
            let node = connection.topology.shard(ofSlot: slot)?.primary.identifier
            for group in isIndex ? [own] : own.map({ [$0] }) {
                do throws(RedisError) {
                    let group = group.map { items[$0] }
                    try connection.retry(&pauses[node, default: retries.pauses[...]]) { () throws(RedisError) in
                        try putBack.run(group, on: connection)
                    }
                } catch {
                    failure = error.moreSevere(than: failure)
                    for place in group { items[place].outcome = .uncertain }
                }
            }
        }
    }
}

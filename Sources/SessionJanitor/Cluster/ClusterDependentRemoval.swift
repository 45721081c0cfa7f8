import RedisClient

/// Removes keys that depend on sessions, and fields of hashes that point to them, from a cluster, a batch at a time.
///
/// Where a key and its session share a slot (hash tags), and for presence keys, one script checks and removes, as on a
/// single server. Elsewhere no command sees both, and so it takes steps: look whether the sessions are there, take the
/// keys of the missing ones out as they were looked at, look again, and put back what belongs to a session that has
/// appeared in between. A key stays removed only if it was without its session before its removal and after it; whatever
/// cannot be looked at goes back as well. Of a hash only the field goes and comes back, whatever else is done to it.
final class ClusterDependentRemoval {
    private let connection: any RedisPipeline
    private let retries: RetryPolicy
    private let bound: ByteBound
    private let reply = Reply()
    private let atomic: BatchScript
    private let takeKey: BatchScript
    private let takeField: BatchScript
    private let putBackKey: BatchScript
    private let putBackField: BatchScript

    init(_ connection: any RedisPipeline, retries: RetryPolicy = .standard, bound: ByteBound = .standard) {
        self.connection = connection
        self.bound = bound
        self.retries = retries
        atomic = BatchScript(connection, DependentScript.remove)
        takeKey = BatchScript(connection, ClusterRemovalScript.takeKey)
        takeField = BatchScript(connection, ClusterRemovalScript.takeField)
        putBackKey = BatchScript(connection, ClusterRemovalScript.putBackKey)
        putBackField = BatchScript(connection, ClusterRemovalScript.putBackField)
    }

    /// `proof` as for ``DependentScript/remove``, whose verdicts these are.
    func remove(_ items: [PlannedDependent], proof: TouchProof) -> BatchScript.Answer {
        var answer = BatchScript.Answer(verdicts: [Int?](repeating: nil, count: items.count))
        removeAtOnce(items.indices.filter { items[$0].isInOneSlot }, of: items, proof, &answer)
        let elsewhere = items.indices.filter { !items[$0].isInOneSlot }
        guard answer.failure == nil, !elsewhere.isEmpty else { return answer }
        do throws(RedisError) {
            for part in try parts(elsewhere, of: items) {
                try removeInSteps(part, of: items, &answer)
                if answer.failure != nil { break }
            }
        } catch {
            answer.failure = error
        }
        return answer
    }

    private func removeAtOnce(
        _ places: [Int], of items: [PlannedDependent], _ proof: TouchProof, _ answer: inout BatchScript.Answer
    ) {
        var batch = ScriptItems()
        batch.head.append(proof.argument)
        for place in places { items[place].append(to: &batch) }
        let own = atomic.run(batch)
        for (index, place) in places.enumerated() { answer.verdicts[place] = own.verdicts[index] }
        answer.lost = own.lost.map { places[$0] }
        answer.failure = own.failure
    }

    // MARK: Steps

    /// Splits these so that the copies of whole keys stay within the bound.
    private func parts(_ places: [Int], of items: [PlannedDependent]) throws(RedisError) -> [[Int]] {
        let whole = places.filter { items[$0].field == nil }
        let fields = places.filter { items[$0].field != nil }
        let keys = CommandArguments(whole.map { items[$0].key })
        return try bound.parts(of: keys, on: connection).map { Array(whole[$0]) } + (fields.isEmpty ? [] : [fields])
    }

    /// What is thrown is thrown before any of these is removed.
    private func removeInSteps(
        _ places: [Int], of items: [PlannedDependent], _ answer: inout BatchScript.Answer
    ) throws(RedisError) {
        try prepare(places, of: items)
        let copies = try copy(places, of: items)
        let looks = try look(at: places, of: items)
        var found: [Taken] = []
        for (index, place) in places.enumerated() {
            guard let copy = copies[index] else {
                answer.verdicts[place] = 0
                continue
            }
            guard try looks[index].get() else {
                answer.verdicts[place] = -1
                continue
            }
            found.append((place, copy))
        }
        // From here on nothing is thrown before what was taken out has been looked at again.
        take(found.filter { items[$0.place].field == nil }, by: takeKey, items, &answer)
        guard answer.failure == nil else { return }
        take(found.filter { items[$0.place].field != nil }, by: takeField, items, &answer)
    }

    /// Not when it is needed: then there must be no delay.
    private func prepare(_ places: [Int], of items: [PlannedDependent]) throws(RedisError) {
        if places.contains(where: { items[$0].field == nil }) {
            try takeKey.prepare()
            try putBackKey.prepare()
        }
        guard places.contains(where: { items[$0].field != nil }) else { return }
        try takeField.prepare()
        try putBackField.prepare()
    }

    private typealias Taken = (place: Int, copy: DependentCopy)

    /// Takes these out, and looks again.
    private func take(
        _ taken: [Taken], by script: BatchScript, _ items: [PlannedDependent], _ answer: inout BatchScript.Answer
    ) {
        guard !taken.isEmpty else { return }
        var batch = ScriptItems()
        for (place, copy) in taken { copy.append(items[place], to: &batch) }
        let own = script.run(batch)
        answer.failure = own.failure
        for (index, verdict) in own.verdicts.enumerated() { answer.verdicts[taken[index].place] = verdict }
        if !own.lost.isEmpty { connection.outlastScripts() }
        // Without an answer each of them may be out.
        let doubtful = taken.indices.filter { own.verdicts[$0] == 1 || own.lost.contains($0) }
        lookAgain(doubtful.map { taken[$0] }, items, &answer)
        let lost = own.lost.map { taken[$0].place }
        answer.lost += lost.filter { answer.verdicts[$0] == nil && !answer.lost.contains($0) }
    }

    /// Puts back the keys whose session has appeared, and those of which it cannot be told.
    private func lookAgain(
        _ taken: [Taken], _ items: [PlannedDependent], _ answer: inout BatchScript.Answer
    ) {
        var looks: [Result<Bool, RedisError>] = []
        do throws(RedisError) {
            looks = try look(at: taken.map(\.place), of: items)
        } catch {
            looks = taken.map { _ in .failure(error) }
        }
        for (look, (place, copy)) in zip(looks, taken) {
            if case .success(true) = look { continue }
            if case .failure(let error) = look { answer.failure = answer.failure ?? error }
            do throws(RedisError) {
                try putBack(items[place], copy)
                answer.verdicts[place] = -1
            } catch {
                answer.failure = answer.failure ?? error
                answer.verdicts[place] = nil
                answer.lost.append(place)
            }
        }
    }

    // MARK: Looking

    /// Whether each of these keys is without its session: that is missing, or names another pointer.
    private func look(
        at places: [Int], of items: [PlannedDependent]
    ) throws(RedisError) -> [Result<Bool, RedisError>] {
        for place in places {
            try connection.append(.exists, items[place].sessions)
            guard let source = items[place].backCheck else { continue }
            try BackCheck(source).ask(about: items[place].sessions, on: connection)
        }
        try connection.flush()
        return places.map { receiveLook(at: items[$0]) }
    }

    /// Receives every answer, whichever fails, so that commands and answers stay in step.
    private func receiveLook(at item: PlannedDependent) -> Result<Bool, RedisError> {
        var failure: RedisError?
        var isMissing = false
        var named: [[UInt8]] = []
        do throws(RedisError) {
            try connection.receive(into: reply)
            guard reply.kind(0) == .integer else {
                throw .unexpectedReply(command: .exists, expected: "a number")
            }
            isMissing = reply.integer(0) == 0
        } catch {
            failure = error
        }
        if let source = item.backCheck {
            for _ in 0..<item.sessions.count {
                do throws(RedisError) {
                    try connection.receiveAny(into: reply)
                    if let name = try BackCheck(source).name(in: reply) { named.append(name) }
                } catch {
                    failure = failure ?? error
                }
            }
        }
        if let failure { return .failure(failure) }
        return .success(isMissing || BackCheck.isAnother(named, than: item.token))
    }

    // MARK: Copies

    /// Nil for a key that is gone. Whether a field is, its script tells.
    private func copy(_ places: [Int], of items: [PlannedDependent]) throws(RedisError) -> [DependentCopy?] {
        for place in places {
            let argument = CommandArguments([items[place].key])
            if items[place].field == nil { try connection.append(.dump, argument) }
            try connection.append(.pttl, argument)
        }
        try connection.flush()
        var failure: RedisError?
        var copies: [DependentCopy?] = []
        for place in places {
            var payload: [UInt8]?
            do throws(RedisError) {
                if items[place].field == nil {
                    try connection.receive(into: reply)
                    if reply.kind(0) == .string { payload = Array(reply.bytes(0)) }
                }
            } catch {
                failure = failure ?? error
            }
            var lifetime: Int?
            do throws(RedisError) {
                try connection.receive(into: reply)
                guard reply.kind(0) == .integer else {
                    throw .unexpectedReply(command: .pttl, expected: "a number")
                }
                lifetime = reply.integer(0)
            } catch {
                failure = failure ?? error
            }
            let isThere = items[place].field == nil ? payload != nil : lifetime != -2
            let copy = lifetime.map { DependentCopy(payload: payload, lifetime: $0, readAt: .now) }
            copies.append(isThere ? copy : nil)
        }
        if let failure { throw failure }
        return copies
    }

    /// What was written anew meanwhile stays as it is, so that this may be tried twice.
    private func putBack(_ item: PlannedDependent, _ copy: DependentCopy) throws(RedisError) {
        var pauses = retries.pauses[...]
        try connection.retry(&pauses) { () throws(RedisError) in
            var batch = ScriptItems()
            batch.keys.append(item.key)
            if let field = item.field {
                batch.values.append(field)
                batch.values.append(item.value)
            }
            batch.values.append(copy.remaining)
            if let payload = copy.payload { batch.values.append(payload) }
            batch.endItem()
            let script = item.field == nil ? putBackKey : putBackField
            if let failure = script.run(batch).failure { throw failure }
        }
    }
}

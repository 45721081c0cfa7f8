import RedisClient

/// Asks once more for the sessions that the census did not find; what is missing again makes the plan.
///
/// EXISTS with many keys answers how many of them exist: mostly none, and then one answer settles them all.
final class SecondLook {
    /// The entries to remove.
    let confirmed = EntryLog()
    /// Entries whose session is there after all.
    private(set) var revived = 0
    /// Entries of which is not known whether their session is there, as its part of a cluster is out of reach; kept.
    private(set) var unknown = 0
    /// Index keys without any valid entry.
    private(set) var emptyIndexKeys = 0

    /// How many sessions one EXISTS asks for.
    private static let keysEach = 100

    private let connection: any RedisPipeline
    /// Tells which sessions the entries name that are asked for next.
    private var asked: EntryNamer
    private let touchesCompanions: Bool
    /// How many keys a session has.
    private let keysPerSession: Int
    private var pacer: Pacer
    private var sizer: BatchSizer
    private var pipelining = Pipelining()
    private let progress: (_ entries: Int) throws -> Void
    private let reply = Reply()
    private var done = 0

    init(
        _ connection: any RedisPipeline, layout: Layout, pacer: Pacer,
        progress: @escaping (_ entries: Int) throws -> Void
    ) {
        self.connection = connection
        asked = EntryNamer(layout)
        keysPerSession = layout.sessionKeys.count
        touchesCompanions = !layout.companionKeys.isEmpty
        self.pacer = pacer
        self.progress = progress
        sizer = BatchSizer(target: pacer.batchTime, initial: 500, limits: 100...10_000)
    }

    /// Suspects that are asked for together.
    private struct Batch {
        /// Their session keys, each command's.
        var questions: [CommandArguments] = []
        /// The companions of their sessions.
        var companions = CommandArguments()
        var count = 0
        /// Of each command's keys, how many exist; nil before the answers were received.
        var existing: [Int]?
    }

    /// Goes through candidates, which may come in several logs; gives them back as it goes.
    func run(_ candidates: EntryLog) throws {
        var asking = ByteLog.Cursor()
        var settling = asking
        var current = PlannedKey()
        var answers: [Bool?] = []
        var batches: [(Batch, departure: Pipelining.Departure)] = []
        var isEarly = false
        while true {
            while batches.count < (isEarly ? 2 : 1) {
                let batch = gather(candidates, &asking)
                guard batch.count > 0 else { break }
                let departure = pipelining.departure(isAlone: connection.unanswered == 0)
                try send(batch)
                batches.append((batch, departure))
            }
            // While the server looks, the last answers are dealt with.
            let items = settle(candidates, &settling, answers, &current)
            answers = []
            candidates.release(before: settling)
            guard !batches.isEmpty else {
                if items == 0 { break }
                continue
            }
            try receive(&batches[0].0)
            let (batch, departure) = batches.removeFirst()
            let took = pipelining.arrival(of: departure)
            if departure.isMeasured { sizer.record(count: batch.count, seconds: pacer.serverSeconds(took)) }
            isEarly = pipelining.isNextEarly(pacer)
            // What is asked again is answered after all that is on its way.
            if batch.existing?.contains(where: { $0 > 0 }) ?? false {
                for index in batches.indices { try receive(&batches[index].0) }
            }
            answers = try settleQuestions(of: batch)
            done += batch.count
            try progress(done)
            pacer.rest(after: took)
        }
        close(current)
    }

    /// The session keys of the next suspects.
    private func gather(_ candidates: EntryLog, _ cursor: inout ByteLog.Cursor) -> Batch {
        var batch = Batch()
        var question = CommandArguments()
        while batch.count < sizer.size, let item = candidates.next(&cursor) {
            if case .indexKey(let stem, _, let template, _) = item { asked.begin(template, stem: stem) }
            guard case .entry(let id, .orphaned) = item else { continue }
            asked.appendKeys(of: id, to: &question)
            if touchesCompanions { asked.appendCompanions(of: id, to: &batch.companions) }
            batch.count += 1
            guard batch.count % SecondLook.keysEach == 0 else { continue }
            batch.questions.append(question)
            question = CommandArguments()
        }
        if question.count > 0 { batch.questions.append(question) }
        return batch
    }

    private func send(_ batch: Batch) throws(RedisError) {
        for question in batch.questions { try connection.append(.exists, question) }
        // Asking for a companion that is past its time makes the server expire it, and tell who listens for that.
        if batch.companions.count > 0 { try connection.append(.exists, batch.companions) }
        try connection.flush()
    }

    private func receive(_ batch: inout Batch) throws(RedisError) {
        guard batch.existing == nil else { return }
        var existing: [Int] = []
        // What is out of reach is asked for one by one, like that of which some is there.
        for _ in batch.questions { existing.append(try receiveCount() ?? 1) }
        if batch.companions.count > 0 { _ = try receiveCount() }
        batch.existing = existing
    }

    /// Whether each session exists now, nil where that cannot be told; asks again, one by one, where only some of them do.
    private func settleQuestions(of batch: Batch) throws(RedisError) -> [Bool?] {
        var answers = [Bool?](repeating: false, count: batch.count)
        for (index, existing) in (batch.existing ?? []).enumerated() where existing > 0 {
            let question = batch.questions[index]
            var single = CommandArguments()
            let sessions = question.count / keysPerSession
            for session in 0..<sessions {
                single.removeAll()
                for key in session * keysPerSession..<(session + 1) * keysPerSession {
                    question.withArgument(key) { single.append($0) }
                }
                try connection.append(.exists, single)
            }
            for session in 0..<sessions {
                answers[index * SecondLook.keysEach + session] = try receiveCount().map { $0 > 0 }
            }
        }
        return answers
    }

    /// Nil where a part of the cluster is out of reach.
    private func receiveCount() throws(RedisError) -> Int? {
        do throws(RedisError) {
            try connection.receive(into: reply)
        } catch .unreachable {
            return nil
        }
        guard reply.kind(0) == .integer else { throw .unexpectedReply(command: .exists, expected: "a number") }
        return reply.integer(0)
    }

    /// The index key whose candidates are being settled.
    private struct PlannedKey {
        var stem: [UInt8]?
        var type = IndexType.sortedSet
        var template = 0
        var keepsEntries = false
        var isPlanned = false
    }

    /// Moves the candidates that the answers are about into the plan, those with a session excepted.
    private func settle(
        _ candidates: EntryLog, _ cursor: inout ByteLog.Cursor, _ answers: [Bool?], _ current: inout PlannedKey
    ) -> Int {
        var items = 0
        var answered = 0
        while true {
            var ahead = cursor
            guard let item = candidates.next(&ahead) else { return items }
            switch item {
            case .indexKey(let stem, let type, let template, let keepsEntries):
                close(current)
                current = PlannedKey(stem: Array(stem), type: type, template: template, keepsEntries: keepsEntries)
            case .entry(let id, let reason):
                if reason == .orphaned {
                    guard answered < answers.count else { return items }
                    answered += 1
                    if answers[answered - 1] != false {
                        if answers[answered - 1] == nil { unknown += 1 } else { revived += 1 }
                        current.keepsEntries = true
                        break
                    }
                }
                if !current.isPlanned, let stem = current.stem {
                    stem.withUnsafeBytes {
                        _ = confirmed.append(
                            indexKey: $0, type: current.type, template: current.template,
                            keepsEntries: current.keepsEntries)
                    }
                    current.isPlanned = true
                }
                confirmed.append(entry: id, reason: reason)
            }
            cursor = ahead
            items += 1
        }
    }

    private func close(_ key: PlannedKey) {
        if key.stem != nil, !key.keepsEntries { emptyIndexKeys += 1 }
    }
}

import RedisClient

/// Asks once more for the sessions that the census did not find; what is missing again makes the plan.
///
/// EXISTS with many keys answers how many of them exist: mostly none, and then one answer settles them all.
final class SecondLook {
    /// The entries to remove.
    let confirmed = EntryLog()
    /// Entries whose session is there after all.
    private(set) var revived = 0
    /// Index keys without any valid entry.
    private(set) var emptyIndexKeys = 0

    /// How many keys one EXISTS names.
    private static let keysEach = 100

    private let connection: any RedisConversation
    private let layout: Layout
    private var pacer: Pacer
    private var sizer: BatchSizer
    private let progress: (_ entries: Int) throws -> Void
    private let reply = Reply()
    private var done = 0

    init(
        _ connection: any RedisConversation, layout: Layout, pacer: Pacer,
        progress: @escaping (_ entries: Int) throws -> Void
    ) {
        self.connection = connection
        self.layout = layout
        self.pacer = pacer
        self.progress = progress
        sizer = BatchSizer(target: pacer.batchTime, initial: 500, limits: 100...10_000)
    }

    /// Goes through candidates, which may come in several logs; gives them back as it goes.
    func run(_ candidates: EntryLog) throws {
        var asking = ByteLog.Cursor()
        var settling = asking
        var current = PlannedKey()
        var answers: [Bool] = []
        var questions = gather(candidates, &asking)
        while !questions.isEmpty {
            let sent = ContinuousClock.now
            try send(questions)
            // While the server looks, the last answers are dealt with and the next questions gathered.
            _ = settle(candidates, &settling, answers, &current)
            candidates.release(before: settling)
            let next = gather(candidates, &asking)
            answers = try receive(questions)
            let took = ContinuousClock.now - sent
            sizer.record(count: answers.count, seconds: pacer.serverSeconds(took))
            done += answers.count
            try progress(done)
            pacer.rest(after: took)
            questions = next
        }
        while settle(candidates, &settling, answers, &current) > 0 { answers = [] }
        close(current)
    }

    /// The session keys of the next suspects.
    private func gather(_ candidates: EntryLog, _ cursor: inout ByteLog.Cursor) -> [CommandArguments] {
        var questions: [CommandArguments] = []
        var count = 0
        while count < sizer.size, let item = candidates.next(&cursor) {
            guard case .entry(let id, .orphaned) = item else { continue }
            if count % SecondLook.keysEach == 0 { questions.append(CommandArguments()) }
            questions[questions.count - 1].append(layout.sessionKey.head, id, layout.sessionKey.tail)
            count += 1
        }
        return questions
    }

    private func send(_ questions: [CommandArguments]) throws(RedisError) {
        for question in questions { try connection.append(.exists, question) }
        try connection.flush()
    }

    /// Whether each session exists now.
    private func receive(_ questions: [CommandArguments]) throws(RedisError) -> [Bool] {
        var answers: [Bool] = []
        var unsettled: [Int] = []
        for (index, question) in questions.enumerated() {
            if try receiveCount() > 0 { unsettled.append(index) }
            answers.append(contentsOf: repeatElement(false, count: question.count))
        }
        for index in unsettled {
            let question = questions[index]
            var single = CommandArguments()
            for key in 0..<question.count {
                single.removeAll()
                question.withArgument(key) { single.append($0) }
                try connection.append(.exists, single)
            }
            for key in 0..<question.count {
                answers[index * SecondLook.keysEach + key] = try receiveCount() > 0
            }
        }
        return answers
    }

    private func receiveCount() throws(RedisError) -> Int {
        try connection.receive(into: reply)
        guard reply.kind(0) == .integer else { throw .unexpectedReply(command: .exists, expected: "a number") }
        return reply.integer(0)
    }

    /// The index key whose candidates are being settled.
    private struct PlannedKey {
        var user: [UInt8]?
        var type = IndexType.sortedSet
        var keepsEntries = false
        var isPlanned = false
    }

    /// Moves the candidates that the answers are about into the plan, those with a session excepted.
    private func settle(
        _ candidates: EntryLog, _ cursor: inout ByteLog.Cursor, _ answers: [Bool], _ current: inout PlannedKey
    ) -> Int {
        var items = 0
        var answered = 0
        while true {
            var ahead = cursor
            guard let item = candidates.next(&ahead) else { return items }
            switch item {
            case .indexKey(let user, let type, let keepsEntries):
                close(current)
                current = PlannedKey(user: Array(user), type: type, keepsEntries: keepsEntries)
            case .entry(let id, let reason):
                if reason == .orphaned {
                    guard answered < answers.count else { return items }
                    answered += 1
                    if answers[answered - 1] {
                        revived += 1
                        current.keepsEntries = true
                        break
                    }
                }
                if !current.isPlanned, let user = current.user {
                    user.withUnsafeBytes {
                        _ = confirmed.append(indexKey: $0, type: current.type, keepsEntries: current.keepsEntries)
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
        if key.user != nil, !key.keepsEntries { emptyIndexKeys += 1 }
    }
}

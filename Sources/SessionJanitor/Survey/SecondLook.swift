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

    /// How many sessions one EXISTS asks for.
    private static let keysEach = 100

    private let connection: any RedisConversation
    /// Tells which sessions the entries name that are asked for next.
    private var asked: EntryNamer
    /// The companions of the sessions that are asked for next.
    private var companions = CommandArguments()
    private var companionsAsked = false
    private let touchesCompanions: Bool
    /// How many keys a session has.
    private let keysPerSession: Int
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
        asked = EntryNamer(layout)
        keysPerSession = layout.sessionKeys.count
        touchesCompanions = !layout.companionKeys.isEmpty
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
            if case .indexKey(let stem, _, let template, _) = item { asked.begin(template, stem: stem) }
            guard case .entry(let id, .orphaned) = item else { continue }
            if count % SecondLook.keysEach == 0 { questions.append(CommandArguments()) }
            asked.appendKeys(of: id, to: &questions[questions.count - 1])
            if touchesCompanions { asked.appendCompanions(of: id, to: &companions) }
            count += 1
        }
        return questions
    }

    private func send(_ questions: [CommandArguments]) throws(RedisError) {
        for question in questions { try connection.append(.exists, question) }
        // Asking for a companion that is past its time makes the server expire it, and tell who listens for that.
        if companions.count > 0 { try connection.append(.exists, companions) }
        companionsAsked = companions.count > 0
        companions.removeAll()
        try connection.flush()
    }

    /// Whether each session exists now.
    private func receive(_ questions: [CommandArguments]) throws(RedisError) -> [Bool] {
        var answers: [Bool] = []
        var unsettled: [Int] = []
        for (index, question) in questions.enumerated() {
            if try receiveCount() > 0 { unsettled.append(index) }
            answers.append(contentsOf: repeatElement(false, count: question.count / keysPerSession))
        }
        if companionsAsked { _ = try receiveCount() }
        for index in unsettled {
            let question = questions[index]
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
                answers[index * SecondLook.keysEach + session] = try receiveCount() > 0
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
        var stem: [UInt8]?
        var type = IndexType.sortedSet
        var template = 0
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
            case .indexKey(let stem, let type, let template, let keepsEntries):
                close(current)
                current = PlannedKey(stem: Array(stem), type: type, template: template, keepsEntries: keepsEntries)
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

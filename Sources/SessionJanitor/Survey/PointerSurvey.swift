import RedisClient

/// Holds pointers against a census: those whose session it did not find, or that their session does not name, are
/// suspects.
///
/// The next batch is on its way while one is dealt with; with a nice ratio there is one at a time.
final class PointerSurvey {
    private(set) var checked = 0
    /// Pointers that hold no id that a session could have; left alone.
    private(set) var foreign = 0
    /// For each pointer template, how many pointers name a session that the census found.
    private(set) var named: [Int]

    private let connection: any RedisConversation
    private let layout: Layout
    private let census: Census
    private let suspects: DependentLog
    private var namer: DependentNamer
    /// By pointer template.
    private var backChecks: [BackCheck?]
    private let fields: [PointerFields?]
    private let templates: [KeyTemplate]
    private let frames: [(head: [UInt8], tail: [UInt8])]
    private var pacer: Pacer
    private var sizer: BatchSizer
    private var overlap = Overlap()
    private let checkpoint: () throws -> Void
    private let reply = Reply()
    /// The keys of the session in hand.
    private var sessionKeys = CommandArguments()
    private var arguments = CommandArguments()
    private var variables: [UnsafeRawBufferPointer] = []

    init(
        _ connection: any RedisConversation, layout: Layout, census: Census, suspects: DependentLog, pacer: Pacer,
        checkpoint: @escaping () throws -> Void
    ) {
        self.connection = connection
        self.layout = layout
        self.census = census
        self.suspects = suspects
        self.pacer = pacer
        self.checkpoint = checkpoint
        namer = DependentNamer(layout)
        fields = layout.pointerKeys.indices.map { PointerFields(layout, $0) }
        templates = layout.pointerKeys.map(\.template)
        named = templates.map { _ in 0 }
        frames = templates.map(\.frame)
        backChecks = layout.pointerKeys.map { $0.backCheck.map { BackCheck($0) } }
        sizer = BatchSizer(target: pacer.batchTime, initial: 100, limits: 10...2_000)
    }

    /// Strings that are asked for in one command, and hashes with a command each.
    private struct Batch {
        var strings = CommandArguments()
        var hashes = CommandArguments()
        /// By string, and by hash.
        var templates: [Int] = []
        var hashTemplates: [Int] = []
        var departure: Overlap.Departure

        var count: Int { strings.count + hashes.count }
    }

    /// Pointers whose session is there, and is asked whether it names them.
    private struct Questions {
        var stems = CommandArguments()
        var values = CommandArguments()
        var templates: [Int] = []
        var departure: Overlap.Departure
        /// How many pointers the batch had, and what reading them took, if that was measured.
        let batchCount: Int
        var batchTime: Duration?
    }

    private enum Awaited {
        case values(Batch)
        case names(Questions)
    }

    func run() throws {
        let log = census.dependents.pointers
        var cursor = ByteLog.Cursor()
        var awaited: [Awaited] = []
        var isEarly = false
        while true {
            while awaited.count < (isEarly ? 2 : 1), log.hasNext(cursor) {
                awaited.append(.values(try askForValues(log, &cursor)))
            }
            guard !awaited.isEmpty else { return }
            switch awaited.removeFirst() {
            case .values(let batch):
                isEarly = overlap.isNextEarly(pacer)
                if let questions = try receiveValues(of: batch) { awaited.append(.names(questions)) }
            case .names(let questions):
                try receiveNames(questions)
            }
            try checkpoint()
        }
    }

    private func askForValues(_ log: ByteLog, _ cursor: inout ByteLog.Cursor) throws(RedisError) -> Batch {
        var batch = Batch(departure: overlap.departure(isAlone: connection.unanswered == 0))
        while batch.count < sizer.size, let record = log.next(&cursor) {
            let template = Int(record.tag)
            let frame = frames[template]
            if fields[template] == nil {
                batch.strings.append(frame.head, record.bytes, frame.tail)
                batch.templates.append(template)
            } else {
                batch.hashes.append(frame.head, record.bytes, frame.tail)
                batch.hashTemplates.append(template)
            }
        }
        log.release(before: cursor)
        if batch.strings.count > 0 { try connection.append(.mget, batch.strings) }
        for (place, template) in batch.hashTemplates.enumerated() {
            try batch.hashes.withArgument(place) { key throws(RedisError) in
                try fields[template]?.ask(about: key, &arguments, on: connection)
            }
        }
        try connection.flush()
        return batch
    }

    /// Judges pointers by the ids that they hold; returns those whose session has a say, which was asked for it.
    private func receiveValues(of batch: Batch) throws(RedisError) -> Questions? {
        var questions = Questions(departure: batch.departure, batchCount: batch.count)
        let answersAhead = connection.unanswered - batch.hashes.count - (batch.strings.count > 0 ? 1 : 0)
        if batch.strings.count > 0 { try receiveStrings(of: batch, &questions) }
        for (place, template) in batch.hashTemplates.enumerated() {
            try batch.hashes.withArgument(place) { key throws(RedisError) in
                guard let fields = fields[template], try fields.receive(into: reply, on: connection) else { return }
                for (offset, number) in fields.templates.enumerated() where reply.kind(offset + 1) == .string {
                    guard let stem = fields.stem(of: key, number, &variables) else { continue }
                    try judge(number, stem, holding: reply.bytes(offset + 1), &questions)
                }
            }
        }
        let took = overlap.arrival(of: batch.departure)
        if batch.departure.isMeasured { questions.batchTime = took }
        pacer.rest(after: took)
        guard !questions.templates.isEmpty else {
            record(batch.count, questions.batchTime)
            return nil
        }
        questions.departure = overlap.departure(isAlone: answersAhead == 0)
        try connection.flush()
        return questions
    }

    private func receiveStrings(of batch: Batch, _ questions: inout Questions) throws(RedisError) {
        try connection.receive(into: reply)
        guard reply.kind(0) == .array, reply.count == batch.templates.count + 1 else {
            throw .unexpectedReply(command: .mget, expected: "a value for each key")
        }
        for (place, template) in batch.templates.enumerated() where reply.kind(place + 1) == .string {
            try batch.strings.withArgument(place) { key throws(RedisError) in
                let stem = templates[template].stem(of: key)
                try judge(template, stem, holding: reply.bytes(place + 1), &questions)
            }
        }
    }

    private func judge(
        _ template: Int, _ stem: UnsafeRawBufferPointer, holding value: UnsafeRawBufferPointer,
        _ questions: inout Questions
    ) throws(RedisError) {
        checked += 1
        let isChecked = backChecks[template] != nil
        sessionKeys.removeAll()
        let session = namer.withRoute(.pointer, template, stem: stem, value: value) { route, outer, inner in
            if isChecked { route.appendKeys(to: &sessionKeys, outer: outer, inner: inner) }
            return route.hash(outer: outer, inner: inner)
        }
        guard let session = session ?? nil else {
            foreign += 1
            return
        }
        let reason = census.reason(session)
        if reason != .orphaned { named[template] += 1 }
        if let reason {
            suspects.append(.pointer, template, reason, stem: stem, value: value)
        } else if isChecked {
            try backChecks[template]?.ask(about: sessionKeys, &arguments, on: connection)
            questions.stems.append(stem)
            questions.values.append(value)
            questions.templates.append(template)
        }
    }

    private func receiveNames(_ questions: Questions) throws(RedisError) {
        for (place, template) in questions.templates.enumerated() {
            try questions.stems.withArgument(place) { stem throws(RedisError) in
                guard let check = backChecks[template], let token = namer.token(template, stem: stem) else { return }
                let count = layout.sessionKeys.count
                guard try check.namesAnother(than: token, count, on: connection, into: reply) else { return }
                questions.values.withArgument(place) {
                    suspects.append(.pointer, template, .orphaned, stem: stem, value: $0)
                }
            }
        }
        let took = overlap.arrival(of: questions.departure)
        record(questions.batchCount, questions.departure.isMeasured ? questions.batchTime.map { $0 + took } : nil)
        pacer.rest(after: took)
    }

    private func record(_ count: Int, _ duration: Duration?) {
        if let duration { sizer.record(count: count, seconds: pacer.serverSeconds(duration)) }
    }
}

extension Census {
    /// Why something that names this session goes; nil if the session stays.
    func reason(_ session: UInt64) -> RemovalReason? {
        guard let flags = sessions.flags(of: session) else { return .orphaned }
        return flags.contains(.expired) ? .expired : nil
    }
}

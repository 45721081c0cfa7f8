import RedisClient

/// Holds pointers against a census: those whose session it did not find, or that their session does not name, are
/// suspects.
///
/// The next batch is on its way while one is dealt with; with a nice ratio, or where sizes are asked for first, there is
/// one at a time.
final class PointerSurvey {
    private(set) var checked = 0
    /// Pointers that hold no id that a session could have; left alone.
    private(set) var foreign = 0
    /// For each pointer template, how many pointers name a session that the census found.
    private(set) var named: [Int]

    private let connection: any RedisPipeline
    private let layout: Layout
    private let census: Census
    private let expired: ExpiredSessions.Numbers?
    private let suspects: RemovalLog
    private var resolver: SessionResolver
    /// By pointer template.
    private var backChecks: [BackCheck?]
    private let fields: [PointerFields?]
    private let templates: [KeyTemplate]
    private let frames: [(head: [UInt8], tail: [UInt8])]
    private let bound: ByteBound
    /// A key that looks like a pointer may be another's, and hold anything.
    private let batches: Batches
    private let checkpoint: () throws -> Void
    private let reply = Reply()
    private var unsent: [Batch] = []
    /// The keys of the session in hand.
    private var sessionKeys = CommandArguments()
    private var arguments = CommandArguments()

    init(
        _ connection: any RedisPipeline, layout: Layout, census: Census, expired: ExpiredSessions.Numbers?,
        suspects: RemovalLog, pacer: Pacer, checkpoint: @escaping () throws -> Void
    ) {
        self.expired = expired
        self.connection = connection
        self.layout = layout
        self.census = census
        self.suspects = suspects
        bound = pacer.bound
        batches = Batches(connection, pacer, checkpoint: checkpoint)
        self.checkpoint = checkpoint
        resolver = SessionResolver(layout)
        fields = layout.pointerKeys.indices.map { PointerFields(layout, $0) }
        templates = layout.pointerKeys.map(\.template)
        named = templates.map { _ in 0 }
        frames = templates.map(\.frame)
        backChecks = layout.pointerKeys.map { $0.backCheck.map { BackCheck($0) } }
    }

    /// Strings that are asked for in one command, and hashes with a command each.
    private struct Batch {
        var strings = CommandArguments()
        var hashes = CommandArguments()
        /// By string, and by hash.
        var templates: [Int] = []
        var hashTemplates: [Int] = []
        /// Whether the sizes of its values are known to be within the bound together, or it is one value.
        var isSized = false

        var count: Int { strings.count + hashes.count }
    }

    /// Pointers whose session is there, and is asked whether it names them.
    private struct Questions {
        var stems = CommandArguments()
        var values = CommandArguments()
        var templates: [Int] = []
        /// The keys of their sessions, where these are asked for later.
        var sessions = CommandArguments()
        let asksLater: Bool
    }

    private enum Step {
        case values(Batch)
        case names(Questions)
    }

    func run() throws {
        let log = census.dependents.pointers
        var cursor = ByteLog.Cursor()
        try batches.run { (limit: Int) -> (batch: Step, count: Int)? in
            while unsent.isEmpty, log.hasNext(cursor) { try gather(log, &cursor, limit: limit) }
            guard !unsent.isEmpty else { return nil }
            let batch = unsent.removeFirst()
            try askForValues(batch)
            return (.values(batch), batch.count)
        } follow: { step in
            switch step {
            case .values(let batch): return try receiveValues(of: batch).map { .names($0) }
            case .names(let questions):
                try receiveNames(questions, questions.templates.indices)
                return nil
            }
        }
    }

    /// Makes the next batch, split by the sizes of its values where they count.
    private func gather(_ log: ByteLog, _ cursor: inout ByteLog.Cursor, limit: Int) throws {
        var batch = Batch()
        while batch.count < limit, let record = log.next(&cursor) {
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
        guard batches.asksSizes else { return unsent.append(batch) }
        // So large a string is no id, and its key another's.
        let strings = try bound.parts(of: batch.strings, leavingLarge: true, on: connection)
        checked += batch.strings.count - strings.reduce(0) { $0 + $1.count }
        for part in strings {
            var piece = Batch(isSized: true)
            for place in part { batch.strings.withArgument(place) { piece.strings.append($0) } }
            piece.templates = Array(batch.templates[part])
            unsent.append(piece)
        }
        for part in try bound.parts(of: batch.hashes, on: connection) {
            var piece = Batch(isSized: true)
            for place in part { batch.hashes.withArgument(place) { piece.hashes.append($0) } }
            piece.hashTemplates = Array(batch.hashTemplates[part])
            unsent.append(piece)
        }
        try checkpoint()
    }

    private func askForValues(_ batch: Batch) throws(RedisError) {
        if batch.strings.count > 0 { try connection.append(.mget, batch.strings) }
        for (place, template) in batch.hashTemplates.enumerated() {
            try batch.hashes.withArgument(place) { key throws(RedisError) in
                try fields[template]?.ask(about: key, &arguments, on: connection)
            }
        }
    }

    /// Judges pointers by the ids that they hold; returns those whose session has a say, which was asked for it.
    private func receiveValues(of batch: Batch) throws(RedisError) -> Questions? {
        var questions = Questions(asksLater: batch.isSized)
        if batch.strings.count > 0 { try receiveStrings(of: batch, &questions) }
        for (place, template) in batch.hashTemplates.enumerated() {
            try batch.hashes.withArgument(place) { key throws(RedisError) in
                guard let fields = fields[template], try fields.receive(into: reply, on: connection) else { return }
                batches.note(1, bytes: reply.byteCount)
                for (offset, number) in fields.templates.enumerated() where reply.kind(offset + 1) == .string {
                    guard let stem = fields.stem(of: key, number) else { continue }
                    try judge(number, stem, holding: reply.bytes(offset + 1), &questions)
                }
            }
        }
        guard !questions.templates.isEmpty else { return nil }
        guard questions.asksLater else { return questions }
        try askInParts(questions)
        return nil
    }

    private func receiveStrings(of batch: Batch, _ questions: inout Questions) throws(RedisError) {
        try connection.receiveArray(count: batch.templates.count, into: reply)
        batches.note(batch.strings.count, bytes: reply.byteCount)
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
        let session = resolver.withRoute(.pointer, template, stem: stem, value: value) { route, outer, inner in
            if isChecked { route.appendKeys(to: &sessionKeys, outer: outer, inner: inner) }
            return route.hash(outer: outer, inner: inner)
        }
        guard let session = session ?? nil else {
            foreign += 1
            return
        }
        let finding = census.reason(session, expired)
        if finding?.reason != .orphaned { named[template] += 1 }
        if let finding {
            suspects.append(
                Removal(
                    kind: .pointer, reason: finding.reason, template: template, stem: stem, value: value,
                    session: finding.session))
        } else if isChecked {
            if questions.asksLater {
                questions.sessions.append(contentsOf: sessionKeys)
            } else {
                try backChecks[template]?.ask(about: sessionKeys, on: connection)
            }
            questions.stems.append(stem)
            questions.values.append(value)
            questions.templates.append(template)
        }
    }

    private func receiveNames(_ questions: Questions, _ places: Range<Int>) throws(RedisError) {
        for place in places {
            let template = questions.templates[place]
            try questions.stems.withArgument(place) { stem throws(RedisError) in
                guard let check = backChecks[template], let token = resolver.token(template, stem: stem) else { return }
                var named: [[UInt8]] = []
                for _ in 0..<layout.sessionKeys.count * check.answersEach {
                    let command = try connection.receiveAny(into: reply)
                    if let name = try check.name(in: reply, to: command) { named.append(name) }
                }
                guard BackCheck.isAnother(named, than: Array(token)) else { return }
                questions.values.withArgument(place) {
                    suspects.append(
                        Removal(kind: .pointer, reason: .orphaned, template: template, stem: stem, value: $0))
                }
            }
        }
    }

    /// Asks sessions whether they name their pointers, and no more of them at a time than the sizes allow.
    private func askInParts(_ questions: Questions) throws(RedisError) {
        let each = layout.sessionKeys.count
        let starts = try bound.parts(of: questions.sessions, on: connection).map { $0.lowerBound / each }
        for (first, end) in zip(starts, starts.dropFirst() + [questions.templates.count]) {
            for place in first..<end {
                sessionKeys.removeAll()
                for key in place * each..<(place + 1) * each {
                    questions.sessions.withArgument(key) { sessionKeys.append($0) }
                }
                try backChecks[questions.templates[place]]?.ask(about: sessionKeys, on: connection)
            }
            try connection.flush()
            try receiveNames(questions, first..<end)
        }
    }
}

extension Census {
    /// Why something that names this session is to be removed, and with which expired session; nil if the session stays.
    func reason(
        _ session: UInt64, _ expired: ExpiredSessions.Numbers?
    ) -> (reason: Removal.Reason, session: Int?)? {
        guard let flags = sessions.flags(of: session) else { return (.orphaned, nil) }
        return flags.contains(.expired) ? (.expired, expired?.number(of: session)) : nil
    }
}

/// The fields of one kind of hash that are pointers: those of all templates that may match the same keys.
struct PointerFields {
    /// The numbers of their templates; the first is the one that the census found the key by.
    let templates: [Int]
    private let layout: Layout
    private let names: [[UInt8]]

    /// Nil if the template with this number is of a string.
    init?(_ layout: Layout, _ number: Int) {
        let pointer = layout.pointerKeys[number]
        guard pointer.field != nil else { return nil }
        self.layout = layout
        templates =
            [number]
            + layout.pointerKeys.indices.filter { $0 > number && pointer.sharesKeys(with: layout.pointerKeys[$0]) }
        names = templates.map { Array((layout.pointerKeys[$0].field ?? "").utf8) }
    }

    /// Sends a question about a key's fields.
    func ask(
        about key: UnsafeRawBufferPointer, _ arguments: inout CommandArguments, on connection: any RedisPipeline
    ) throws(RedisError) {
        arguments.removeAll()
        arguments.append(key)
        for name in names { arguments.append(name) }
        try connection.append(.hmget, arguments)
    }

    /// Receives the answer: node 1 is the first field's. False for a key that is no hash.
    func receive(into reply: Reply, on connection: any RedisPipeline) throws(RedisError) -> Bool {
        try connection.receiveAny(into: reply)
        if reply.kind(0) == .error {
            let error = RedisError(reply: reply.text(0), to: .hmget)
            guard error.serverCode == "WRONGTYPE" else { throw error }
            return false
        }
        guard reply.kind(0) == .array, reply.count == names.count + 1 else {
            throw .unexpectedReply(command: .hmget, expected: "a value for each field")
        }
        return true
    }

    /// The stem of a key by one of the templates; nil if that one does not match it.
    func stem(
        of key: UnsafeRawBufferPointer, _ number: Int
    ) -> UnsafeRawBufferPointer? {
        let template = layout.pointerKeys[number].template
        guard number == templates[0] || template.matches(key) else { return nil }
        return template.stem(of: key)
    }
}

import RedisClient

/// Holds the keys that depend on sessions against the census: those whose session it did not find, or that their session
/// does not name, are suspects.
final class DependentSurvey {
    let suspects = RemovalLog()
    /// Presence keys that stay and have no TTL, with the numbers of their templates.
    let presenceWithoutTTL = ByteLog()
    /// How many presence keys have no TTL, those that go included.
    private(set) var withoutTTL = 0
    /// How many keys were held against the census.
    private(set) var checked = 0
    /// Pointers and companions that cannot be of any session; left alone.
    private(set) var foreign = 0
    /// For each pointer template, how many pointers name a session that the census found.
    private(set) var pointersNaming: [Int]

    private let connection: any RedisPipeline
    private let layout: Layout
    /// They share one set of sessions; where there are several, the layout has nothing that depends on them.
    private let censuses: [Census]
    private let expired: ExpiredSessions.Places?
    private var resolver: SessionResolver
    private let bound: ByteBound
    /// A key that looks like a pointer may be another's, and hold anything.
    private let batches: Batches
    private let checkpoint: () throws -> Void
    /// By pointer template.
    private let backChecks: [BackCheck?]
    private let fields: [PointerFields?]
    private var unsent: [Batch] = []
    private let reply = Reply()
    private let lifetime = Reply()
    private var arguments = CommandArguments()

    init(
        _ connection: any RedisPipeline, layout: Layout, censuses: [Census], expired: ExpiredSessions.Places?,
        pacer: Pacer, checkpoint: @escaping () throws -> Void
    ) {
        self.connection = connection
        self.layout = layout
        self.censuses = censuses
        self.expired = expired
        self.checkpoint = checkpoint
        resolver = SessionResolver(layout)
        bound = pacer.bound
        batches = Batches(connection, pacer, checkpoint: checkpoint)
        backChecks = layout.pointerKeys.map { $0.backCheck.map { BackCheck($0) } }
        fields = layout.pointerKeys.indices.map { PointerFields(layout, $0) }
        pointersNaming = layout.pointerKeys.map { _ in 0 }
    }

    func run() throws {
        for census in censuses {
            surveyCompanions(census)
            try survey(census.dependents.pointers, .pointer, census)
            try survey(census.dependents.presenceKeys, .presence, census)
        }
    }

    private func surveyCompanions(_ census: Census) {
        var cursor = ByteLog.Cursor()
        let log = census.dependents.companions
        while let record = log.next(&cursor) {
            let template = Int(record.tag)
            let session = resolver.withRoute(.companion, template, stem: record.bytes, value: record.bytes) {
                $0.hash(outer: $1, inner: $2)
            }
            checked += 1
            if let session = session ?? nil {
                suspect(.companion, template, record.bytes, of: session, census)
            } else {
                foreign += 1
            }
            log.release(before: cursor)
        }
    }

    /// Suspects what names this session, if that is to be; returns why.
    @discardableResult
    private func suspect(
        _ kind: Removal.Kind, _ template: Int, _ stem: UnsafeRawBufferPointer, of session: UInt64, _ census: Census,
        holding value: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) -> Removal.Reason? {
        let flags = census.sessions.flags(of: session)
        guard flags?.contains(.expired) ?? true else { return nil }
        suspects.append(
            Removal(
                kind: kind, reason: flags == nil ? .orphaned : .expired, template: template, stem: stem, value: value,
                session: flags == nil ? nil : expired?.place(of: session)))
        return flags == nil ? .orphaned : .expired
    }

    // MARK: Asking for values

    /// Pointers or presence keys that are asked for together: strings in one command, and hashes with a command each.
    private struct Batch {
        let kind: Removal.Kind
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
        var sessions = CommandArguments()
    }

    private enum Step {
        case values(Batch)
        case names(Questions)
    }

    private func survey(_ log: ByteLog, _ kind: Removal.Kind, _ census: Census) throws {
        let count = kind == .pointer ? layout.pointerKeys.count : layout.presenceKeys.count
        let frames = (0..<count).map { layout.template(kind, $0).frame }
        var cursor = ByteLog.Cursor()
        try batches.run { (limit: Int) -> (batch: Step, count: Int)? in
            while unsent.isEmpty, log.hasNext(cursor) {
                var batch = Batch(kind: kind)
                while batch.count < limit, let record = log.next(&cursor) {
                    let template = Int(record.tag)
                    let frame = frames[template]
                    if kind == .pointer, fields[template] != nil {
                        batch.hashes.append(frame.head, record.bytes, frame.tail)
                        batch.hashTemplates.append(template)
                    } else {
                        batch.strings.append(frame.head, record.bytes, frame.tail)
                        batch.templates.append(template)
                    }
                }
                log.release(before: cursor)
                unsent = batches.asksSizes ? try parts(of: batch) : [batch]
            }
            guard !unsent.isEmpty else { return nil }
            let batch = unsent.removeFirst()
            try askForValues(batch)
            return (.values(batch), batch.count)
        } follow: { step in
            switch step {
            case .values(let batch): return try receiveValues(of: batch, census).map { .names($0) }
            case .names(let questions):
                try receiveNames(questions, questions.templates.indices)
                return nil
            }
        }
    }

    /// The same in parts whose values stay within the bound.
    private func parts(of batch: Batch) throws -> [Batch] {
        // So large a string is no id, and its key another's.
        let strings = try bound.parts(of: batch.strings, leavingLarge: true, on: connection)
        if batch.kind == .pointer { checked += batch.strings.count - strings.reduce(0) { $0 + $1.count } }
        let hashes = try bound.parts(of: batch.hashes, on: connection)
        try checkpoint()
        return strings.map {
            Batch(kind: batch.kind, strings: batch.strings[$0], templates: Array(batch.templates[$0]), isSized: true)
        }
            + hashes.map {
                Batch(
                    kind: batch.kind, hashes: batch.hashes[$0], hashTemplates: Array(batch.hashTemplates[$0]),
                    isSized: true)
            }
    }

    private func askForValues(_ batch: Batch) throws(RedisError) {
        if batch.strings.count > 0 { try connection.append(.mget, batch.strings) }
        if batch.kind == .presence { try connection.append(.pttl, toEach: batch.strings, &arguments) }
        for (place, template) in batch.hashTemplates.enumerated() {
            let names = fields[template]?.names ?? []
            try connection.append(.hmget, toEach: batch.hashes[place..<place + 1], further: names, &arguments)
        }
    }

    // MARK: Judging

    /// Judges keys by what they hold; returns the pointers whose session has a say, which was asked for it.
    private func receiveValues(of batch: Batch, _ census: Census) throws(RedisError) -> Questions? {
        var questions = Questions()
        if batch.strings.count > 0 {
            try connection.receiveArray(count: batch.strings.count, into: reply)
            batches.note(batch.strings.count, bytes: reply.byteCount)
        }
        for (place, template) in batch.templates.enumerated() {
            var isWithoutTTL = false
            if batch.kind == .presence { isWithoutTTL = try connection.receiveInteger(into: lifetime) == -1 }
            guard reply.kind(place + 1) == .string else { continue }
            let value = reply.bytes(place + 1)
            batch.strings.withArgument(place) { key in
                let stem = layout.template(batch.kind, template).stem(of: key)
                if batch.kind == .presence {
                    judgePresence(template, stem, holding: value, isWithoutTTL, census)
                } else {
                    judge(template, stem, holding: value, census, &questions)
                }
            }
        }
        for (place, template) in batch.hashTemplates.enumerated() {
            guard let fields = fields[template],
                try connection.receiveArrayUnlessWrongType(count: fields.names.count, into: reply)
            else { continue }
            batches.note(1, bytes: reply.byteCount)
            for (offset, number) in fields.templates.enumerated() where reply.kind(offset + 1) == .string {
                batch.hashes.withArgument(place) { key in
                    let pattern = layout.pointerKeys[number].template
                    guard number == template || pattern.matches(key) else { return }
                    judge(number, pattern.stem(of: key), holding: reply.bytes(offset + 1), census, &questions)
                }
            }
        }
        return try ask(questions, isSized: batch.isSized)
    }

    private func judge(
        _ template: Int, _ stem: UnsafeRawBufferPointer, holding value: UnsafeRawBufferPointer, _ census: Census,
        _ questions: inout Questions
    ) {
        checked += 1
        arguments.removeAll()
        let isChecked = backChecks[template] != nil
        let session = resolver.withRoute(.pointer, template, stem: stem, value: value) { route, outer, inner in
            if isChecked { route.appendKeys(to: &arguments, outer: outer, inner: inner) }
            return route.hash(outer: outer, inner: inner)
        }
        guard let session = session ?? nil else {
            foreign += 1
            return
        }
        let reason = suspect(.pointer, template, stem, of: session, census, holding: value)
        if reason != .orphaned { pointersNaming[template] += 1 }
        guard reason == nil, isChecked else { return }
        questions.sessions.append(contentsOf: arguments)
        questions.stems.append(stem)
        questions.values.append(value)
        questions.templates.append(template)
    }

    private func judgePresence(
        _ template: Int, _ stem: UnsafeRawBufferPointer, holding value: UnsafeRawBufferPointer, _ isWithoutTTL: Bool,
        _ census: Census
    ) {
        // A key that holds something else is another's.
        guard layout.presenceKeys[template].value.map({ value.elementsEqual($0) }) ?? true,
            let user = resolver.user(template, stem: stem)
        else { return }
        checked += 1
        if isWithoutTTL { withoutTTL += 1 }
        let flags = census.users.flags(of: user)
        if flags?.contains(.listed) == true {
            if isWithoutTTL { presenceWithoutTTL.append(tag: UInt8(template), stem) }
        } else {
            suspects.append(
                Removal(
                    kind: .presence, reason: flags == nil ? .orphaned : .expired, template: template, stem: stem))
        }
    }

    // MARK: Back checks

    /// Asks sessions whether they name their pointers; returns what was asked. Where sizes count, no more of them are asked at
    /// a time than these allow, and it is all answered already.
    private func ask(_ questions: Questions, isSized: Bool) throws(RedisError) -> Questions? {
        let count = questions.templates.count
        guard count > 0 else { return nil }
        let each = layout.sessionKeys.count
        let parts = isSized ? try bound.parts(of: questions.sessions, on: connection) : [0..<count * each]
        let starts = parts.map { $0.lowerBound / each }
        for (first, end) in zip(starts, starts.dropFirst() + [count]) {
            for place in first..<end {
                let keys = questions.sessions[place * each..<(place + 1) * each]
                try backChecks[questions.templates[place]]?.ask(about: keys, on: connection)
            }
            guard isSized else { return questions }
            try receiveNames(questions, first..<end)
        }
        return nil
    }

    private func receiveNames(_ questions: Questions, _ places: Range<Int>) throws(RedisError) {
        for place in places {
            let template = questions.templates[place]
            try questions.stems.withArgument(place) { stem throws(RedisError) in
                guard let check = backChecks[template], let token = resolver.token(template, stem: stem) else { return }
                let answer = check.receive(
                    layout.sessionKeys.count, otherThan: Array(token), on: connection, into: reply)
                guard try answer.get() else { return }
                questions.values.withArgument(place) {
                    suspects.append(
                        Removal(kind: .pointer, reason: .orphaned, template: template, stem: stem, value: $0))
                }
            }
        }
    }
}

/// The fields of one kind of hash that are pointers: those of all templates that may match the same keys.
struct PointerFields {
    /// The numbers of their templates; the first is the one that the census found the key by.
    let templates: [Int]
    let names: [String]

    /// Nil if the template with this number is of a string.
    init?(_ layout: Layout, _ number: Int) {
        let pointer = layout.pointerKeys[number]
        guard pointer.field != nil else { return nil }
        templates =
            [number]
            + layout.pointerKeys.indices.filter { $0 > number && pointer.sharesKeys(with: layout.pointerKeys[$0]) }
        names = templates.map { layout.pointerKeys[$0].field ?? "" }
    }
}

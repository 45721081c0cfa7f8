import RedisClient

/// Asks for what a layout and a policy want to know of sessions, many in one go, and judges the answers.
///
/// The time since a key was last asked for comes first: reading a value sets it back.
final class SessionReader {
    /// What is read of a session's value.
    enum Reading: Equatable {
        case nothing, string
        case fields([String])
    }

    let reading: Reading
    private let layout: Layout
    private let policy: RetentionPolicy?
    private let wantsIdle: Bool
    private let wantsUser: Bool
    /// Nil where nothing is read of JSON objects.
    private let scanner: JSONScanner?
    /// Nil where no date that counts is a score.
    private(set) var scores: ScoreReader?
    private let reply = Reply()
    /// How many bytes of values the last answers had.
    private(set) var byteCount = 0

    /// Nil if there is nothing to ask: no policy, no user and no TTL.
    init?(layout: Layout, policy: RetentionPolicy?, countsTTL: Bool) {
        wantsUser = !layout.presenceKeys.isEmpty && layout.user != nil
        guard policy != nil || wantsUser || countsTTL else { return nil }
        self.layout = layout
        self.policy = policy
        wantsIdle = policy.map { $0.idleCutoff != nil && $0.asksIdleTime } ?? false
        let clocks = policy.map { Set($0.clocks + ($0.idleCutoff == nil ? [] : [.lastAccess])) } ?? []
        let dates = layout.dates.filter { clocks.contains($0.clock) }
        let sources =
            dates.flatMap { [$0.source] + ($0.addend.map { [$0] } ?? []) }
            + (wantsUser ? layout.user.map { [$0] } ?? [] : [])
        reading = SessionReader.reading(sources)
        // All of the layout's, if one of them counts: the removal reads the same ones again.
        if sources.contains(where: { if case .score = $0 { true } else { false } }) { scores = ScoreReader(layout) }
        scanner = SessionReader.scanner(sources)
    }

    /// What looks into JSON objects for these sources; nil where there is nothing to look for.
    static func scanner(_ sources: [ValueSource]) -> JSONScanner? {
        let paths = sources.compactMap { if case .json(let path) = $0 { path } else { nil } }
        return paths.isEmpty ? nil : JSONScanner(paths)
    }

    static func reading(_ sources: [ValueSource]) -> Reading {
        var fields: [String] = []
        for case .hash(let name) in sources where !fields.contains(name) { fields.append(name) }
        if !fields.isEmpty { return .fields(fields) }
        let isOutside = sources.allSatisfy { if case .score = $0 { true } else { false } }
        return isOutside ? .nothing : .string
    }

    /// Whether answers lead to more questions, so that nothing else may be under way meanwhile.
    var isTwoStep: Bool { wantsIdle }

    /// Sends the questions about these keys.
    func ask(about keys: CommandArguments, on connection: any RedisPipeline) throws(RedisError) {
        if wantsIdle { return try each(keys, .objectIdleTime, on: connection) }
        try scores?.ask(about: keys, on: connection)
        try askValues(of: keys, on: connection)
        // Last, so that a key without a value is known to be gone.
        try each(keys, .pttl, on: connection)
    }

    private func askValues(of keys: CommandArguments, on connection: any RedisPipeline) throws(RedisError) {
        guard keys.count > 0 else { return }
        switch reading {
        case .nothing: break
        case .string: try connection.append(.mget, keys)
        case .fields(let fields): try each(keys, .hmget, further: fields, on: connection)
        }
    }

    private func each(
        _ keys: CommandArguments, _ command: RedisCommand, further: [String] = [], on connection: any RedisPipeline
    ) throws(RedisError) {
        var arguments = CommandArguments()
        for index in 0..<keys.count {
            arguments.removeAll()
            keys.withArgument(index) { arguments.append($0) }
            for word in further { arguments.append(word) }
            try connection.append(command, arguments)
        }
    }

    /// Receives the answers; facts for each key.
    ///
    /// What nobody has asked for is not read: that would be asking for it, and the removal could not see any more that
    /// nobody else has.
    func receive(about keys: CommandArguments, on connection: any RedisPipeline) throws(RedisError)
        -> [SessionFacts]
    {
        var facts = [SessionFacts](repeating: SessionFacts(), count: keys.count)
        byteCount = 0
        var read = keys
        var places = Array(0..<keys.count)
        if wantsIdle {
            (read, places) = try receiveIdle(keys, &facts, on: connection)
            try scores?.ask(about: read, on: connection)
            try askValues(of: read, on: connection)
            try each(keys, .pttl, on: connection)
        }
        let texts = try scores?.receive(places.count, on: connection, into: reply) ?? []
        scoresInHand = []
        defer { scoresInHand = [] }
        func turn(to number: Int) { scoresInHand = texts.map { $0[number] } }
        switch reading {
        case .nothing:
            for (number, place) in places.enumerated() {
                turn(to: number)
                facts[place] = judge(.unread, nil)
            }
        case .string where places.isEmpty: break
        case .string:
            try connection.receiveArray(count: places.count, into: reply)
            byteCount = reply.byteCount
            for (number, place) in places.enumerated() {
                turn(to: number)
                facts[place] = judgeString(number + 1)
            }
        case .fields(let fields):
            for (number, place) in places.enumerated() {
                turn(to: number)
                let isHash = try connection.receiveArrayUnlessWrongType(count: fields.count, into: reply)
                byteCount += reply.byteCount
                facts[place] = isHash ? judgeHash(fields) : judge(nil, nil)
            }
        }
        for place in facts.indices {
            let lifetime = try connection.receiveInteger(into: reply)
            if lifetime == -2 { facts[place].verdict = nil }
            facts[place].isWithoutTTL = lifetime == -1
        }
        return facts
    }

    /// Judges the keys that nobody has asked for; returns the others, and their places.
    private func receiveIdle(
        _ keys: CommandArguments, _ facts: inout [SessionFacts], on connection: any RedisPipeline
    ) throws(RedisError) -> (CommandArguments, [Int]) {
        var others = CommandArguments()
        var places: [Int] = []
        for place in 0..<keys.count {
            try connection.receive(into: reply)
            if reply.kind(0) == .integer, let policy, let cutoff = policy.idleCutoff,
                policy.now - Double(reply.integer(0)) < cutoff
            {
                facts[place].verdict = .idle
                continue
            }
            keys.withArgument(place) { others.append($0) }
            places.append(place)
        }
        return (others, places)
    }

    private func judgeString(_ node: Int) -> SessionFacts {
        guard reply.kind(node) == .string else { return judge(nil, nil) }
        let value = reply.bytes(node)
        let content = scanner.map { SessionContent(json: value, $0) } ?? SessionContent(text: value)
        return judge(content, IdentifierSet.hash(value))
    }

    private func judgeHash(_ fields: [String]) -> SessionFacts {
        var values: [String: UnsafeRawBufferPointer] = [:]
        for (index, field) in fields.enumerated() where reply.kind(index + 1) == .string {
            values[field] = reply.bytes(index + 1)
        }
        return judge(SessionContent(fields: values), SessionReader.fingerprint(reply, 1, fields.count))
    }

    /// The fingerprint of the values of a hash's fields, those that are missing included.
    static func fingerprint(_ reply: Reply, _ first: Int, _ count: Int) -> UInt64 {
        var hasher = Hasher()
        for node in first..<first + count {
            let bytes = reply.bytes(node)
            hasher.combine(reply.kind(node) == .string ? bytes.count : -1)
            hasher.combine(bytes: bytes)
        }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// The scores of the session that is judged, as Redis writes them.
    private var scoresInHand: [[UInt8]?] = []

    private func date(_ date: DateField, _ content: SessionContent?) -> Double? {
        // One that cannot be read has no dates.
        guard let content else { return nil }
        guard case .score(let score) = date.source else { return content.date(date) }
        guard let place = scores?.scores.firstIndex(of: score), let text = scoresInHand[place] else { return nil }
        return text.withUnsafeBytes(DateText.number).map { date.format == .milliseconds ? $0 / 1_000 : $0 }
    }

    /// `content` is nil for a session that cannot be read.
    private func judge(_ content: SessionContent?, _ fingerprint: UInt64?) -> SessionFacts {
        var facts = SessionFacts(verdict: .live, fingerprint: fingerprint)
        if scores != nil { facts.fingerprint = ScoreReader.fingerprint(fingerprint, scoresInHand) }
        if wantsUser, let user = layout.user { facts.user = content?.bytes(user) }
        guard let policy else { return facts }
        var dates = SessionDates()
        if content?.isAmbiguous == false {
            for date in layout.dates { dates.note(date.clock, self.date(date, content)) }
        }
        if policy.judgesAge {
            facts.verdict = content == nil ? .unreadable : policy.verdict(dates)
        }
        if facts.verdict != .expired, let cutoff = policy.idleCutoff, let lastAccess = dates[.lastAccess],
            lastAccess < cutoff
        {
            facts.verdict = .idle
        }
        return facts
    }
}

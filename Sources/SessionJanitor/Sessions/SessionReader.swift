import RedisClient

/// What was found out about one session.
struct SessionFacts {
    /// Nil if it ended meanwhile.
    var verdict: SessionVerdict?
    /// The fingerprint of what was judged; nil if the verdict rests on how long nobody has asked for the key.
    var fingerprint: UInt64?
    /// The milliseconds that the key has left; below 0 for one that does not expire.
    var lifetime = -1
    /// What the key counts as.
    var standing = ValueTest.Standing.session
    var user: [UInt8]?
    /// What the layout has of its dates, and what else was to be read of it; where that was asked for.
    var dates = SessionDates()
    var shown: [[UInt8]?] = []

    var isWithoutTTL: Bool { lifetime == -1 }
}

/// Asks for what a layout and a policy want to know of sessions, many in one go, and judges the answers.
///
/// The time since a key was last asked for comes first: reading a value sets it back.
final class SessionReader {
    private let policy: RetentionPolicy?
    private let fields: [DateField]
    /// Where a session names its user; nil where that is not asked for.
    private let user: ValueSource?
    /// What is read beside it to be shown; nil where sessions are only judged.
    private let shown: [ValueSource]?
    /// Whether each session gets a fingerprint, and not only those that go by their dates.
    var marksAll = false
    private let values: ValueReader
    /// Nil where each key counts as a session, whatever it holds.
    private let standings: StandingReader?
    /// Nil where no date that counts is a score.
    private(set) var scores: ScoreReader?
    private let reply = Reply()
    /// The values of sessions that are strings.
    private let strings = Reply()
    private var arguments = CommandArguments()
    /// How many bytes of values the last answers had.
    private(set) var byteCount = 0

    /// Nil if there is nothing to ask: no policy, no user and no TTL.
    init?(layout: Layout, policy: RetentionPolicy?, countsTTL: Bool) {
        user = layout.presenceKeys.isEmpty && policy?.rankedBy == nil ? nil : layout.user
        shown = nil
        guard policy != nil || user != nil || countsTTL || layout.readsStanding else { return nil }
        standings = StandingReader(layout)
        self.policy = policy
        fields = layout.dates
        let sources = policy?.fields(of: layout).flatMap(\.sources) ?? []
        values = ValueReader(sources + (user.map { [$0] } ?? []) + (standings == nil ? [] : [.value]))
        // All of the layout's, if one of them counts: the removal reads the same ones again.
        if sources.contains(where: \.isScore) { scores = ScoreReader(layout) }
    }

    /// Reads the user of each session, the dates if they are wanted, and what is to be shown.
    init(_ layout: Layout, readsDates: Bool, showing shown: [ValueSource]) {
        user = layout.user
        self.shown = shown
        policy = nil
        fields = readsDates ? layout.dates : []
        let sources = fields.flatMap(\.sources)
        standings = StandingReader(layout)
        values = ValueReader(sources + (user.map { [$0] } ?? []) + shown + (standings == nil ? [] : [.value]))
        if sources.contains(where: \.isScore) { scores = ScoreReader(layout) }
    }

    var reading: Reading { values.reading }
    /// Whether a date names no zone.
    var takesDatesForUTC: Bool { values.takesDatesForUTC }

    /// Whether answers lead to more questions, so that nothing else may be under way meanwhile.
    var isTwoStep: Bool { policy.map { $0.idleCutoff != nil && $0.asksIdleTime } ?? false }

    /// Sends the questions about these keys.
    func ask(about keys: CommandArguments, on connection: any RedisPipeline) throws(RedisError) {
        if isTwoStep { return try connection.append(.objectIdleTime, toEach: keys, &arguments) }
        try askValues(of: keys, lifetimesOf: keys, on: connection)
    }

    private func askValues(
        of keys: CommandArguments, lifetimesOf all: CommandArguments, on connection: any RedisPipeline
    ) throws(RedisError) {
        try scores?.ask(about: keys, on: connection)
        try values.ask(about: keys, on: connection)
        // Last, so that a key without a value is known to be gone.
        try connection.append(.pttl, toEach: all, &arguments)
    }

    /// Receives the answers; facts for each key.
    ///
    /// What nobody has asked for is not read: that would be asking for it, and the removal could not see any more that
    /// nobody else has.
    func receive(about keys: CommandArguments, on connection: any RedisPipeline) throws(RedisError)
        -> [SessionFacts]
    {
        var facts = [SessionFacts](repeating: SessionFacts(), count: keys.count)
        var places = Array(0..<keys.count)
        if isTwoStep {
            places = try receiveIdle(&facts, on: connection)
            if standings?.readsIdle == true { places = Array(0..<keys.count) }
            var read = CommandArguments()
            for place in places { keys.withArgument(place) { read.append($0) } }
            try askValues(of: read, lifetimesOf: keys, on: connection)
        }
        byteCount = 0
        let texts = try scores?.receive(places.count, on: connection, into: reply) ?? []
        if reading.takesStrings, !places.isEmpty {
            try connection.receiveArray(count: places.count, into: strings)
            byteCount = strings.byteCount
        }
        for (number, place) in places.enumerated() {
            let isIdle = facts[place].verdict == .idle
            let texts = texts.map { $0[number] }
            facts[place] = judge(try receiveValue(number, on: connection), number, texts)
            if isIdle {
                facts[place].verdict = .idle
                facts[place].fingerprint = nil
            }
            guard let standings else { continue }
            let value = isString(number) ? strings.bytes(number + 1) : nil
            facts[place].standing = keys.withArgument(place) { standings.standing(of: $0, holding: value) }
            guard facts[place].standing == .dead else { continue }
            facts[place].verdict = policy?.verdictOnDead ?? .live
            if facts[place].verdict == .expired { facts[place].fingerprint = fingerprint(number, texts) }
        }
        for place in facts.indices {
            let lifetime = try connection.receiveInteger(into: reply)
            if lifetime == -2 { facts[place].verdict = nil }
            facts[place].lifetime = lifetime
        }
        return facts
    }

    /// Judges the keys that nobody has asked for; returns the places of the others.
    private func receiveIdle(
        _ facts: inout [SessionFacts], on connection: any RedisPipeline
    ) throws(RedisError) -> [Int] {
        var others: [Int] = []
        for place in facts.indices {
            try connection.receive(into: reply)
            if reply.kind(0) == .integer, let policy, let cutoff = policy.idleCutoff,
                policy.now - Double(reply.integer(0)) < cutoff
            {
                facts[place].verdict = .idle
            } else {
                others.append(place)
            }
        }
        return others
    }

    /// The session of this number among those whose values were asked for; strings are in one answer, which is there.
    private func receiveValue(_ number: Int, on connection: any RedisPipeline) throws(RedisError) -> SessionContent? {
        if !reading.fields.isEmpty {
            let command = try connection.receiveAny(into: reply)
            byteCount += reply.byteCount
            if !isString(number) { return try values.content(in: reply, to: command) }
        }
        guard isString(number) else { return reading == .nothing ? .unread : nil }
        return values.content(of: strings.bytes(number + 1))
    }

    private func isString(_ number: Int) -> Bool { reading.takesStrings && strings.kind(number + 1) == .string }

    /// `content` is nil for a session that cannot be read; `texts` are its scores, as Redis writes them.
    private func judge(_ content: SessionContent?, _ number: Int, _ texts: [[UInt8]?]) -> SessionFacts {
        var facts = SessionFacts(verdict: .live)
        facts.user = user.flatMap { content?.bytes($0) }
        if shown != nil || policy?.rankedBy != nil {
            facts.dates = content?.dates(fields) { scores?.date($0, texts) } ?? SessionDates()
            facts.shown = shown?.map { content?.bytes($0) } ?? []
        }
        if marksAll, content != nil { facts.fingerprint = fingerprint(number, texts) }
        guard let policy else { return facts }
        let verdict = policy.verdict(values.dates(of: content, fields) { scores?.date($0, texts) })
        facts.verdict = verdict
        if verdict == .expired || verdict == .idle { facts.fingerprint = fingerprint(number, texts) }
        return facts
    }

    /// The fingerprint of what was read of a session, as the removal's script makes it once more.
    private func fingerprint(_ number: Int, _ texts: [[UInt8]?]) -> UInt64 {
        var text: [UInt8] = []
        if isString(number) {
            guard scores != nil else { return strings.bytes(number + 1).sha1Prefix }
            text += strings.bytes(number + 1)
        } else if !reading.fields.isEmpty {
            text = (1...reading.fields.count).flatMap { mark(reply.kind($0) == .string ? Array(reply.bytes($0)) : nil) }
        }
        if scores != nil { text = mark(text) + texts.flatMap(mark) }
        return text.withUnsafeBytes(\.sha1Prefix)
    }

    /// Tells values in a row apart, and one that is missing from all others.
    private func mark(_ value: [UInt8]?) -> [UInt8] {
        value.map { "\($0.count):".utf8 + $0 } ?? Array("-".utf8)
    }
}

/// Tells by what a key holds whether it is a session.
struct StandingReader {
    private let keys: [KeyTemplate]
    private let tests: [ValueTest]
    /// Whether idle keys have to be read as well.
    let readsIdle: Bool

    /// Nil where each session key is one, whatever it holds.
    init?(_ layout: Layout) {
        guard layout.readsStanding else { return nil }
        keys = layout.sessionKeys
        tests = layout.valueTests
        readsIdle = layout.sortsByValue
    }

    /// `value` is nil for a key that is no string.
    func standing(of key: UnsafeRawBufferPointer, holding value: UnsafeRawBufferPointer?) -> ValueTest.Standing {
        guard let place = tests.count == 1 ? 0 : keys.firstIndex(where: { $0.matches(key) }) else { return .other }
        return tests[place].standing(of: value)
    }
}

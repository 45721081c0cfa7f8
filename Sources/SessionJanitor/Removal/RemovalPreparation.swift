import RedisClient

/// Reads what items hold just before they are removed: what their conditions compare, and what a backup or a way back needs.
struct RemovalPreparation {
    private let connection: any RedisPipeline
    private let judged: ExpiryBasis
    private let bound: ByteBound
    /// Whether what is removed is recorded.
    private let isRecorded: Bool
    private var scores: ScoreReader
    /// What the server's clock showed before lifetimes were read that are to be recorded, in epoch milliseconds.
    private(set) var time = 0
    private let reply = Reply()

    init(
        _ connection: any RedisPipeline, layout: Layout, judged: ExpiryBasis, bound: ByteBound, isRecorded: Bool
    ) {
        self.connection = connection
        self.judged = judged
        self.bound = bound
        self.isRecorded = isRecorded
        scores = ScoreReader(layout)
    }

    // MARK: What is read

    private func readsValue(_ item: RemovalItem) -> Bool {
        item.comparesValue && judged.reading != .nothing
    }

    private func readsCopy(_ item: RemovalItem) -> Bool {
        switch item.target {
        case .member, .field: false
        case .key, .expiry: isRecorded || item.isCrossSlot
        }
    }

    private func readsField(_ item: RemovalItem) -> Bool {
        if case .member(.hash) = item.target { true } else { false }
    }

    private func readsLifetime(_ item: RemovalItem) -> Bool {
        if case .expiry = item.target { return false }
        return isRecorded || item.isCrossSlot
    }

    /// Where the reading leaves a trace, how long nobody has asked for the session has to be read first.
    private func readsIdleTime(_ item: RemovalItem) -> Bool {
        item.isJudgedByAccess && isRecorded && !connection.server.leavesIdleTimes
    }

    /// Whether reading these leaves traces by which they are judged.
    func leavesTraces(_ items: ArraySlice<RemovalItem>) -> Bool { items.contains(where: readsIdleTime) }

    /// Splits items so that what is read of them stays within the bound together; what goes with a session stays with it.
    func parts(of items: [RemovalItem]) throws(RedisError) -> [Range<Int>] {
        let wanted = items.indices.filter { readsValue(items[$0]) || readsCopy(items[$0]) }
        guard !wanted.isEmpty else { return [items.indices] }
        let keys = CommandArguments(wanted.map { items[$0].key })
        var parts: [Range<Int>] = []
        var start = 0
        for part in try bound.parts(of: keys, on: connection).dropFirst() {
            let first = items[wanted[part.lowerBound]].session ?? wanted[part.lowerBound]
            guard first > start else { continue }
            parts.append(start..<first)
            start = first
        }
        return parts + [start..<items.count]
    }

    // MARK: Reading

    /// What was asked about some items, and is not answered yet.
    struct Questions {
        fileprivate let places: Range<Int>
        /// Sessions that were read, and those among them whose values are asked for in one command.
        fileprivate var sessions: [Int] = []
        fileprivate var strings: [Int] = []
        /// The keys of ``sessions``, where their scores count.
        fileprivate var scored: CommandArguments?
        /// For each index key the place of the entry that its TTL is asked for with.
        fileprivate var lifetimes: [[UInt8]: Int] = [:]
    }

    /// Fills in what these items hold, and the outcome of those for which it is known by then.
    mutating func read(_ items: inout [RemovalItem], _ places: Range<Int>) throws(RedisError) {
        if isRecorded { time = Int(clamping: try ServerClock.read(connection) * 1_000) }
        try receive(try ask(about: items, places), &items)
        if isRecorded { try readPositions(&items, places) }
    }

    /// Sends the questions.
    mutating func ask(about items: [RemovalItem], _ places: Range<Int>) throws(RedisError) -> Questions {
        var questions = Questions(places: places)
        questions.sessions = places.filter { items[$0].comparesValue }
        // The scores of sessions come first, as they are asked for in another order.
        if judged.countsScores, !questions.sessions.isEmpty {
            let keys = CommandArguments(questions.sessions.map { items[$0].key })
            try scores.ask(about: keys, on: connection)
            questions.scored = keys
        }
        // A cluster is asked key by key anyway, and then what can be reached goes.
        if !connection.isCluster, judged.reading.takesStrings { questions.strings = questions.sessions }
        if !questions.strings.isEmpty {
            try connection.append(.mget, CommandArguments(questions.strings.map { items[$0].key }))
        }
        for place in places { try ask(items[place], place, &questions.lifetimes) }
        try connection.flush()
        return questions
    }

    /// Takes in the answers.
    mutating func receive(_ questions: Questions, _ items: inout [RemovalItem]) throws(RedisError) {
        let places = questions.places
        let texts = try questions.scored.map { keys throws(RedisError) in
            try scores.receive(keys.count, on: connection, into: reply)
        }
        if !questions.strings.isEmpty {
            try connection.receiveArray(count: questions.strings.count, into: reply)
            for (index, place) in questions.strings.enumerated() { takeString(index + 1, &items[place]) }
        }
        for place in places { try receive(&items[place], place, questions.lifetimes) }
        for place in places where items[place].kind == .entry && readsLifetime(items[place]) {
            guard let source = questions.lifetimes[items[place].key], source != place else { continue }
            items[place].lifetime = items[source].lifetime
            items[place].readAt = items[source].readAt
            if items[source].outcome == .unreachable { items[place].outcome = .unreachable }
        }
        guard let texts, let keys = questions.scored else { return }
        for (index, place) in questions.sessions.enumerated() {
            takeScores(texts.map { $0[index] }, index, keys, &items[place])
        }
    }

    private var fields: [String] { judged.reading.fields }

    private func ask(_ item: RemovalItem, _ place: Int, _ lifetimes: inout [[UInt8]: Int]) throws(RedisError) {
        let key = CommandArguments([item.key])
        if readsIdleTime(item) { try connection.append(.objectIdleTime, key) }
        if connection.isCluster, readsValue(item), judged.reading.takesStrings { try connection.append(.mget, key) }
        if readsValue(item), !fields.isEmpty {
            var arguments = key
            for field in fields { arguments.append(field) }
            try connection.append(.hmget, arguments)
        }
        if readsField(item) {
            var arguments = key
            arguments.append(item.member)
            try connection.append(.hmget, arguments)
        }
        if readsLifetime(item) {
            // Once for all entries of an index key.
            if item.kind == .entry {
                guard lifetimes[item.key] == nil else { return }
                lifetimes[item.key] = place
            }
            try connection.append(.pttl, key)
        }
        if readsCopy(item) { try connection.append(.dump, key) }
    }

    private func takeString(_ node: Int, _ item: inout RemovalItem) {
        guard reply.kind(node) == .string else {
            // It ended by itself, or is a hash.
            if fields.isEmpty { item.outcome = .gone }
            return
        }
        let value = reply.bytes(node)
        item.marks = [Array(value)]
        item.isString = true
        if !judged.countsScores, Census.fingerprint(value) != item.fingerprint { item.outcome = .kept }
    }

    private func receive(_ item: inout RemovalItem, _ place: Int, _ lifetimes: [[UInt8]: Int]) throws(RedisError) {
        if readsIdleTime(item) {
            try receive(&item) { item throws(RedisError) in
                if reply.kind(0) == .integer, reply.integer(0) < judged.idleSeconds { item.outcome = .kept }
            }
        }
        if connection.isCluster, readsValue(item), judged.reading.takesStrings {
            try receive(&item) { item throws(RedisError) in
                guard reply.count == 2, reply.kind(0) == .array else {
                    throw .unexpectedReply(command: .mget, expected: "a value")
                }
                takeString(1, &item)
            }
        }
        if readsValue(item), !fields.isEmpty { try receiveFields(fields.count, &item) }
        if readsField(item) {
            try receive(&item, allowing: "WRONGTYPE") { item throws(RedisError) in
                guard reply.kind(0) == .array, reply.count == 2 else {
                    item.outcome = item.outcome ?? .retyped
                    return
                }
                if reply.kind(1) == .string {
                    item.value = Array(reply.bytes(1))
                } else {
                    item.outcome = item.outcome ?? .gone
                }
            }
        }
        if readsLifetime(item), item.kind != .entry || lifetimes[item.key] == place {
            try receive(&item) { item throws(RedisError) in
                guard reply.kind(0) == .integer else {
                    throw .unexpectedReply(command: .pttl, expected: "a number")
                }
                item.lifetime = reply.integer(0)
                item.readAt = .now
                if reply.integer(0) == -2, item.kind != .entry { item.outcome = item.outcome ?? .gone }
            }
        }
        if readsCopy(item) {
            try receive(&item) { item throws(RedisError) in
                if reply.kind(0) == .string {
                    item.payload = Array(reply.bytes(0))
                } else {
                    item.outcome = item.outcome ?? .gone
                }
            }
        }
    }

    /// Receives an answer about an item; where its part of a cluster is unreachable, the item is kept.
    private func receive(
        _ item: inout RemovalItem, allowing code: String? = nil,
        _ take: (inout RemovalItem) throws(RedisError) -> Void
    ) throws(RedisError) {
        do throws(RedisError) {
            let command = try connection.receiveAny(into: reply)
            if reply.kind(0) == .error {
                let error = RedisError(reply: reply.text(0), to: command)
                guard let code, error.serverCode == code else { throw error }
            }
            try take(&item)
        } catch {
            guard error.isUnreachable else { throw error }
            item.outcome = .unreachable
        }
    }

    private func receiveFields(_ count: Int, _ item: inout RemovalItem) throws(RedisError) {
        try receive(&item, allowing: "WRONGTYPE") { item throws(RedisError) in
            guard !item.isString else { return }
            guard reply.kind(0) == .array, reply.count == count + 1 else {
                item.outcome = .kept
                return
            }
            item.marks = (1...count).map {
                RemovalPreparation.mark(reply.kind($0) == .string ? Array(reply.bytes($0)) : nil)
            }
            let isMissing = (1...count).allSatisfy { reply.kind($0) == .null }
            let fingerprint = SessionReader.fingerprint(reply, 1, count)
            if judged.countsScores {
                item.valueFingerprint = fingerprint
                item.isMissing = isMissing
            } else if isMissing {
                // It ended by itself.
                item.outcome = .gone
            } else if fingerprint != item.fingerprint {
                item.outcome = .kept
            }
        }
    }

    /// Compares a session with its scores.
    private mutating func takeScores(
        _ texts: [[UInt8]?], _ index: Int, _ keys: CommandArguments, _ item: inout RemovalItem
    ) {
        guard judged.countsScores, item.outcome == nil else { return }
        var value = item.valueFingerprint
        if item.isString { value = item.marks.first.map { $0.withUnsafeBytes(Census.fingerprint) } }
        guard ScoreReader.fingerprint(value, texts) == item.fingerprint else {
            item.outcome = item.isMissing ? .gone : .kept
            return
        }
        var number = 0
        var (sets, marks) = (CommandArguments(), CommandArguments())
        scores.append(index, of: keys, sets: &sets) { member in
            marks.append(contentsOf: member)
            marks.append(RemovalPreparation.mark(texts[number]))
            number += 1
        }
        item.sets = sets
        item.scoreMarks = marks
    }

    /// Tells a value from none, as the script does.
    private static func mark(_ value: [UInt8]?) -> [UInt8] {
        value.map { Array("1".utf8) + $0 } ?? Array("0".utf8)
    }

    // MARK: Lists

    /// Finds the positions of what is removed from lists, before any of it is.
    private func readPositions(_ items: inout [RemovalItem], _ places: Range<Int>) throws(RedisError) {
        var byKey: [[UInt8]: [[UInt8]: Int]] = [:]
        for place in places where items[place].outcome == nil {
            guard case .member(.list) = items[place].target else { continue }
            byKey[items[place].key, default: [:]][items[place].member] = place
        }
        for (key, members) in byKey { try readPositions(of: members, in: key, &items) }
    }

    private func readPositions(
        of members: [[UInt8]: Int], in key: [UInt8], _ items: inout [RemovalItem]
    ) throws(RedisError) {
        var position = 0
        var steps = bound.entries
        while true {
            let limit = steps.size
            var arguments = CommandArguments([key])
            arguments.append(position)
            arguments.append(position + limit - 1)
            try connection.append(.lrange, arguments)
            do throws(RedisError) {
                // Another type by now: the removal will see that, too, and leave it alone.
                guard try connection.receiveUnlessWrongType(into: reply) else { return }
            } catch .unreachable {
                for place in members.values { items[place].outcome = .unreachable }
                return
            }
            for index in 1..<max(reply.count, 1) {
                if let place = members[Array(reply.bytes(index))] {
                    items[place].positions.append(position + index - 1)
                }
            }
            position += reply.count - 1
            if reply.count - 1 < limit { return }
            steps.record(count: limit, seconds: 0)
            steps.record(count: limit, bytes: reply.byteCount)
        }
    }
}

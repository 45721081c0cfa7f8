import RedisClient

/// The one script that changes data for good: checks the conditions of each removal and carries it out, with nothing between.
///
/// ARGV are runs of removals of one ``Shape``: its action, its conditions, how many removals there are, how many of KEYS and
/// of ARGV each has, and what they share; then the removals. KEYS of each: the key that it changes, then what its conditions
/// ask about. ARGV of each: what the action needs, then what the conditions need, in their order.
///
/// The answer: for each removal a ``Verdict``, as far as the script got; the places of those that took the last entry out of
/// their index key; and the error that ended the work early, or an empty string.
final class RemovalScript {
    /// What one run of the script has in common with others of its form.
    private struct Shape: Equatable {
        var action: String
        var conditions: String
        /// How many keys a session has.
        var sessions = 0
        /// How many sorted sets have dates of a session.
        var sets = 0
        var fields: [String] = []
        /// What a session holds that is over.
        var deadValues: [[UInt8]] = []
        var proof = ""
    }

    /// How removals are checked.
    enum Mode {
        /// Everything that they depend on is seen by the script.
        case whole
        /// The same, and nothing is removed.
        case looking
        /// Their session is in another slot, so that only they themselves are seen: they are taken out as they were copied, and
        /// only by one who may put them back.
        case takingOut
    }

    struct Answer {
        /// By place; nil where an item was not dealt with, or nobody knows.
        var verdicts: [Verdict?]
        /// The places of the items that took the last entry out of their index key.
        var emptied: Set<Int> = []
        /// The places of the items that were sent and not answered: carried out or not.
        var lost: Set<Int> = []
        /// The most severe.
        var failure: RedisError?
    }

    private let connection: any RedisPipeline
    private let judged: ExpiryBasis
    var life: LifeCheck { LifeCheck(deadValues: judged.deadValues) }
    private var script = ServerScript(source: RemovalScript.source)
    private let reply = Reply()
    /// Since when nobody may have touched what is removed for that.
    var proof = TouchProof.none

    init(_ connection: any RedisPipeline, judged: ExpiryBasis) {
        self.connection = connection
        self.judged = judged
    }

    /// Loads the script: before a step that has to follow another one without a delay.
    func prepare() throws(RedisError) {
        try script.prepare(connection)
    }

    // MARK: Calls

    /// Some removals, and what the script is told of them.
    private struct Call {
        /// In the script's order.
        var places: [Int]
        var arguments = ServerScript.Arguments()
    }

    /// Tries the items in these places, in one step for each slot. Whatever fails is part of the answer. `meanwhile` is called
    /// while the server works.
    func run(_ items: [RemovalItem], _ places: [Int], _ mode: Mode, meanwhile: () -> Void = {}) -> Answer {
        var answer = Answer(verdicts: [Verdict?](repeating: nil, count: items.count))
        guard !places.isEmpty else { return answer }
        let slots =
            connection.isCluster ? items.grouped(places) { $0.key.withUnsafeBytes(connection.slot) } : [places]
        let calls = slots.map { call(items, $0, mode) }
        let sentBefore = connection.writeCommandsSent
        func fail(_ call: Call, _ error: RedisError) {
            let open = call.places.filter { answer.verdicts[$0] == nil }
            guard error.serverCode != RedisError.early else {
                for place in open { answer.verdicts[place] = .kept }
                return
            }
            answer.failure = error.moreSevere(than: answer.failure)
            // Sent and not answered it may have been carried out.
            let isRefusal = connection.isCluster ? error.isRefusal : error.serverCode != nil
            if !isRefusal, connection.writeCommandsSent > sentBefore { answer.lost.formUnion(open) }
        }
        do throws(RedisError) {
            try script.prepare(connection)
            for call in calls { try script.append(connection, call.arguments) }
            try connection.flush()
        } catch {
            // What cannot be sent to a node of a cluster shows where its answer is received.
            for call in calls { fail(call, error) }
            return answer
        }
        meanwhile()
        var late: [Call] = []
        for call in calls {
            do throws(RedisError) {
                try connection.receive(into: reply)
                try takeVerdicts(call, &answer)
            } catch {
                if script.isWorthAnotherTry(after: error) { late.append(call) } else { fail(call, error) }
            }
        }
        for call in late {
            do throws(RedisError) {
                try script.run(connection, call.arguments, into: reply)
                try takeVerdicts(call, &answer)
            } catch {
                fail(call, error)
            }
        }
        return answer
    }

    private func takeVerdicts(_ call: Call, _ answer: inout Answer) throws(RedisError) {
        guard reply.count >= 4, reply.kind(0) == .array else { throw .badScriptAnswer }
        let verdicts = try integers(at: 1, atMost: call.places.count)
        let emptied = try integers(at: verdicts.upperBound, atMost: verdicts.count)
        guard emptied.upperBound == reply.count - 1, reply.kind(emptied.upperBound) == .string else {
            throw .badScriptAnswer
        }
        for (place, node) in zip(call.places, verdicts) {
            guard let verdict = Verdict(rawValue: reply.integer(node)) else { throw .badScriptAnswer }
            answer.verdicts[place] = verdict
        }
        for node in emptied where (1...verdicts.count).contains(reply.integer(node)) {
            answer.emptied.insert(call.places[reply.integer(node) - 1])
        }
        guard reply.bytes(emptied.upperBound).isEmpty else {
            throw RedisError(scriptFailure: reply.text(emptied.upperBound))
        }
        guard verdicts.count == call.places.count else { throw .badScriptAnswer }
    }

    /// The nodes of the array of whole numbers at `index`.
    private func integers(at index: Int, atMost limit: Int) throws(RedisError) -> Range<Int> {
        guard index < reply.count, reply.kind(index) == .array else { throw .badScriptAnswer }
        let count = reply.integer(index)
        guard (0...limit).contains(count), index + 1 + count <= reply.count else { throw .badScriptAnswer }
        let range = (index + 1)..<(index + 1 + count)
        guard range.allSatisfy({ reply.kind($0) == .integer }) else { throw .badScriptAnswer }
        return range
    }

    // MARK: What the script is told

    private func call(_ items: [RemovalItem], _ places: [Int], _ mode: Mode) -> Call {
        // Sessions come first: what goes with them asks what became of them.
        let sorted = places.filter { items[$0].kind == .session } + places.filter { items[$0].kind != .session }
        var call = Call(places: sorted)
        let numbers = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1, $0 + 1) })
        var start = 0
        while start < sorted.count {
            let shape = shape(items[sorted[start]], mode)
            var end = start + 1
            while end < sorted.count, self.shape(items[sorted[end]], mode) == shape { end += 1 }
            append(shape, items, sorted[start..<end], numbers, to: &call)
            start = end
        }
        if let first = sorted.first, items[first].comparesValue {
            call.arguments.notBefore = items[first].key.withUnsafeBytes(judged.clocks.microseconds)
        }
        return call
    }

    private func shape(_ item: RemovalItem, _ mode: Mode) -> Shape {
        var shape = Shape(action: mode == .looking ? "n" : item.target.action, conditions: "")
        switch item.kind {
        case .session where item.isJudgedByAccess: shape.conditions = "i"
        case .session where !item.comparesValue: shape.conditions = "e"
        case .session:
            shape.fields = judged.reading.fields
            shape.conditions = judged.reading.takesStrings ? "v" : "e"
            if !shape.fields.isEmpty { shape.conditions = judged.reading.takesStrings ? "g" : "ef" }
            shape.sets = item.sets.count
            shape.conditions += shape.sets > 0 ? "sj" : "j"
        case .presence: shape.conditions = "u"
        case .ttl: shape.conditions = "p"
        case .pointer: shape.conditions = item.target.field == nil ? "vb" : "mb"
        case .entry: if shape.action == "f" { shape.conditions = "mb" }
        case .companion: break
        }
        if mode == .looking { return shape }
        if item.kind == .presence || item.isJudgedByAccess { shape.proof = proof.argument }
        if item.comparesCopy { shape.conditions += "d" }
        if mode == .takingOut {
            shape.conditions += item.kind == .entry ? "r" : "tr"
            return shape
        }
        if item.session != nil { shape.conditions += "w" }
        if item.asksForSession {
            shape.sessions = item.sessions.count
            shape.deadValues = judged.deadValues
            shape.conditions += item.backCheck == nil ? "a" : "n"
        }
        return shape
    }

    private func append(
        _ shape: Shape, _ items: [RemovalItem], _ places: ArraySlice<Int>, _ numbers: [Int: Int], to call: inout Call
    ) {
        var (keys, values) = (CommandArguments(), CommandArguments())
        for place in places { append(shape, items[place], numbers, &keys, &values) }
        let counts = [places.count, keys.count / places.count, values.count / places.count, shape.sessions, shape.sets]
        for word in [shape.action, shape.conditions] + counts.map(String.init) {
            call.arguments.values.append(word)
        }
        let shared = [shape.proof, "\(shape.fields.count)", "\(shape.deadValues.count)"] + shape.fields
        for word in shared { call.arguments.values.append(word) }
        for value in shape.deadValues { call.arguments.values.append(value) }
        call.arguments.keys.append(contentsOf: keys)
        call.arguments.values.append(contentsOf: values)
    }

    private func append(
        _ shape: Shape, _ item: RemovalItem, _ numbers: [Int: Int], _ keys: inout CommandArguments,
        _ values: inout CommandArguments
    ) {
        keys.append(item.key)
        switch item.target {
        case .member(let type):
            values.append(item.member)
            // With its session goes an entry whose user is signed out, whatever its score is by now.
            if type == .sortedSet {
                values.append(item.reason == .revoked ? "" : item.score.map(RedisScore.text) ?? "nan")
            }
        case .field(let field): values.append(field)
        case .expiry(let time, let ttl):
            values.append(time)
            values.append(ttl)
        case .key: break
        }
        for condition in shape.conditions {
            switch condition {
            case "i": values.append(judged.idleSeconds)
            case "s":
                keys.append(contentsOf: item.sets)
                values.append(contentsOf: item.members)
            case "b": values.append(item.value)
            case "j": values.append(RemovalScript.hexadecimal(item.fingerprint))
            case "d": values.append(item.payload ?? [])
            case "t": values.append(item.lifetime ?? -1)
            case "w": values.append(item.session.flatMap { numbers[$0] } ?? 0)
            case "a": keys.append(contentsOf: item.sessions)
            case "n":
                keys.append(contentsOf: item.sessions)
                values.append(item.token)
                values.append(item.backCheck.map(RemovalScript.place) ?? "")
            default: break
            }
        }
    }

    /// As `redis.sha1hex` writes it.
    private static func hexadecimal(_ number: UInt64) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return stride(from: 60, through: 0, by: -4).map { digits[Int(number >> $0 & 15)] }
    }

    /// Where a session names its pointer.
    private static func place(_ source: ValueSource) -> String {
        switch source {
        case .hash(let field): "h" + field
        case .json(let path): "j" + path.joined(separator: ".")
        case .field(let path): "f" + path.joined(separator: ".")
        case .value, .score: ""
        }
    }
}

extension RedisError {
    static var badScriptAnswer: RedisError {
        .unexpectedReply(command: .evalsha, expected: "a verdict for each removal")
    }
}

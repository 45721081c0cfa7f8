import RedisClient

/// One walk over the keyspace: which sessions exist, which index keys there are, and which sessions are expired.
///
/// SCAN returns every key that exists from the beginning of the walk to its end. So an id that is not in the set
/// afterwards was missing at some moment of the walk.
final class Census {
    /// The ids of the sessions found.
    let sessions: IdentifierSet
    /// The stems of the names of the index keys found, each once, with a tag of ``SurveyedKey``.
    let indexKeys = ByteLog()
    /// With a retention policy: the stems of the expired sessions, each with the fingerprint of its value.
    let expiredSessions = ByteLog()
    /// Pointers, companions and presence keys.
    let dependents: DependentKeys
    /// The users that sessions name; ``IdentifierSet/Flags/listed`` are those of whom a session stays.
    let users: IdentifierSet
    /// The keys of sessions without a TTL, with the numbers of their templates, where that is asked for.
    let withoutTTL = ByteLog()
    /// The stems of some sessions, where TTLs are counted in a sample.
    let sampled = ByteLog()
    /// Whether those are all that there are.
    var isSampleWhole: Bool { sampleMask == 0 }
    var undated = 0
    var misdated = 0
    var unreadable = 0
    var idle = 0
    /// What was read of the sessions that were judged.
    var reading: SessionReader.Reading { reader?.reading ?? .string }
    /// Whether they were judged by scores, too.
    var countsScores: Bool { reader?.scores != nil }
    /// How many session keys there are: a session may have several.
    var sessionKeyCount: Int { sessionKeysSeen?.count ?? sessions.count }

    var connection: any RedisPipeline
    let layout: Layout
    /// The templates of a plain layout.
    private let session: KeyTemplate
    private let index: KeyTemplate?
    let countsUsers: Bool
    private let judge: SessionJudge?
    let reader: SessionReader?
    var classifier: KeyClassifier?
    let sessionKeysSeen: IdentifierSet?
    /// Where a session has several keys: those of which one stays, and those of which one goes.
    let staying: IdentifierSet
    var going: [UInt64] = []
    /// For each session key template, which of its variables is the user.
    let userVariables: [Int?]
    var pacer: Pacer
    private var scanSizer: BatchSizer
    var valueSizer: BatchSizer
    let indexKeysSeen: IdentifierSet
    private let progress: (_ fraction: Double) throws -> Void

    private var scanArguments = CommandArguments()
    let reply = Reply()
    private let scanPattern: [UInt8]?
    /// The janitor's own lock, where it looks like one of the application's keys.
    private let lockKeyToSkip: [UInt8]?
    private var seen = SeenSessions()
    private let sampleMask: UInt64?
    var variables: [Range<Int>] = []
    var pipelining = Pipelining()

    /// The replies that are on their way, in order.
    enum Awaited {
        /// `leads` says whether the walk goes on from the cursor in this reply.
        case scan(count: Int, Pipelining.Departure, leads: Bool)
        case values(ValueBatch, Pipelining.Departure)
        case types(ValueBatch)
        case facts(ValueBatch, Pipelining.Departure)
    }

    /// Whether sizes are asked for before values.
    private var sizesCount: Bool
    private var readsPieces = true
    /// How long a value is on average, in bytes.
    private var valueBytes = 300.0
    /// One answer should fit into a socket's buffer: the server writes it at a stroke then, and keeps no copy.
    private static let answerBytes = 32.0 * 1_024
    private var valuesEach: Int {
        min(valueSizer.size, max(Int(clamping: Census.answerBytes / max(valueBytes, 1)), 1))
    }

    var awaited: [Awaited] = []
    var unsent: [ValueBatch] = []

    init(
        _ connection: any RedisPipeline, layout: Layout, policy: RetentionPolicy?, ttls: TTLCount = .none,
        pacer: Pacer, sets: CensusSets? = nil, progress: @escaping (_ fraction: Double) throws -> Void
    ) {
        let sets = sets ?? CensusSets(layout)
        self.connection = connection
        sessions = sets.sessions
        indexKeysSeen = sets.indexKeys
        sessionKeysSeen = sets.sessionKeys
        staying = sets.staying
        users = sets.users
        dependents = DependentKeys(seen: sets.dependents)
        self.layout = layout
        self.pacer = pacer
        scanPattern = layout.scanPattern
        lockKeyToSkip = layout.hasMistakableLock ? layout.lockKey : nil
        self.progress = progress
        sampleMask = ttls.sampleMask
        let asksMore =
            ttls == .all || policy?.idleCutoff != nil || !layout.presenceKeys.isEmpty || layout.sessionKeys.count > 1
        judge = asksMore ? nil : policy.flatMap { SessionJudge(layout, $0) }
        reader = judge == nil ? SessionReader(layout: layout, policy: policy, countsTTL: ttls == .all) : nil
        classifier = layout.isPlain ? nil : KeyClassifier(layout)
        userVariables = layout.sessionKeys.map { $0.variables.firstIndex(of: "user") }
        countsUsers = !layout.presenceKeys.isEmpty
        session = layout.sessionKeys[0]
        index = layout.indexKeys.first?.template
        scanSizer = BatchSizer(
            target: pacer.batchTime, initial: 250, limits: 10...5_000, bytes: pacer.bound.bytes / 2)
        // Small at first: nothing is known of the values yet.
        valueSizer = BatchSizer(target: pacer.batchTime, initial: 4, limits: 1...2_000, bytes: pacer.bound.bytes / 4)
        sizesCount = pacer.bound.evicts
    }

    /// Has the walk begin anew on another connection, as a cursor means nothing to another server: what was seen stays
    /// seen, and the values that were not answered are asked for again.
    func resume(on connection: any RedisPipeline) {
        self.connection = connection
        unsent =
            awaited.compactMap {
                switch $0 {
                case .values(let batch, _), .facts(let batch, _), .types(let batch): batch
                case .scan: nil
                }
            } + unsent
        awaited = []
    }

    func run() throws {
        var cursor: [UInt8]? = Census.end
        while true {
            // With a nice ratio one command at a time is on its way, and nothing while resting.
            while !unsent.isEmpty, awaited.isEmpty || (overlaps && awaited.count < 3) {
                try askForNextValues()
            }
            if awaited.isEmpty, let next = cursor { try sendScan(next) }
            guard !awaited.isEmpty else { return }
            switch awaited.removeFirst() {
            case .scan(let count, let departure, let leads):
                // The server walks on while these keys are received and dealt with.
                let next = try receiveKeys(sendingNext: leads && overlaps && pipelining.isNextEarly(pacer))
                if leads { cursor = next }
                let took = pipelining.arrival(of: departure)
                if departure.isMeasured { scanSizer.record(count: count, seconds: pacer.serverSeconds(took)) }
                scanSizer.record(count: count, bytes: reply.byteCount)
                pacer.rest(after: took)
                unsent += try sortKeys()
                try progress(cursor.map(Census.fractionWalked) ?? 1)
            case .values(let batch, let departure):
                try judgeValues(of: batch, departure)
            case .types(let batch):
                try countUnreadable(among: batch)
            case .facts(let batch, let departure):
                try takeFacts(about: batch, departure)
            }
        }
    }

    /// Whether several commands may be on their way. Where sizes are asked for, what is under way must be known.
    private var overlaps: Bool {
        pacer.overlaps && reader?.isTwoStep != true && !(sizesCount && (judge != nil || reader != nil))
    }

    private func sendScan(_ cursor: [UInt8]) throws(RedisError) {
        scanArguments.removeAll()
        scanArguments.append(cursor)
        if let scanPattern {
            scanArguments.append("MATCH")
            scanArguments.append(scanPattern)
        }
        scanArguments.append("COUNT")
        scanArguments.append(scanSizer.size)
        let departure = pipelining.departure(isAlone: connection.unanswered == 0)
        try connection.append(.scan, scanArguments)
        try connection.flush()
        awaited.append(.scan(count: scanSizer.size, departure, leads: true))
    }

    /// Receives a SCAN reply; returns the next cursor, nil at the end of the walk.
    ///
    /// The cursor comes first in the reply, so the next SCAN can leave before the keys are here.
    private func receiveKeys(sendingNext isEarly: Bool) throws(RedisError) -> [UInt8]? {
        var sent: [UInt8]?
        try connection.receiveKeys(into: reply, afterNodes: isEarly ? 2 : .max) { () throws(RedisError) in
            guard reply.kind(0) == .array, reply.kind(1) == .string else { return }
            let cursor = Array(reply.bytes(1))
            guard cursor != Census.end else { return }
            try sendScan(cursor)
            sent = cursor
        }
        let cursor = Array(reply.bytes(1))
        // After a dropped connection the same SCAN may walk another distance, as keys came or went. Then the walk goes on
        // from where this reply ends; the early SCAN's keys are welcome, its cursor is not.
        if let sent, sent != cursor, case .scan(let count, let departure, _)? = awaited.last {
            awaited[awaited.count - 1] = .scan(count: count, departure, leads: false)
        }
        return cursor == Census.end ? nil : cursor
    }

    /// The cursor that ends a walk.
    private static let end = Array("0".utf8)

    /// Sorts the keys of the last SCAN reply; returns the sessions whose values are wanted.
    private func sortKeys() throws(CleanupError) -> [ValueBatch] {
        // In a variable of this function the compiler has no accesses to check in the loop over all keys.
        var seen = SeenSessions()
        swap(&seen, &self.seen)
        defer { swap(&seen, &self.seen) }
        seen.removeAll()
        for node in 3..<reply.count {
            let key = reply.bytes(node)
            if let lockKeyToSkip, key.elementsEqual(lockKeyToSkip) { continue }
            if classifier != nil {
                try sortByTemplates(key, node, into: &seen)
            } else if let id = session.variable(in: key) {
                seen.nodes.append(node)
                seen.hashes.append(IdentifierSet.hash(id))
            } else if let user = index?.variable(in: key), indexKeysSeen.insert(IdentifierSet.hash(user)) {
                indexKeys.append(tag: 0, user)
            }
        }
        sessions.warm(seen.hashes)
        return note(seen)
    }

    /// Takes in the sessions of a reply; returns those whose values are wanted.
    private func note(_ seen: SeenSessions) -> [ValueBatch] {
        var batches: [ValueBatch] = []
        let wantsValues = judge != nil || reader != nil
        for (place, hash) in seen.hashes.enumerated() {
            let isNew = sessions.insert(hash)
            let node = seen.nodes[place]
            if isNew, let sampleMask, hash & sampleMask == 0 {
                sampled.append(tag: 0, session.stem(of: reply.bytes(node)))
            }
            guard sessionKeysSeen?.insert(IdentifierSet.hash(reply.bytes(node))) ?? isNew, wantsValues else { continue }
            if batches.last.map({ $0.hashes.count >= valuesEach }) ?? true { batches.append(ValueBatch()) }
            batches[batches.count - 1].keys.append(reply.bytes(node))
            batches[batches.count - 1].hashes.append(hash)
            guard reader != nil else { continue }
            batches[batches.count - 1].templates.append(seen.templates.isEmpty ? 0 : seen.templates[place])
            if countsUsers { batches[batches.count - 1].users.append(seen.users[place]) }
        }
        return batches
    }

    /// Asks for the values of the next batch, or splits it by their sizes first.
    private func askForNextValues() throws(RedisError) {
        let batch = unsent.removeFirst()
        do throws(RedisError) {
            guard sizesCount, !batch.isSized else { return try askForValues(batch) }
            unsent = try pacer.bound.parts(of: batch.keys, on: connection).map { batch[$0] } + unsent
        } catch {
            unsent.insert(batch, at: 0)
            throw error
        }
    }

    private func askForValues(_ batch: ValueBatch) throws(RedisError) {
        let departure = pipelining.departure(isAlone: connection.unanswered == 0)
        if let reader {
            try reader.ask(about: batch.keys, on: connection)
            try connection.flush()
            awaited.append(.facts(batch, departure))
            return
        }
        if sizesCount, batch.hashes.count == 1, try judgeLarge(batch) { return }
        try connection.append(.mget, batch.keys)
        try connection.flush()
        awaited.append(.values(batch, departure))
    }

    private func judgeValues(of batch: ValueBatch, _ departure: Pipelining.Departure) throws(RedisError) {
        do throws(RedisError) {
            try connection.receiveArray(count: batch.hashes.count, into: reply)
        } catch {
            unsent.insert(batch, at: 0)
            throw error
        }
        guard let judge else { return }
        let took = pipelining.arrival(of: departure)
        if departure.isMeasured {
            valueSizer.record(count: batch.hashes.count, seconds: pacer.serverSeconds(took))
        }
        noteValues(batch.hashes.count, bytes: reply.byteCount)
        var withoutValue: [Int] = []
        for (index, hash) in batch.hashes.enumerated() {
            guard reply.kind(index + 1) == .string else {
                withoutValue.append(index)
                continue
            }
            batch.keys.withArgument(index) { take(judge, reply.bytes(index + 1), of: $0, hash) }
        }
        if !withoutValue.isEmpty { try askForTypes(of: withoutValue, in: batch) }
        pacer.rest(after: took)
    }

    /// Judges a value that may be too large to be under way at a stroke; false for a user without the right to pieces.
    private func judgeLarge(_ batch: ValueBatch) throws(RedisError) -> Bool {
        guard let judge, readsPieces else { return false }
        do throws(RedisError) {
            let isFound = try batch.keys.withArgument(0) { key throws(RedisError) in
                guard let value = try pacer.bound.readInPieces(key, on: connection) else { return false }
                value.withUnsafeBytes { take(judge, $0, of: key, batch.hashes[0]) }
                return true
            }
            if !isFound { try askForTypes(of: [0], in: batch) }
            return true
        } catch .server(_, "NOPERM", _) {
            readsPieces = false
            return false
        }
    }

    @inline(__always)
    private func take(
        _ judge: SessionJudge, _ value: UnsafeRawBufferPointer, of key: UnsafeRawBufferPointer, _ hash: UInt64
    ) {
        switch judge.verdict(value) {
        case .live, .idle: break
        case .undated: undated += 1
        case .misdated: misdated += 1
        case .unreadable: unreadable += 1
        case .expired:
            sessions.mark(hash, .expired)
            _ = expiredSessions.append(tag: 0, prefix: Census.fingerprint(value), count: 8, session.stem(of: key))
        }
    }

    /// From the first large answer on, sizes are asked for before values.
    func noteValues(_ count: Int, bytes: Int) {
        valueBytes += (Double(bytes) / Double(count) - valueBytes) / 8
        valueSizer.record(count: count, bytes: bytes)
        if bytes > pacer.bound.bytes / 4 { sizesCount = true }
    }
}

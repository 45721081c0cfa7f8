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
    /// The stems of all session keys, with the numbers of their templates, where that is asked for.
    let stems = ByteLog()
    /// Whether those are all that there are.
    var isSampleWhole: Bool { sampleMask == 0 }
    private(set) var undated = 0
    private(set) var misdated = 0
    private(set) var unreadable = 0
    private(set) var idle = 0
    /// Keys of a session's name that are none by what they hold.
    private(set) var otherKeys = 0
    /// What was read of the sessions that were judged.
    var reading: Reading { reader?.reading ?? .string }
    /// Whether a date names no zone.
    var takesDatesForUTC: Bool { judge?.takesDatesForUTC ?? reader?.takesDatesForUTC ?? false }
    /// Whether they were judged by scores, too.
    var countsScores: Bool { reader?.scores != nil }
    /// How many session keys there are: a session may have several.
    var sessionKeyCount: Int { sessionKeysSeen?.count ?? sessions.count }

    private var connection: any RedisPipeline
    private let layout: Layout
    /// The templates of a plain layout.
    private let session: KeyTemplate
    private let index: KeyTemplate?
    private let countsUsers: Bool
    /// As ``Layout/readsStanding``: asked for each session, which a layout takes longer to tell.
    private let readsStanding: Bool
    private let selection: Selection?
    private let keepsStems: Bool
    private let keysLeftAlone: IdentifierSet?
    private let judge: SessionJudge?
    private let reader: SessionReader?
    private var classifier: KeyClassifier?
    private let sessionKeysSeen: IdentifierSet?
    /// Where a session has several keys: those of which one stays, and those of which one goes.
    private let staying: IdentifierSet
    private var going: [UInt64] = []
    /// For each session key template, which of its variables is the user.
    private let userVariables: [Int?]
    private let pacer: Pacer
    private var scanSizer: BatchSizer
    private var valueSizer: BatchSizer
    private let indexKeysSeen: IdentifierSet
    private let progress: (_ fraction: Double) throws -> Void

    private var scanArguments = CommandArguments()
    private let reply = Reply()
    private let scanPattern: [UInt8]?
    /// The janitor's own lock, where it looks like one of the application's keys.
    private let lockKeyToSkip: [UInt8]?
    private var seen = SeenSessions()
    private let sampleMask: UInt64?
    private var variables: [Range<Int>] = []
    private var pipelining = Pipelining()

    /// The replies that are on their way, in order.
    private enum Awaited {
        /// `leads` says whether the walk goes on from the cursor in this reply.
        case scan(count: Int, Pipelining.Departure, leads: Bool)
        case values(ValueBatch, Pipelining.Departure)
        case types(ValueBatch)
    }

    /// Whether sizes are asked for before values: from the first large answer on, and where the server may evict.
    private var sizesCount: Bool
    private var readsPieces = true
    /// How long a value is on average, in bytes.
    private var valueBytes = 300.0
    /// One answer should fit into a socket's buffer: the server writes it at a stroke then, and keeps no copy.
    private static let answerBytes = 32.0 * 1_024
    private var valuesEach: Int {
        min(valueSizer.size, max(Int(clamping: Census.answerBytes / max(valueBytes, 1)), 1))
    }

    private var awaited: [Awaited] = []
    private var unsent: [ValueBatch] = []

    init(
        _ connection: any RedisPipeline, layout: Layout, policy: RetentionPolicy?,
        selection: Selection? = nil, keysLeftAlone: IdentifierSet? = nil, keepsStems: Bool = false,
        ttls: TTLCount = .none, pacer: Pacer,
        sets: CensusSets? = nil,
        progress: @escaping (_ fraction: Double) throws -> Void
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
        self.selection = selection
        self.keepsStems = keepsStems
        self.keysLeftAlone = keysLeftAlone
        self.pacer = pacer
        scanPattern = layout.scanPattern
        lockKeyToSkip = layout.hasMistakableLock ? layout.lockKey : nil
        self.progress = progress
        sampleMask = ttls.sampleMask
        let asksMore =
            ttls == .all || policy?.idleCutoff != nil || !layout.presenceKeys.isEmpty || layout.sessionKeys.count > 1
            || layout.readsStanding
        judge = asksMore ? nil : policy.flatMap { SessionJudge(layout, $0) }
        reader = judge == nil ? SessionReader(layout: layout, policy: policy, countsTTL: ttls == .all) : nil
        classifier = layout.isPlain ? nil : KeyClassifier(layout)
        userVariables = layout.sessionKeys.map { $0.variables.firstIndex(of: "user") }
        countsUsers = !layout.presenceKeys.isEmpty
        readsStanding = layout.readsStanding
        session = layout.sessionKeys[0]
        index = layout.indexKeys.first?.template
        scanSizer = BatchSizer(
            target: pacer.batchTime, initial: 250, limits: 10...5_000, bytes: pacer.bound.bytes / 2)
        valueSizer = pacer.valueSizer
        sizesCount = pacer.bound.evicts
    }

    /// Has the walk begin anew on another connection, as a cursor means nothing to another server: what was seen stays
    /// seen, and the values that were not answered are asked for again.
    func resume(on connection: any RedisPipeline) {
        self.connection = connection
        unsent =
            awaited.compactMap {
                switch $0 {
                case .values(let batch, _), .types(let batch): batch
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
                try keeping(batch) { () throws(RedisError) in
                    if let judge { try judgeValues(of: batch, departure, judge) }
                    if let reader { try takeFacts(about: batch, departure, reader) }
                }
            case .types(let batch):
                try keeping(batch) { () throws(RedisError) in try countUnreadable(among: batch) }
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

    /// For layouts that are not plain.
    private func sortByTemplates(
        _ key: UnsafeRawBufferPointer, _ node: Int, into seen: inout SeenSessions
    ) throws(CleanupError) {
        guard let finding = try classifier?.sort(key, into: &variables) else { return }
        let values = TemplateValues(key, variables)
        switch finding.kind {
        case .session:
            if let keysLeftAlone, keysLeftAlone.contains(IdentifierSet.hash(key)) { return }
            seen.nodes.append(node)
            seen.hashes.append(layout.routes.sessions[finding.template].hash(ofNamed: values))
            seen.templates.append(UInt8(finding.template))
            guard countsUsers else { return }
            let user = userVariables[finding.template].map { IdentifierSet.hash(values[$0]) } ?? 0
            seen.users.append(user)
            // Whether one of the sessions stays, their values say, if they are read.
            if reader == nil, user != 0, selection?.revokes(seen.hashes[seen.hashes.count - 1]) != true {
                _ = users.insert(user)
                users.mark(user, .listed)
            }
        case .index:
            guard indexKeysSeen.insert(IdentifierSet.hash(key)) else { return }
            indexKeys.append(
                tag: UInt8(finding.template) << 2, layout.indexKeys[finding.template].template.stem(of: key))
        case .pointer: dependents.note(.pointer, finding.template, key, layout.pointerKeys[finding.template].template)
        case .companion: dependents.note(.companion, finding.template, key, layout.companionKeys[finding.template])
        case .presence:
            dependents.note(.presence, finding.template, key, layout.presenceKeys[finding.template].template)
        }
    }

    /// Takes in the sessions of a reply; returns those whose values are wanted.
    private func note(_ seen: SeenSessions) -> [ValueBatch] {
        var batches: [ValueBatch] = []
        let wantsValues = judge != nil || reader != nil
        for (place, hash) in seen.hashes.enumerated() {
            // Where the value has to make it a session, it counts once that was read.
            let isNew = readsStanding || sessions.insert(hash)
            let node = seen.nodes[place]
            let template = seen.templates.isEmpty ? 0 : seen.templates[place]
            if isNew, let sampleMask, hash & sampleMask == 0 {
                sampled.append(tag: 0, session.stem(of: reply.bytes(node)))
            }
            guard sessionKeysSeen?.insert(IdentifierSet.hash(reply.bytes(node))) ?? isNew else { continue }
            if keepsStems { stems.append(tag: template, layout.sessionKeys[Int(template)].stem(of: reply.bytes(node))) }
            if reader == nil, let selection, selection.revokes(hash) { revoke(node, template, hash) }
            guard wantsValues else { continue }
            if batches.last.map({ $0.hashes.count >= valuesEach }) ?? true { batches.append(ValueBatch()) }
            batches[batches.count - 1].keys.append(reply.bytes(node))
            batches[batches.count - 1].hashes.append(hash)
            guard reader != nil else { continue }
            batches[batches.count - 1].templates.append(template)
            if countsUsers { batches[batches.count - 1].users.append(seen.users[place]) }
        }
        return batches
    }

    private func revoke(_ node: Int, _ template: UInt8, _ hash: UInt64) {
        let record = ExpiredSession(template: Int(template), reason: .revoked)
        expiredSessions.append(
            tag: record.tag, prefix: 0, count: 8, layout.sessionKeys[Int(template)].stem(of: reply.bytes(node)))
        sessions.mark(hash, .expired)
    }

    // MARK: Values

    /// A batch that is not answered is asked for again, if the walk goes on elsewhere.
    private func keeping(_ batch: ValueBatch, _ work: () throws(RedisError) -> Void) throws(RedisError) {
        do throws(RedisError) {
            try work()
        } catch {
            unsent.insert(batch, at: 0)
            throw error
        }
    }

    /// Asks for the values of the next batch, or splits it by their sizes first.
    private func askForNextValues() throws(RedisError) {
        let batch = unsent.removeFirst()
        try keeping(batch) { () throws(RedisError) in
            guard sizesCount, !batch.isSized else { return try askForValues(batch) }
            unsent = try pacer.bound.parts(of: batch.keys, on: connection).map { batch[$0] } + unsent
        }
    }

    private func askForValues(_ batch: ValueBatch) throws(RedisError) {
        let departure = pipelining.departure(isAlone: connection.unanswered == 0)
        if let reader {
            try reader.ask(about: batch.keys, on: connection)
        } else {
            if sizesCount, batch.hashes.count == 1, try judgeLarge(batch) { return }
            try connection.append(.mget, batch.keys)
        }
        try connection.flush()
        awaited.append(.values(batch, departure))
    }

    /// Takes in how long answers took and how large they were; returns the former. From the first large one on, sizes are
    /// asked for before values.
    private func measure(_ count: Int, bytes: Int, _ departure: Pipelining.Departure) -> Duration {
        let took = pipelining.arrival(of: departure)
        if departure.isMeasured { valueSizer.record(count: count, seconds: pacer.serverSeconds(took)) }
        valueSizer.record(count: count, bytes: bytes)
        valueBytes += (Double(bytes) / Double(count) - valueBytes) / 8
        if pacer.bound.isLarge(bytes) { sizesCount = true }
        return took
    }

    private func judgeValues(
        of batch: ValueBatch, _ departure: Pipelining.Departure, _ judge: SessionJudge
    ) throws(RedisError) {
        try connection.receiveArray(count: batch.hashes.count, into: reply)
        let took = measure(batch.hashes.count, bytes: reply.byteCount, departure)
        var withoutValue: [Int] = []
        for (index, hash) in batch.hashes.enumerated() {
            guard reply.kind(index + 1) == .string else {
                withoutValue.append(index)
                continue
            }
            batch.keys.withArgument(index) { take(judge, reply.bytes(index + 1), of: $0, hash) }
        }
        if !withoutValue.isEmpty { try askForTypes(of: batch[withoutValue]) }
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
            if !isFound { try askForTypes(of: batch) }
            return true
        } catch .server(_, "NOPERM", _) {
            readsPieces = false
            return false
        }
    }

    /// MGET has no value for a session that ended meanwhile, and none for one that is not a string.
    private func askForTypes(of batch: ValueBatch) throws(RedisError) {
        var argument = CommandArguments()
        for index in batch.hashes.indices {
            argument.removeAll()
            batch.keys.withArgument(index) { argument.append($0) }
            try connection.append(.type, argument)
        }
        try connection.flush()
        awaited.append(.types(batch))
    }

    private func countUnreadable(among batch: ValueBatch) throws(RedisError) {
        var count = 0
        for _ in batch.hashes {
            if try connection.receiveType(into: reply) != "none" { count += 1 }
        }
        unreadable += count
    }

    private func count(_ verdict: SessionVerdict) {
        switch verdict {
        case .undated: undated += 1
        case .misdated: misdated += 1
        case .unreadable: unreadable += 1
        case .idle: idle += 1
        case .live, .expired: break
        }
    }

    @inline(__always)
    private func take(
        _ judge: SessionJudge, _ value: UnsafeRawBufferPointer, of key: UnsafeRawBufferPointer, _ hash: UInt64
    ) {
        let verdict = judge.verdict(value)
        guard verdict != .live else { return }
        let stem = session.stem(of: key)
        guard mayGo(verdict, 0, stem) else { return }
        count(verdict)
        guard verdict == .expired else { return }
        sessions.mark(hash, .expired)
        expiredSessions.append(tag: 0, prefix: UInt128(value.sha1Prefix), count: 8, stem)
    }

    /// Whether a session of this verdict, if it goes by it, is one of those that may.
    private func mayGo(_ verdict: SessionVerdict, _ template: Int, _ stem: UnsafeRawBufferPointer) -> Bool {
        guard let selection, let reason = verdict.reason else { return true }
        return selection.allows(reason, layout.sessionKeys[template], stem: stem)
    }

    private func takeFacts(
        about batch: ValueBatch, _ departure: Pipelining.Departure, _ reader: SessionReader
    ) throws(RedisError) {
        let facts = try reader.receive(about: batch.keys, on: connection)
        let took = measure(facts.count, bytes: reader.byteCount, departure)
        for (place, fact) in facts.enumerated() {
            guard let verdict = fact.verdict else { continue }
            let hash = batch.hashes[place]
            let template = batch.templates[place]
            guard fact.standing != .other else {
                batch.keys.withArgument(place, noteOther)
                continue
            }
            if readsStanding, fact.standing == .session { _ = sessions.insert(hash) }
            var reason = verdict.reason
            batch.keys.withArgument(place) { key in
                let stem = layout.sessionKeys[Int(template)].stem(of: key)
                if mayGo(verdict, Int(template), stem) { count(verdict) } else { reason = nil }
                let isRevoked = selection?.revokes(hash) ?? false
                if isRevoked { reason = .revoked }
                guard let reason else {
                    if fact.isWithoutTTL { withoutTTL.append(tag: template, stem) }
                    return
                }
                let record = ExpiredSession(
                    template: Int(template), reason: reason, isJudgedByAccess: !isRevoked && fact.fingerprint == nil)
                expiredSessions.append(tag: record.tag, prefix: UInt128(fact.fingerprint ?? 0), count: 8, stem)
            }
            let goes = reason != nil
            guard fact.standing == .session else { continue }
            if sessionKeysSeen != nil {
                if goes { going.append(hash) } else { _ = staying.insert(hash) }
            } else if goes {
                sessions.mark(hash, .expired)
            }
            guard countsUsers else { continue }
            let user = fact.user.map { $0.withUnsafeBytes(IdentifierSet.hash) } ?? batch.users[place]
            guard user != 0 else { continue }
            _ = users.insert(user)
            if !goes { users.mark(user, .listed) }
        }
        pacer.rest(after: took)
    }

    /// A key that could have been a session by its name may be a presence key, which what it holds will tell.
    private func noteOther(_ key: UnsafeRawBufferPointer) {
        otherKeys += 1
        for (number, presence) in layout.presenceKeys.enumerated() where presence.template.matches(key) {
            dependents.note(.presence, number, key, presence.template)
        }
    }

    /// A session of which one key stays is not expired. Call after all censuses that share these sets.
    func settle() {
        for hash in going where !staying.contains(hash) { sessions.mark(hash, .expired) }
    }

    /// How much of the keyspace lies behind a cursor; for display only.
    ///
    /// Redis counts its cursors up from the top bit, so a cursor's bits reversed are the fraction walked.
    static func fractionWalked(_ cursor: [UInt8]) -> Double {
        var bits = UInt64(String(decoding: cursor, as: UTF8.self)) ?? 0
        var reversed: UInt64 = 0
        for _ in 0..<64 {
            reversed = reversed << 1 | bits & 1
            bits >>= 1
        }
        return Double(reversed) / 18_446_744_073_709_551_616
    }
}

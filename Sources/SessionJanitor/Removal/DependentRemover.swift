import RedisClient

/// Removes the planned keys that depend on sessions, and sets missing TTLs: in batches, each one atomic on the server.
final class DependentRemover {
    private(set) var results = DependentResults()

    private let connection: any RedisConversation
    private let layout: Layout
    private var namer: DependentNamer
    private var pacer: Pacer
    private let checkpoint: () throws -> Void
    private let journal: RemovalJournal?
    private let publisher: RemovalPublisher?
    private var script = DependentScript.remove
    private var ttlScript = DependentScript.setTTL
    private let reply = Reply()

    init(
        _ connection: any RedisConversation, layout: Layout, pacer: Pacer, journal: RemovalJournal?,
        publisher: RemovalPublisher? = nil, checkpoint: @escaping () throws -> Void
    ) {
        self.journal = journal
        self.publisher = publisher
        self.connection = connection
        self.layout = layout
        self.pacer = pacer
        self.checkpoint = checkpoint
        namer = DependentNamer(layout)
    }

    /// Removes pointers and companions.
    func remove(_ log: DependentLog) throws {
        var cursor = ByteLog.Cursor()
        try removeAll(proof: 0) { next(of: log, &cursor) { $0.kind != .presence } }
    }

    /// Removes presence keys of users without a session.
    ///
    /// Nothing leads from a user to the user's sessions, so their proof is another census, `findUsers`; and none goes that
    /// was touched since that began. Our own reading of them has to lie far enough before it.
    func removePresenceKeys(_ log: DependentLog, _ findUsers: () throws -> IdentifierSet) throws {
        var cursor = ByteLog.Cursor()
        while let journal {
            var keys = CommandArguments()
            while keys.count < DependentRemover.batchLimits.upperBound,
                let item = next(of: log, &cursor, where: { $0.kind == .presence })
            {
                keys.append(key(item))
            }
            guard keys.count > 0 else { break }
            try journal.record(keys: keys, as: .presence)
            try checkpoint()
        }
        try Pacer.sleep(until: .now + DependentRemover.pause, checkpoint)
        let proof = try ServerClock.read(connection)
        let users = try findUsers()
        cursor = ByteLog.Cursor()
        try removeAll(proof: proof) {
            next(of: log, &cursor) { item in
                guard item.kind == .presence else { return false }
                guard let user = namer.user(item.template, key: key(item)),
                    users.flags(of: user)?.contains(.listed) == true
                else { return true }
                results.noteKept(item.kind, item.reason)
                return false
            }
        }
    }

    private static let batchLimits = 1...1_000
    /// More than the two seconds by which a server's idle times may be off.
    private static let pause = Duration.milliseconds(2_500)

    private func key(_ item: DependentLog.Item) -> [UInt8] {
        namer.key(item.kind, item.template, stem: item.stem)
    }

    private func next(
        of log: DependentLog, _ cursor: inout ByteLog.Cursor, where isWanted: (DependentLog.Item) -> Bool
    ) -> DependentLog.Item? {
        while let item = log.next(&cursor) {
            if isWanted(item) { return item }
        }
        return nil
    }

    /// An item of a batch, which outlives the log's own.
    private struct Planned {
        let kind: DependentKind
        let template: Int
        let reason: RemovalReason
        let key: [UInt8]
        let value: [UInt8]

        init(_ item: DependentLog.Item, key: [UInt8]) {
            kind = item.kind
            template = item.template
            reason = item.reason
            self.key = key
            value = Array(item.value)
        }
    }

    /// `proof` is the server's time when the last proof about presence keys began.
    private func removeAll(proof: Double, _ next: () -> DependentLog.Item?) throws {
        var sizer = BatchSizer(target: pacer.batchTime, initial: 50, limits: DependentRemover.batchLimits)
        while true {
            var keys = CommandArguments()
            var values = CommandArguments([Array(String(proof).utf8)])
            var items: [Planned] = []
            var names: [DependentKind: CommandArguments] = [:]
            while items.count < sizer.size, let item = next() {
                let planned = Planned(item, key: key(item))
                add(planned, &keys, &values)
                items.append(planned)
                names[item.kind, default: CommandArguments()].append(planned.key)
            }
            guard !items.isEmpty else { return }
            try checkpoint()
            if let names = names[.pointer] { try journal?.record(keys: names, as: .pointer) }
            if let names = names[.companion] { try journal?.record(keys: names, as: .companion) }
            let took = try run(&script, keys, values, count: items.count) { place, verdict in
                let item = items[place]
                let (kind, reason) = (item.kind, item.reason)
                switch verdict {
                case 1:
                    results.noteRemoved(kind, reason)
                    publisher?.note(
                        kind, namer.template(kind, item.template), key: item.key, held: item.value, reason: reason)
                case 0: break
                case -2: results.unproven += 1
                default: results.noteKept(kind, reason)
                }
            }
            sizer.record(count: items.count, seconds: pacer.serverSeconds(took))
            pacer.rest(after: took)
        }
    }

    private func add(_ item: Planned, _ keys: inout CommandArguments, _ values: inout CommandArguments) {
        keys.append(item.key)
        let before = keys.count
        item.value.withUnsafeBytes { value in
            _ = namer.withRoute(item.kind, item.template, key: item.key, value: value) {
                $0.appendKeys(to: &keys, outer: $1, inner: $2)
            }
        }
        var token: [UInt8] = []
        var place = ""
        if item.kind == .pointer, let own = namer.token(item.template, key: item.key) {
            token = own
            switch layout.pointerKeys[item.template].backCheck {
            case .hash(let field): place = "h" + field
            case .json(let path): place = "j" + path.joined(separator: ".")
            case .value, nil: break
            }
        }
        values.append(item.kind.scriptName)
        values.append(keys.count - before)
        values.append(item.value)
        values.append(token)
        values.append(place)
    }

    /// Gives the plan's keys a TTL, where they have none yet.
    func setTTLs(of plan: CleanupPlan, _ missing: MissingTTL) throws {
        func ttl(_ own: Duration?) -> Duration? {
            if case .duration(let duration) = missing { duration } else { own }
        }
        try setTTLs(plan.sessionsWithoutTTL) { number in
            ttl(layout.sessionTTLs[number]).map { (layout.sessionKeys[number], $0) }
        }
        try setTTLs(plan.presenceWithoutTTL) { number in
            ttl(layout.presenceKeys[number].ttl).map { (layout.presenceKeys[number].template, $0) }
        }
    }

    /// Keys that get a TTL, and when they expire then.
    private struct TTLBatch {
        var keys = CommandArguments()
        var expiries: [Int] = []
    }

    private typealias TTLChoice = (_ template: Int) -> (key: KeyTemplate, ttl: Duration)?

    private func setTTLs(_ stems: ByteLog, _ ttl: TTLChoice) throws {
        var cursor = ByteLog.Cursor()
        var sizer = BatchSizer(target: pacer.batchTime, initial: 50, limits: DependentRemover.batchLimits)
        // So many of the next keys are in the journal, with what they are to get at this time.
        var covered = 0
        var now = 0
        while stems.hasNext(cursor) {
            if covered == 0 {
                now = Int(try ServerClock.read(connection) * 1_000)
                covered = sizer.size
                if let journal {
                    covered = try journal.cover(limit: sizer.size, from: cursor) { ahead, limit throws in
                        let batch = gather(stems, &ahead, limit: limit, at: now, ttl)
                        try journal.append(ttls: batch.keys, expiries: batch.expiries)
                        return batch.keys.count
                    }
                }
            }
            let batch = gather(stems, &cursor, limit: min(sizer.size, covered), at: now, ttl)
            guard batch.keys.count > 0 else { return }
            covered -= batch.keys.count
            try checkpoint()
            var values = CommandArguments()
            for expiry in batch.expiries { values.append(expiry) }
            let took = try run(&ttlScript, batch.keys, values, count: batch.keys.count) { _, verdict in
                if verdict == 1 { results.ttlsSet += 1 }
            }
            sizer.record(count: batch.keys.count, seconds: pacer.serverSeconds(took))
            pacer.rest(after: took)
        }
    }

    private func gather(
        _ stems: ByteLog, _ cursor: inout ByteLog.Cursor, limit: Int, at now: Int, _ ttl: TTLChoice
    ) -> TTLBatch {
        var batch = TTLBatch()
        while batch.keys.count < limit, let record = stems.next(&cursor) {
            guard let (template, ttl) = ttl(Int(record.tag)) else { continue }
            batch.keys.append(template.key(stem: record.bytes))
            batch.expiries.append(now + Int(ttl / .milliseconds(1)))
        }
        return batch
    }

    private func run(
        _ script: inout ServerScript, _ keys: CommandArguments, _ values: CommandArguments, count: Int,
        _ take: (_ place: Int, _ verdict: Int) -> Void
    ) throws(RedisError) -> Duration {
        defer { publisher?.publish() }
        let start = ContinuousClock.now
        let attempt = RemovalAttempt(on: connection)
        do throws(RedisError) {
            try script.run(connection, keys: keys, values: values, into: reply)
        } catch {
            if attempt.isUncertain(after: error) { results.uncertain = count }
            throw error
        }
        try ScriptAnswer(reply: reply).takeVerdicts(count, take)
        return .now - start
    }
}

extension DependentKind {
    fileprivate var scriptName: String {
        switch self {
        case .pointer: "p"
        case .companion: "c"
        case .presence: "u"
        }
    }
}

import RedisClient

/// Holds the keys that depend on sessions against the census: those whose session it did not find are suspects.
final class DependentSurvey {
    let suspects = DependentLog()
    /// Presence keys without a TTL, with the numbers of their templates.
    let presenceWithoutTTL = ByteLog()
    /// How many keys were held against the census.
    private(set) var checked = 0

    private let connection: any RedisConversation
    private let layout: Layout
    /// They share their sets of sessions and users.
    private let censuses: [Census]
    private var namer: DependentNamer
    private var pacer: Pacer
    private var sizer: BatchSizer
    private let checkpoint: () throws -> Void
    private let reply = Reply()

    init(
        _ connection: any RedisConversation, layout: Layout, censuses: [Census], pacer: Pacer,
        checkpoint: @escaping () throws -> Void
    ) {
        self.connection = connection
        self.layout = layout
        self.censuses = censuses
        self.pacer = pacer
        self.checkpoint = checkpoint
        namer = DependentNamer(layout)
        sizer = BatchSizer(target: pacer.batchTime, initial: 100, limits: 10...2_000)
    }

    func run() throws {
        for census in censuses {
            surveyCompanions(census)
            try inBatches(census.dependents.pointers, .pointer) { try surveyPointers($0, census) }
            try inBatches(census.dependents.presenceKeys, .presence) { try surveyPresence($0, census) }
        }
    }

    private struct Key {
        let template: Int
        let name: [UInt8]
    }

    private func inBatches(_ log: ByteLog, _ kind: DependentKind, _ body: ([Key]) throws -> Void) throws {
        var cursor = ByteLog.Cursor()
        while log.hasNext(cursor) {
            var keys: [Key] = []
            while keys.count < sizer.size, let record = log.next(&cursor) {
                let template = Int(record.tag)
                keys.append(Key(template: template, name: namer.key(kind, template, stem: record.bytes)))
            }
            let start = ContinuousClock.now
            try body(keys)
            let took = ContinuousClock.now - start
            sizer.record(count: keys.count, seconds: pacer.serverSeconds(took))
            log.release(before: cursor)
            try checkpoint()
            pacer.rest(after: took)
        }
    }

    /// Nil if the session stays.
    private func reason(_ session: UInt64, _ census: Census) -> RemovalReason? {
        guard let flags = census.sessions.flags(of: session) else { return .orphaned }
        return flags.contains(.expired) ? .expired : nil
    }

    private func suspect(_ kind: DependentKind, _ key: Key, _ reason: RemovalReason, value: [UInt8] = []) {
        key.name.withUnsafeBytes { name in
            let stem = namer.template(kind, key.template).stem(of: name)
            value.withUnsafeBytes { suspects.append(kind, key.template, reason, stem: stem, value: $0) }
        }
    }

    private func surveyCompanions(_ census: Census) {
        var cursor = ByteLog.Cursor()
        let log = census.dependents.companions
        while let record = log.next(&cursor) {
            let key = Key(
                template: Int(record.tag), name: namer.key(.companion, Int(record.tag), stem: record.bytes))
            let session = namer.withRoute(.companion, key.template, key: key.name, value: record.bytes) {
                $0.hash(outer: $1, inner: $2)
            }
            checked += 1
            if let reason = session.flatMap({ reason($0, census) }) { suspect(.companion, key, reason) }
            log.release(before: cursor)
        }
    }

    /// The values of string keys; nil for a key that is gone or of another type.
    private func values(of keys: [Key]) throws(RedisError) -> [[UInt8]?] {
        try connection.append(.mget, CommandArguments(keys.map(\.name)))
        try connection.receive(into: reply)
        guard reply.kind(0) == .array, reply.count == keys.count + 1 else {
            throw .unexpectedReply(command: .mget, expected: "a value for each key")
        }
        return keys.indices.map { reply.kind($0 + 1) == .string ? Array(reply.bytes($0 + 1)) : nil }
    }

    private func surveyPointers(_ keys: [Key], _ census: Census) throws {
        let values = try values(of: keys)
        var questions: [(key: Key, value: [UInt8], check: BackCheck, token: [UInt8], count: Int)] = []
        for (key, value) in zip(keys, values) {
            guard let value else { continue }
            checked += 1
            var sessions = CommandArguments()
            let hash = value.withUnsafeBytes {
                namer.withRoute(.pointer, key.template, key: key.name, value: $0) { route, outer, inner in
                    route.appendKeys(to: &sessions, outer: outer, inner: inner)
                    return route.hash(outer: outer, inner: inner)
                }
            }
            guard let hash else { continue }
            if let reason = reason(hash, census) {
                suspect(.pointer, key, reason, value: value)
            } else if let source = layout.pointerKeys[key.template].backCheck,
                let token = namer.token(key.template, key: key.name)
            {
                let check = BackCheck(source)
                try check.ask(about: sessions, on: connection)
                questions.append((key, value, check, token, sessions.count))
            }
        }
        for (key, value, check, token, count) in questions
        where try check.namesAnother(than: token, count, on: connection, into: reply) {
            suspect(.pointer, key, .orphaned, value: value)
        }
    }

    private func surveyPresence(_ keys: [Key], _ census: Census) throws {
        let values = try values(of: keys)
        for key in keys { try connection.append(.pttl, CommandArguments([key.name])) }
        for (key, value) in zip(keys, values) {
            try connection.receive(into: reply)
            let presence = layout.presenceKeys[key.template]
            guard let value, presence.value.map({ $0 == value }) ?? true else { continue }
            guard let user = namer.user(key.template, key: key.name) else { continue }
            checked += 1
            if reply.integer(0) == -1 {
                key.name.withUnsafeBytes {
                    _ = presenceWithoutTTL.append(tag: UInt8(key.template), presence.template.stem(of: $0))
                }
            }
            switch census.users.flags(of: user) {
            case nil: suspect(.presence, key, .orphaned)
            case let flags? where !flags.contains(.listed): suspect(.presence, key, .expired)
            default: break
            }
        }
    }
}

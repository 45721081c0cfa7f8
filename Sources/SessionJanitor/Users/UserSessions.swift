public import RedisClient

/// A session of a user, with what its layout knows of it.
public struct UserSession: Sendable {
    public let id: [UInt8]
    /// In epoch seconds; nil where the layout does not know, or the session does not say.
    public let created: Double?
    public let lastAccess: Double?
    public let expiry: Double?
    /// The milliseconds that its key has left; nil for one that does not expire.
    public let lifetime: Int?
    /// What was asked for to be shown.
    public let shown: [[UInt8]?]
    /// Whether an index key lists it.
    public var isListed: Bool { !entries.isEmpty }

    /// The hash of its identity, and the fingerprint of what was read.
    let hash: UInt64
    let fingerprint: UInt64?
    /// Those of its keys that exist.
    let keys: [Place]
    let entries: [Entry]
    /// By pointer template, what it names as its pointer there.
    let tokens: [[UInt8]?]

    /// A session key, and the number of its template.
    struct Place: Hashable {
        let template: Int
        let key: [UInt8]
    }

    struct Entry {
        let place: Place
        let type: IndexType
        let member: [UInt8]
        /// In a sorted set, where it tells which session is newer, or is recorded.
        var score: Double?
    }

    /// By which the newer of two sessions is told: nil where nothing tells.
    var rank: Double? { created ?? lastAccess ?? entries.compactMap(\.score).max() }
}

/// Finds the sessions of one user, and the orphaned entries in the user's index keys.
///
/// By the user's index keys where their names need nothing but the user, so that only this user's keys are touched;
/// otherwise by a walk over the keyspace, and by what sessions say of their users.
public final class UserSessions {
    public private(set) var sessions: [UserSession] = []
    /// Ids that an index key of the user lists, and that have no session.
    public private(set) var orphans: [(key: [UInt8], id: [UInt8])] = []
    /// The same as suspects for a second look.
    private(set) var suspects = RemovalLog()
    public private(set) var foreign = 0

    /// How many sessions are asked for at a time.
    private static let batch = 500

    private let connection: any RedisPipeline
    private let layout: Layout
    let user: [UInt8]?
    /// How the id of the one session begins that is looked for, where its user is not known.
    private let session: [UInt8]
    private let reader: SessionReader
    private let shownCount: Int
    private let readsScores: Bool
    private let pacer: Pacer
    private let checkpoint: () throws -> Void
    private var resolver: SessionResolver
    private var ranges: [Range<Int>] = []

    /// What is known of a session before it is asked for.
    private struct Named {
        var keys: [UserSession.Place] = []
        var entries: [UserSession.Entry] = []
    }

    private var named: [UInt64: Named] = [:]
    private var order: [UInt64] = []

    /// For the sessions that index keys list; `reader` tells what is read of each.
    init(
        _ connection: any RedisPipeline, layout: Layout, reader: SessionReader, readsScores: Bool, pacer: Pacer,
        checkpoint: @escaping () throws -> Void
    ) {
        self.connection = connection
        self.layout = layout
        user = nil
        session = []
        shownCount = 0
        self.reader = reader
        self.readsScores = readsScores
        self.pacer = pacer
        self.checkpoint = checkpoint
        resolver = SessionResolver(layout)
    }

    /// `shown` are fields to read beside the dates; without `readsDates` only the existence of sessions is asked for, and
    /// what their pointers need. `isRecorded` says that what is removed of them goes into a backup.
    public init(
        _ connection: any RedisPipeline, options: CleanupOptions, user: [UInt8]?, session: [UInt8] = [],
        readsDates: Bool = true, isRecorded: Bool = false, showing shown: [ValueSource] = [],
        checkpoint: @escaping () throws -> Void = {}
    ) {
        self.connection = connection
        layout = options.layout
        self.user = user
        self.session = session
        shownCount = shown.count
        readsScores = isRecorded || connection.isCluster || readsDates && layout.rank == nil
        reader = SessionReader(
            layout, readsDates: readsDates, showing: shown + layout.pointerKeys.compactMap(\.backCheck))
        pacer = Pacer(chunkTime: options.chunkTime, niceRatio: options.niceRatio)
        self.checkpoint = checkpoint
        resolver = SessionResolver(layout)
    }

    /// Reads the sessions in these index keys.
    func find(in indexKeys: ByteLog) throws {
        try readIndexKeys(indexKeys)
        try readSessions()
    }

    /// Finds them, and what is to be known of each.
    public func find() throws {
        guard let user else { return try findSession() }
        if layout.leads(fromUser: true), !layout.indexKeys.isEmpty {
            let names = ByteLog()
            for (number, index) in layout.indexKeys.enumerated() {
                guard index.template.key(user).withUnsafeBytes(index.template.matches) else { continue }
                user.withUnsafeBytes { _ = names.append(tag: UInt8(number) << 2, $0) }
            }
            try readIndexKeys(names)
        } else {
            try walk()
        }
        try readSessions()
    }

    /// Finds the session with an id, or else those whose ids begin so.
    private func findSession() throws {
        for (number, template) in layout.sessionKeys.enumerated() where template.variables == ["id"] {
            let key = template.key(session)
            if key.withUnsafeBytes(template.matches) { note(.init(template: number, key: key)) }
        }
        try readSessions()
        guard sessions.isEmpty else { return }
        (named, order) = ([:], [])
        try walk()
        try readSessions()
    }

    // MARK: Where they are

    /// To a survey that knows of no session every entry is a suspect.
    private func readIndexKeys(_ names: ByteLog) throws {
        guard !names.isEmpty else { return }
        let survey = IndexSurvey(connection, layout: layout, sessions: IdentifierSet(), pacer: pacer) {
            [checkpoint] _ in try checkpoint()
        }
        try survey.run(names)
        foreign += survey.foreignMembers
        var cursor = ByteLog.Cursor()
        var holder: (place: UserSession.Place, type: IndexType)?
        var keys = CommandArguments()
        while let item = survey.candidates.next(&cursor) {
            switch item {
            case .indexKey(let stem, let type, let template, _):
                resolver.begin(template, stem: stem)
                holder = (.init(template: template, key: layout.indexKeys[template].template.key(stem: stem)), type)
            case .removal(let removal):
                guard let holder, let hash = resolver.hash(of: removal.stem) else { continue }
                keys.removeAll()
                resolver.appendKeys(of: removal.stem, to: &keys)
                for number in 0..<keys.count {
                    note(.init(template: number, key: keys.withArgument(number) { Array($0) }), of: hash)
                }
                named[hash]?.entries.append(
                    .init(place: holder.place, type: holder.type, member: Array(removal.stem), score: nil))
            }
        }
    }

    private func note(_ place: UserSession.Place, of session: UInt64) {
        if named[session] == nil { order.append(session) }
        if named[session]?.keys.contains(place) != true { named[session, default: Named()].keys.append(place) }
    }

    private func walk() throws {
        let walk = KeyspaceWalk(
            connection,
            options: WalkOptions(
                layout: layout, keepsStems: true, clocks: ServerClocks(), ttls: .none, chunkTime: .milliseconds(1),
                niceRatio: pacer.niceRatio))
        try walk.takeCensus { [checkpoint] _ in try checkpoint() }
        let names = ByteLog()
        for census in walk.censuses {
            try noteSessions(census.stems)
            var cursor = ByteLog.Cursor()
            while let record = census.indexKeys.next(&cursor) {
                let template = layout.indexKeys[SurveyedKey(tag: record.tag).template].template
                if namesUser(template, stem: record.bytes) { names.append(tag: record.tag, record.bytes) }
            }
        }
        try readIndexKeys(names)
    }

    /// Whether a key with this stem names the user; false for a template that names none.
    private func namesUser(_ template: KeyTemplate, stem: UnsafeRawBufferPointer) -> Bool {
        guard let user else { return false }
        return value("user", template, stem) { $0.elementsEqual(user) }
    }

    /// Whether this variable of a key has such a value; false where the key has no such variable.
    private func value(
        _ name: String, _ template: KeyTemplate, _ stem: UnsafeRawBufferPointer,
        _ isWanted: (Slice<UnsafeRawBufferPointer>) -> Bool
    ) -> Bool {
        guard let place = template.variables.firstIndex(of: name) else { return false }
        return template.key(stem: stem).withUnsafeBytes { key in
            template.match(key, into: &ranges) && isWanted(key[ranges[place]])
        }
    }

    /// Takes those whose key or value names the user.
    private func noteSessions(_ stems: ByteLog) throws {
        var cursor = ByteLog.Cursor()
        var unsure: [UserSession.Place] = []
        func settle() throws {
            let keys = CommandArguments(unsure.map(\.key))
            for (place, facts) in zip(unsure, try reader.facts(about: keys, on: connection, pacer))
            where facts.verdict != nil && facts.user == user { note(place) }
            unsure = []
            try checkpoint()
        }
        while let record = stems.next(&cursor) {
            let template = layout.sessionKeys[Int(record.tag)]
            let place = UserSession.Place(template: Int(record.tag), key: template.key(stem: record.bytes))
            guard user != nil else {
                if value("id", template, record.bytes, { $0.starts(with: session) }) { note(place) }
                continue
            }
            if template.variables.contains("user") {
                if namesUser(template, stem: record.bytes) { note(place) }
            } else if layout.user != nil {
                unsure.append(place)
                if unsure.count == UserSessions.batch { try settle() }
            }
        }
        try settle()
    }

    private func note(_ place: UserSession.Place) {
        if let hash = layout.hash(of: place) { note(place, of: hash) }
    }

    // MARK: What they hold

    private func readSessions() throws {
        let places = order.flatMap { named[$0]?.keys ?? [] }
        var facts: [UserSession.Place: SessionFacts] = [:]
        for start in stride(from: 0, to: places.count, by: UserSessions.batch) {
            try checkpoint()
            let part = places[start..<min(start + UserSessions.batch, places.count)]
            let keys = CommandArguments(part.map(\.key))
            for (place, found) in zip(part, try reader.facts(about: keys, on: connection, pacer)) {
                facts[place] = found
            }
        }
        if readsScores { try readScores() }
        for hash in order {
            guard let known = named[hash] else { continue }
            let existing = known.keys.filter { facts[$0]?.verdict != nil }
            if let first = existing.first, let found = facts[first] {
                sessions.append(session(hash, known, existing, found))
            } else {
                noteOrphans(known.entries)
            }
        }
    }

    /// A lost node leaves them unknown.
    private func readScores() throws {
        let reply = Reply()
        for hash in order {
            for entry in named[hash]?.entries ?? [] where entry.type == .sortedSet {
                try connection.append(.zscore, CommandArguments([entry.place.key, entry.member]))
            }
        }
        for hash in order {
            for place in named[hash]?.entries.indices ?? 0..<0 where named[hash]?.entries[place].type == .sortedSet {
                try connection.receive(into: reply)
                if reply.kind(0) == .string { named[hash]?.entries[place].score = DateText.number(reply.bytes(0)) }
            }
        }
    }

    private func session(
        _ hash: UInt64, _ known: Named, _ keys: [UserSession.Place], _ facts: SessionFacts
    ) -> UserSession {
        var tokens: [[UInt8]?] = []
        var next = shownCount
        for pointer in layout.pointerKeys {
            guard pointer.backCheck != nil, next < facts.shown.count else {
                tokens.append(nil)
                continue
            }
            tokens.append(facts.shown[next])
            next += 1
        }
        let values = layout.values(of: keys[0])
        return UserSession(
            id: values["id"] ?? [], created: facts.dates[.created], lastAccess: facts.dates[.lastAccess],
            expiry: facts.dates[.expiry], lifetime: facts.lifetime < 0 ? nil : facts.lifetime,
            shown: Array(facts.shown.prefix(shownCount)), hash: hash, fingerprint: facts.fingerprint, keys: keys,
            entries: known.entries,
            tokens: tokens)
    }

    private func noteOrphans(_ entries: [UserSession.Entry]) {
        var names = RemovalNames(layout)
        for entry in entries {
            let id = names.find(.entry, entry.place.template, entry.place.key, entry.member).id
            orphans.append((entry.place.key, id ?? entry.member))
            let template = layout.indexKeys[entry.place.template].template
            entry.place.key.withUnsafeBytes { key in
                _ = suspects.append(
                    indexKey: template.stem(of: key), type: entry.type, template: entry.place.template,
                    keepsEntries: true)
            }
            entry.member.withUnsafeBytes {
                suspects.append(Removal(kind: .entry, reason: .orphaned, template: 0, stem: $0))
            }
        }
    }
}

extension SessionReader {
    /// What there is to know of these sessions; their values stay within the bound together. What is none by its value, or the
    /// end of one, is not there.
    func facts(
        about keys: CommandArguments, on connection: any RedisPipeline, _ pacer: Pacer
    ) throws(RedisError) -> [SessionFacts] {
        var facts = try allFacts(about: keys, on: connection, pacer)
        for place in facts.indices where facts[place].standing != .session { facts[place].verdict = nil }
        return facts
    }

    private func allFacts(
        about keys: CommandArguments, on connection: any RedisPipeline, _ pacer: Pacer
    ) throws(RedisError) -> [SessionFacts] {
        guard reading != .nothing, pacer.bound.evicts else {
            try ask(about: keys, on: connection)
            try connection.flush()
            return try receive(about: keys, on: connection)
        }
        var facts: [SessionFacts] = []
        for part in try pacer.bound.parts(of: keys, on: connection) {
            var some = CommandArguments()
            for place in part { keys.withArgument(place) { some.append($0) } }
            try ask(about: some, on: connection)
            try connection.flush()
            facts += try receive(about: some, on: connection)
        }
        return facts
    }
}

extension Layout {
    /// The date that tells which of two sessions is newer; nil where scores of entries have to.
    var rank: SessionDate? { [.created, .lastAccess].first { clock in dates.contains { $0.clock == clock } } }

    /// Whether a session's user can be told at all.
    public var knowsUsers: Bool {
        user != nil || sessionKeys.contains { $0.variables.contains("user") }
            || indexKeys.contains { $0.template.variables.contains("user") }
    }

    /// Whether a session leads to all that hangs on it without a look at other keys, once its user is known or even if not.
    func leads(fromUser isKnown: Bool) -> Bool {
        indexKeys.allSatisfy { isKnown && $0.template.variables == ["user"] } && presenceKeys.isEmpty
            && pointerKeys.allSatisfy { pointer in
                pointer.template.variables.allSatisfy {
                    identity.contains($0) || isKnown && $0 == "user"
                        || $0 == PointerKey.token && pointer.backCheck != nil
                }
            }
    }

    /// Where a session has a field of this name; `hash:FIELD` and the like say it themselves.
    public func source(named field: String) -> ValueSource {
        if let source = ValueSource(field) { return source }
        let path = field.split(separator: ".").map(String.init)
        return switch valueSources.first?.sessionTypes {
        case ["hash"]: .hash(field)
        case ["string"]: .json(path)
        default: .field(path)
        }
    }

    /// What the variables of a session's key take.
    func values(of place: UserSession.Place) -> [String: [UInt8]] {
        let template = sessionKeys[place.template]
        var ranges: [Range<Int>] = []
        guard place.key.withUnsafeBytes({ template.match($0, into: &ranges) }) else { return [:] }
        return Dictionary(uniqueKeysWithValues: zip(template.variables, ranges.map { Array(place.key[$0]) }))
    }
}

extension KeyTemplate {
    /// The key with these values; nil where one is missing or not of its pattern.
    func key(named values: [String: [UInt8]]) -> [UInt8]? {
        var key = literals[0]
        for (name, literal) in zip(variables, literals.dropFirst()) {
            guard let value = values[name] else { return nil }
            key += value + literal
        }
        return key.withUnsafeBytes(matches) ? key : nil
    }
}

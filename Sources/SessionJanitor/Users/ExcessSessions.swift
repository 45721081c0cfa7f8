import RedisClient

/// Finds the sessions that a user has beyond a limit: all but the newest.
///
/// An index key with more entries than the limit is read again, with the sessions that it lists; where users have no index
/// key, sessions are counted by the users that they name. A session of which nothing tells how old it is stays, and counts.
public final class ExcessSessions {
    private(set) var count = 0
    let reader: SessionReader?

    private let connection: any RedisPipeline
    private let layout: Layout
    private let limit: Int
    private let censuses: [Census]
    private let pacer: Pacer
    private let checkpoint: () throws -> Void
    private let reply = Reply()

    /// How many index keys are read together, and how many sessions.
    private static let keysEach = 100
    private static let sessionsEach = 500

    /// `policy` is the run's own, with the date by which sessions are ranked.
    init(
        _ connection: any RedisPipeline, layout: Layout, policy: RetentionPolicy?, limit: Int, censuses: [Census],
        pacer: Pacer, checkpoint: @escaping () throws -> Void
    ) {
        self.connection = connection
        self.layout = layout
        self.limit = limit
        self.censuses = censuses
        self.pacer = pacer
        self.checkpoint = checkpoint
        reader = SessionReader(layout: layout, policy: policy, countsTTL: true)
        reader?.marksAll = true
    }

    /// Adds them to the sessions that the censuses have found expired.
    func run() throws {
        guard let reader else { return }
        if layout.hasUserIndex {
            for census in censuses { try findInIndexKeys(of: census, reader) }
        } else {
            try findByUsers(reader)
        }
    }

    // MARK: By index keys

    private func findInIndexKeys(of census: Census, _ reader: SessionReader) throws {
        var crowded = ByteLog()
        func settle() throws {
            let found = UserSessions(
                connection, layout: layout, reader: reader, readsScores: layout.rank == nil, pacer: pacer,
                checkpoint: checkpoint)
            try found.find(in: crowded)
            crowded = ByteLog()
            var byUser: [[UInt8]: [UserSession]] = [:]
            for session in found.sessions {
                for key in Set(session.entries.map(\.place.key)) { byUser[key, default: []].append(session) }
            }
            for sessions in byUser.values { note(sessions, in: census) }
        }
        try forEachCrowded(census.indexKeys) { tag, stem in
            crowded.append(tag: tag, stem)
            if crowded.count == ExcessSessions.keysEach { try settle() }
        }
        if !crowded.isEmpty { try settle() }
    }

    /// Calls `body` for each index key of a user that has more entries than the limit.
    private func forEachCrowded(_ keys: ByteLog, _ body: (UInt8, UnsafeRawBufferPointer) throws -> Void) throws {
        var names = keys
        let crowded = ByteLog()
        for command in [RedisCommand.zcard, .scard, .llen, .hlen] where !names.isEmpty {
            let others = ByteLog()
            try count(names, by: command, crowded: crowded, others: others)
            names = others
        }
        var cursor = ByteLog.Cursor()
        while let record = crowded.next(&cursor) { try body(record.tag, record.bytes) }
    }

    /// `others` takes those of another type.
    private func count(_ names: ByteLog, by command: RedisCommand, crowded: ByteLog, others: ByteLog) throws {
        var (sending, receiving) = (ByteLog.Cursor(), ByteLog.Cursor())
        var arguments = CommandArguments()
        let frames = layout.indexKeys.map { $0.template.variables.contains("user") ? $0.template.frame : nil }
        func next(_ cursor: inout ByteLog.Cursor) -> ByteLog.Record? {
            while let record = names.next(&cursor) {
                if frames[SurveyedKey(tag: record.tag).template] != nil { return record }
            }
            return nil
        }
        let sizer = BatchSizer(target: pacer.batchTime, initial: 50, limits: 10...2_000)
        try Batches(connection, pacer, sizer, checkpoint: checkpoint).run { most in
            var count = 0
            while count < most, let record = next(&sending) {
                guard let frame = frames[SurveyedKey(tag: record.tag).template] else { continue }
                arguments.removeAll()
                arguments.append(frame.head, record.bytes, frame.tail)
                try connection.append(command, arguments)
                count += 1
            }
            return count > 0 ? (count, count) : nil
        } receive: { (count: Int) in
            for _ in 0..<count {
                let isOfType = try connection.receiveUnlessWrongType(into: reply)
                guard let record = next(&receiving) else { return }
                if !isOfType {
                    others.append(tag: record.tag, record.bytes)
                } else if reply.kind(0) == .integer, reply.integer(0) > limit {
                    crowded.append(tag: record.tag, record.bytes)
                }
            }
        }
    }

    /// Takes the oldest of one user's sessions, those aside that go anyway.
    private func note(_ sessions: [UserSession], in census: Census) {
        let staying = sessions.filter { census.sessions.flags(of: $0.hash)?.contains(.expired) == false }
        let surplus = staying.count - limit
        guard surplus > 0 else { return }
        for session in ExcessSessions.oldest(staying, surplus, { ($0.rank, $0.id) }) {
            for place in session.keys { note(place, session.hash, session.fingerprint, in: census) }
            count += 1
        }
    }

    /// The oldest sessions beyond so many.
    public static func oldest(of sessions: [UserSession], beyond limit: Int) -> [UserSession] {
        guard sessions.count > limit else { return [] }
        return Array(oldest(sessions, sessions.count - limit) { ($0.rank, $0.id) })
    }

    /// By their dates, of the same date by their names; those without a date are not among them.
    private static func oldest<Session>(
        _ sessions: [Session], _ count: Int, _ rank: (Session) -> (date: Double?, name: [UInt8])
    ) -> ArraySlice<Session> {
        let dated = sessions.compactMap { session -> (Double, [UInt8], Session)? in
            let (date, name) = rank(session)
            return date.map { ($0, name, session) }
        }
        let sorted = dated.sorted { $0.0 == $1.0 ? $0.1.lexicographicallyPrecedes($1.1) : $0.0 < $1.0 }
        return sorted.prefix(count).map(\.2)[...]
    }

    private func note(_ place: UserSession.Place, _ hash: UInt64, _ fingerprint: UInt64?, in census: Census) {
        let record = ExpiredSession(template: place.template, reason: .excess)
        place.key.withUnsafeBytes { key in
            _ = census.expiredSessions.append(
                tag: record.tag, prefix: UInt128(fingerprint ?? 0), count: 8,
                layout.sessionKeys[place.template].stem(of: key))
        }
        census.sessions.mark(hash, .expired)
    }

    // MARK: By the users that sessions name

    private struct Named {
        var place: UserSession.Place
        var hash: UInt64
        var facts: SessionFacts
    }

    /// Counts first, as only the sessions of users with too many are kept in memory.
    private func findByUsers(_ reader: SessionReader) throws {
        var counts: [UInt64: Int] = [:]
        try forEachSession(reader) { user, _, _ in counts[user, default: 0] += 1 }
        counts = counts.filter { $0.value > limit }
        guard !counts.isEmpty else { return }
        var sessions: [UInt64: [(Named, Census)]] = [:]
        try forEachSession(reader) { user, session, census in
            if counts[user] != nil { sessions[user, default: []].append((session, census)) }
        }
        for crowd in sessions.values where crowd.count > limit {
            let oldest = ExcessSessions.oldest(crowd, crowd.count - limit) { ($0.0.facts.rank, $0.0.place.key) }
            for (session, census) in oldest {
                note(session.place, session.hash, session.facts.fingerprint, in: census)
                count += 1
            }
        }
    }

    /// Calls `body` with the hash of each session's user; for those that stay, and whose user is known.
    private func forEachSession(_ reader: SessionReader, _ body: (UInt64, Named, Census) -> Void) throws {
        for census in censuses {
            var cursor = ByteLog.Cursor()
            var places: [UserSession.Place] = []
            func settle() throws {
                let keys = CommandArguments(places.map(\.key))
                for (place, facts) in zip(places, try reader.facts(about: keys, on: connection, pacer))
                where facts.verdict != nil {
                    guard let hash = layout.hash(of: place),
                        let user = layout.values(of: place)["user"] ?? facts.user,
                        census.sessions.flags(of: hash)?.contains(.expired) == false
                    else { continue }
                    body(
                        user.withUnsafeBytes(IdentifierSet.hash), Named(place: place, hash: hash, facts: facts), census)
                }
                places = []
                try checkpoint()
            }
            while let record = census.stems.next(&cursor) {
                let template = layout.sessionKeys[Int(record.tag)]
                places.append(.init(template: Int(record.tag), key: template.key(stem: record.bytes)))
                if places.count == ExcessSessions.sessionsEach { try settle() }
            }
            if !places.isEmpty { try settle() }
        }
    }
}

extension SessionFacts {
    fileprivate var rank: Double? { dates[.created] ?? dates[.lastAccess] }
}

extension Layout {
    /// Whether users have index keys of their own.
    var hasUserIndex: Bool { indexKeys.contains { $0.template.variables.contains("user") } }

    /// Whether it can be told which of a user's sessions are the oldest.
    public var ranksSessions: Bool { knowsUsers && (rank != nil || hasUserIndex) }

    /// The hash of the identity of a session with this key.
    func hash(of place: UserSession.Place) -> UInt64? {
        var ranges: [Range<Int>] = []
        return place.key.withUnsafeBytes { key in
            guard sessionKeys[place.template].match(key, into: &ranges) else { return nil }
            return routes.sessions[place.template].hash(ofNamed: TemplateValues(key, ranges))
        }
    }
}

import RedisClient

/// Reads every index key against the census: entries whose session it did not find, or found expired, are candidates.
///
/// A key is first read with one command that takes at most ``wholeLimit`` entries, fewer of long ones; one that has more is read again in
/// steps. Its type shows by itself: the first command is the one of the type that most keys had so far, and a key that
/// answers WRONGTYPE is asked for its type.
final class IndexSurvey {
    /// What may be removed, by index key; entries without a session are here on the word of the census alone.
    let candidates = RemovalLog()
    private(set) var indexKeysRead = 0
    private(set) var entriesRead = 0
    private(set) var validEntries = 0
    /// Index keys of a type that cannot hold ids.
    private(set) var unreadable = UnreadableIndexKeys()
    /// Sessions of the census that at least one entry names.
    private(set) var listedSessions = 0

    /// A longer index key is read in steps of about this many entries.
    static let wholeLimit = 1_000

    private let connection: any RedisPipeline
    private let layout: Layout
    private let sessions: IdentifierSet
    private let expired: ExpiredSessions.Places?
    private let pacer: Pacer
    private lazy var batches = Batches(
        connection, pacer,
        BatchSizer(target: pacer.batchTime, initial: 4, limits: 4...400, bytes: pacer.bound.bytes / 4)
    ) { [unowned self] in try progress(indexKeysRead) }
    /// How many entries of a key to ask for at first: bound by their bytes alone.
    private var entriesEach: BatchSizer
    private let progress: (_ indexKeys: Int) throws -> Void
    private let reply = Reply()
    private var hashes: [UInt64] = []
    private var arguments = CommandArguments()

    private var isFirstPass = true
    /// Tells which sessions the members of the key in hand name, unless a member is the session id.
    private var resolver: SessionResolver
    private var isNamed = false
    private let namesByIdentifier: [Bool]
    private let frames: [(head: [UInt8], tail: [UInt8])]
    /// Members that cannot name a session by any template; left alone.
    private(set) var foreignMembers = 0
    /// For each index key template, how many entries name a session that the census found.
    private(set) var named: [Int]
    private let oddKeys = ByteLog()
    private let longKeys = ByteLog()

    init(
        _ connection: any RedisPipeline, layout: Layout, sessions: IdentifierSet,
        expired: ExpiredSessions.Places? = nil, pacer: Pacer, progress: @escaping (_ indexKeys: Int) throws -> Void
    ) {
        self.connection = connection
        self.layout = layout
        self.sessions = sessions
        self.expired = expired
        self.pacer = pacer
        self.progress = progress
        frames = layout.indexKeys.map(\.template.frame)
        named = layout.indexKeys.map { _ in 0 }
        resolver = SessionResolver(layout)
        namesByIdentifier = layout.indexKeys.map { $0.namesByIdentifier(layout) }
        entriesEach = pacer.bound.entries
    }

    /// Reads the index keys with these variable parts; gives the names back as it goes.
    func run(_ names: ByteLog) throws {
        var start = ByteLog.Cursor()
        let type = try typeOfFirst(names, start)
        try read(names, &start) { [layout] key in
            SurveyedKey(type: layout.indexKeys[key.template].holdsFields ? .hash : type, template: key.template)
        }
        isFirstPass = false
        var odd = ByteLog.Cursor()
        try askTypes(of: oddKeys, &odd)
        var long = ByteLog.Cursor()
        while let record = longKeys.next(&long) {
            try readInSteps(record.bytes, SurveyedKey(tag: record.tag))
        }
    }

    // MARK: Many keys, a command each

    private func typeOfFirst(_ names: ByteLog, _ start: ByteLog.Cursor) throws(RedisError) -> IndexType {
        var cursor = start
        guard let record = names.next(&cursor) else { return .sortedSet }
        setKey(record.bytes, SurveyedKey(tag: record.tag))
        try connection.append(.type, arguments)
        return IndexType(redisName: try connection.receiveType(into: reply)) ?? .sortedSet
    }

    /// Reads the keys from `start` on in overlapping batches; `key` says as what.
    private func read(
        _ names: ByteLog, _ start: inout ByteLog.Cursor, as key: (SurveyedKey) -> SurveyedKey
    ) throws {
        var sending = start
        try batches.run { limit in
            var count = 0
            while count < limit, let record = names.next(&sending) {
                try appendRead(of: record.bytes, key(SurveyedKey(tag: record.tag)))
                count += 1
            }
            return count > 0 ? ((count: count, entries: entriesEach.size), count) : nil
        } receive: { (batch: (count: Int, entries: Int)) in
            var bytes = 0
            entriesEach.record(count: 1, seconds: 0)
            for _ in 0..<batch.count {
                guard let record = names.next(&start) else { return }
                try receiveRead(of: record.bytes, key(SurveyedKey(tag: record.tag)), limit: batch.entries)
                bytes += reply.byteCount
            }
            batches.note(batch.count, bytes: bytes)
            names.release(before: start)
        }
    }

    private func appendRead(of name: UnsafeRawBufferPointer, _ key: SurveyedKey) throws(RedisError) {
        let type = key.type
        setKey(name, key)
        switch type {
        case .sortedSet, .list:
            arguments.append(0)
            arguments.append(entriesEach.size - 1)
            try connection.append(type == .list ? .lrange : .zrange, arguments)
        case .set, .hash:
            arguments.append("0")
            arguments.append("COUNT")
            arguments.append(entriesEach.size)
            try connection.append(type == .set ? .sscan : .hscan, arguments)
        }
    }

    private func receiveRead(
        of name: UnsafeRawBufferPointer, _ surveyed: SurveyedKey, limit: Int
    ) throws(RedisError) {
        let type = surveyed.type
        guard let command = try connection.receiveUnless("WRONGTYPE", into: reply) else {
            if isFirstPass {
                oddKeys.append(tag: surveyed.tag, name)
            } else {
                noteRetyped(name, surveyed)
            }
            return
        }
        let entries = try entryRange(command, type)
        entriesEach.record(count: entries.count, bytes: reply.byteCount)
        let isLong =
            switch type {
            case .set, .hash: !reply.bytes(1).elementsEqual("0".utf8)
            case .sortedSet, .list: entries.count >= limit
            }
        if isLong {
            longKeys.append(tag: surveyed.tag, name)
            return
        }
        // An index key without an entry does not exist in Redis: it went between the census and now.
        guard !entries.isEmpty else { return }
        var key = ReadKey(type: type, template: surveyed.template, repeats: type == .list ? .few([]) : .none)
        begin(name, surveyed)
        // HSCAN alternates fields and values.
        take(entries, step: type == .hash ? 2 : 1, of: name, &key)
        finish(key)
    }

    /// The nodes of the reply that are entries.
    private func entryRange(_ command: RedisCommand, _ type: IndexType) throws(RedisError) -> Range<Int> {
        let isScan = type == .set || type == .hash
        let first = isScan ? 3 : 1
        guard reply.count >= first, reply.kind(0) == .array, !isScan || reply.kind(2) == .array,
            (1..<reply.count).allSatisfy({ $0 == 2 && isScan || reply.kind($0) == .string })
        else { throw .unexpectedReply(command: command, expected: "the entries of an index key") }
        return first..<reply.count
    }

    /// Tells apart the keys that were not of the expected type, and reads those that can be read.
    private func askTypes(of names: ByteLog, _ start: inout ByteLog.Cursor) throws {
        let typed = ByteLog()
        var sending = start
        let sizer = BatchSizer(target: pacer.batchTime, initial: 4, limits: 4...400)
        try Batches(connection, pacer, sizer, checkpoint: { [self] in try progress(indexKeysRead) }).run { limit in
            var count = 0
            while count < limit, let record = names.next(&sending) {
                setKey(record.bytes, SurveyedKey(tag: record.tag))
                try connection.append(.type, arguments)
                count += 1
            }
            return count > 0 ? (count, count) : nil
        } receive: { (count: Int) in
            for _ in 0..<count {
                let name = try connection.receiveType(into: reply)
                guard let record = names.next(&start) else { break }
                let template = SurveyedKey(tag: record.tag).template
                let holdsFields = layout.indexKeys[template].holdsFields
                if let type = holdsFields ? (name == "hash" ? .hash : nil) : IndexType(redisName: name) {
                    typed.append(tag: SurveyedKey(type: type, template: template).tag, record.bytes)
                } else if name != "none" {
                    unreadable.add(layout.indexKeys[template].template.key(stem: record.bytes), type: name)
                }
            }
        }
        var cursor = ByteLog.Cursor()
        try read(typed, &cursor) { $0 }
    }

    /// The key changed its type twice while it was looked at.
    private func noteRetyped(_ name: UnsafeRawBufferPointer, _ key: SurveyedKey) {
        unreadable.add(layout.indexKeys[key.template].template.key(stem: name), type: "changing")
    }

    // MARK: Entries

    /// Takes in the entries of a reply, every `step`th of these nodes.
    private func take(_ nodes: Range<Int>, step: Int, of name: UnsafeRawBufferPointer, _ key: inout ReadKey) {
        // In a variable of this function the compiler has no accesses to check.
        var hashes: [UInt64] = []
        swap(&hashes, &self.hashes)
        defer { swap(&hashes, &self.hashes) }
        hashes.removeAll(keepingCapacity: true)
        for index in stride(from: nodes.lowerBound, to: nodes.upperBound, by: step) {
            // A member that names no session has the hash 0; were it a session's, its entry would stay.
            hashes.append(isNamed ? resolver.hash(of: reply.bytes(index)) ?? 0 : IdentifierSet.hash(reply.bytes(index)))
        }
        sessions.warm(hashes)
        let isNamed = isNamed
        for (offset, session) in hashes.enumerated() {
            let member = reply.bytes(nodes.lowerBound + offset * step)
            guard key.repeats.isNew(isNamed ? IdentifierSet.hash(member) : session) else { continue }
            if isNamed, session == 0 {
                foreignMembers += 1
                key.foreign += 1
            } else {
                count(member, of: session, of: name, &key)
            }
        }
    }

    /// `session` is the hash of the session's identity.
    @inline(__always)
    private func count(
        _ id: UnsafeRawBufferPointer, of session: UInt64, of name: UnsafeRawBufferPointer, _ key: inout ReadKey
    ) {
        key.entries += 1
        let flags = sessions.mark(session, .listed)
        if let flags, !flags.contains(.listed) { listedSessions += 1 }
        var removal = Removal(kind: .entry, reason: .orphaned, template: 0, stem: id)
        switch flags {
        case nil: break
        case let flags? where flags.contains(.expired):
            key.named += 1
            removal.reason = .expired
            removal.session = expired?.place(of: session)
            if removal.session != nil, expired?.tellEntries[key.template] == true {
                removal.stem = UnsafeRawBufferPointer(start: nil, count: 0)
            }
        default:
            key.named += 1
            key.valid += 1
            return
        }
        if key.place == nil {
            key.place = candidates.append(
                indexKey: name, type: key.type, template: key.template, keepsEntries: false)
        }
        candidates.append(removal)
    }

    private func finish(_ key: ReadKey) {
        indexKeysRead += 1
        entriesRead += key.entries
        validEntries += key.valid
        named[key.template] += key.named
        if key.valid + key.foreign > 0, let place = key.place {
            candidates.noteKeptEntries(of: key.type, template: key.template, at: place)
        }
    }

    private func begin(_ name: UnsafeRawBufferPointer, _ key: SurveyedKey) {
        isNamed = !namesByIdentifier[key.template]
        if isNamed { resolver.begin(key.template, stem: name) }
    }

    private func setKey(_ name: UnsafeRawBufferPointer, _ key: SurveyedKey) {
        let frame = frames[key.template]
        arguments.removeAll()
        arguments.append(frame.head, name, frame.tail)
    }

    // MARK: Long keys

    /// Reads a long key in steps. SCAN and shifting positions may show an entry twice, so hashes of all are kept.
    private func readInSteps(_ name: UnsafeRawBufferPointer, _ surveyed: SurveyedKey) throws {
        let type = surveyed.type
        begin(name, surveyed)
        var key = ReadKey(type: type, template: surveyed.template, repeats: .many(IdentifierSet()))
        /// Where the next step begins; nil while that is not known, and at the end.
        var cursor: String? = "0"
        // Also what was read of a key before its node was lost, so that the numbers add up.
        defer { if key.entries + key.foreign > 0 { finish(key) } }
        let sizer = BatchSizer(
            target: pacer.batchTime, initial: entriesEach.size, limits: 1...20_000, bytes: pacer.bound.bytes / 4)
        let steps = Batches(connection, pacer, sizer) { [self] in try progress(indexKeysRead) }
        try steps.run { count in
            guard let start = cursor else { return nil }
            setKey(name, surveyed)
            arguments.append(start)
            if type == .list {
                arguments.append((Int(start) ?? 0) + count - 1)
            } else {
                arguments.append("COUNT")
                arguments.append(count)
            }
            let commands: [IndexType: RedisCommand] = [.list: .lrange, .set: .sscan, .hash: .hscan]
            try connection.append(commands[type] ?? .zscan, arguments)
            cursor = nil
            return ((start: start, count: count), count)
        } receive: { (batch: (start: String, count: Int)) in
            guard let command = try connection.receiveUnless("WRONGTYPE", into: reply) else {
                if key.entries == 0 { noteRetyped(name, surveyed) }
                return
            }
            let entries = try entryRange(command, type == .list ? .list : .set)
            // ZSCAN alternates members and scores, HSCAN fields and values.
            let step = type == .sortedSet || type == .hash ? 2 : 1
            steps.note(entries.count / step, bytes: reply.byteCount)
            take(entries, step: step, of: name, &key)
            if type != .list {
                cursor = reply.bytes(1).elementsEqual("0".utf8) ? nil : reply.text(1)
            } else if entries.count >= batch.count {
                cursor = String((Int(batch.start) ?? 0) + entries.count)
            }
        }
    }
}

import RedisClient

/// Asks once more about what the census and the survey suspect; what is without its session again makes the plan.
///
/// EXISTS with many keys answers how many of them exist: mostly none, and then one answer settles them all.
final class SecondLook {
    /// What is to be removed.
    let confirmed: RemovalLog
    /// Entries whose session is there after all.
    private(set) var revived = 0
    /// Suspects of which is not known whether their session is there, as its part of a cluster is unreachable; kept.
    private(set) var unknown = RemovalTally()
    /// What the selection leaves out; kept.
    private(set) var unlisted = RemovalTally()
    /// Index keys without any valid entry.
    private(set) var emptyIndexKeys = 0

    /// How many keys one EXISTS asks for.
    private static let keysEach = 100

    private let connection: any RedisPipeline
    private let layout: Layout
    private let sessions: ExpiredSessions
    private let selection: Selection?
    private let pacer: Pacer
    private let progress: (_ suspects: Int) throws -> Void
    private var done = 0
    private lazy var batches = Batches(
        connection, pacer,
        layout.pointerKeys.isEmpty
            ? BatchSizer(target: pacer.batchTime, initial: 500, limits: 100...10_000) : nil
    ) { [unowned self] in try progress(done) }
    private var resolver: SessionResolver
    private var builder: RemovalItems
    private let life: LifeCheck
    private let reply = Reply()
    /// The index key whose entries are being asked about.
    private var indexKey = CommandArguments()
    private var type = IndexType.sortedSet
    private var holder = Holder()

    /// With `readsScores` the plan can be carried out: an application may write an entry before its session, and a session id
    /// may come back. Then there is an entry that looks as orphaned as the old one did; but it was added anew, and its score
    /// tells.
    init(
        _ connection: any RedisPipeline, layout: Layout, sessions: ExpiredSessions,
        selection: Selection? = nil, readsScores: Bool, pacer: Pacer,
        progress: @escaping (_ suspects: Int) throws -> Void
    ) {
        self.connection = connection
        self.layout = layout
        self.sessions = sessions
        self.selection = selection
        self.pacer = pacer
        confirmed = RemovalLog(holdsMarks: readsScores)
        resolver = SessionResolver(layout)
        builder = RemovalItems(layout, connection)
        life = LifeCheck(deadValues: layout.deadValues)
        self.progress = progress
    }

    /// Suspects that are asked for together.
    private final class Batch {
        var count = 0
        /// The keys that are to be absent, and where those of each suspect begin.
        var absent = CommandArguments()
        var starts: [Int] = []
        /// The companions of entries' sessions.
        var companions = CommandArguments()
        /// Pointers and companions, which are asked for themselves.
        var dependents: [Dependent] = []
        /// Index key and member of each entry whose score is asked for, and the score: not a number where there is none, nil
        /// where that cannot be told.
        var scored = CommandArguments()
        var scores: [Double?] = []
        /// The suspects of each EXISTS.
        var questions: [Range<Int>] = []
        /// The suspects that are asked for one by one, as some sessions of their EXISTS are there.
        var again: [Int] = []
        /// Whether each suspect's session is absent, nil where that cannot be told.
        var areAbsent: [Bool?] = []
        var isAnswered = false

        /// The keys of these suspects.
        func keys(_ suspects: Range<Int>) -> CommandArguments {
            let end = suspects.upperBound < starts.count ? starts[suspects.upperBound] : absent.count
            return absent[starts[suspects.lowerBound]..<end]
        }
    }

    private struct Dependent {
        let item: RemovalItem
        let check: BackCheck?
        /// Whether it may be asked for; a key whose value is large is another's by now.
        var isAsked = true
        /// Whether it is there as it was; nil where that cannot be told.
        var isSame: Bool?
        var namesAnother: Bool? = false

        init(_ item: RemovalItem) {
            self.item = item
            check = item.backCheck.map { BackCheck($0) }
        }

        var isPointer: Bool { item.kind == .pointer }
        var field: String? { item.target.field }
    }

    /// Goes through suspects, which may come in several logs; gives them back as it goes.
    func run(_ suspects: RemovalLog) throws {
        var asking = ByteLog.Cursor()
        var settling = asking
        holder = Holder()
        var unsettled: [Batch] = []
        try batches.run { (limit: Int) -> (batch: Batch, count: Int)? in
            let batch = try gather(suspects, &asking, limit)
            guard batch.count > 0 else { return nil }
            try send(batch)
            unsettled.append(batch)
            return (batch, batch.count)
        } follow: { batch in
            if batch.areAbsent.isEmpty { try receive(batch) } else { try receiveAgain(batch) }
            guard batch.isAnswered else { return batch }
            while let first = unsettled.first, first.isAnswered {
                done += first.count
                settle(suspects, &settling, unsettled.removeFirst())
            }
            return nil
        }
        settle(suspects, &settling, Batch())
        close(holder)
    }

    // MARK: Asking

    /// Whether its session is asked for: nothing leads from a user to all sessions of this user, and what goes with an
    /// expired session depends on that alone.
    private func asksForSession(_ removal: Removal) -> Bool {
        removal.reason == .orphaned && removal.kind != .presence
    }

    private func asksForScore(_ removal: Removal, _ type: IndexType) -> Bool {
        confirmed.holdsMarks && removal.kind == .entry && type == .sortedSet
    }

    private func gather(
        _ suspects: RemovalLog, _ cursor: inout ByteLog.Cursor, _ limit: Int
    ) throws(RedisError) -> Batch {
        let batch = Batch()
        while batch.count < limit, let item = suspects.next(&cursor) {
            switch item {
            case .indexKey(let stem, let type, let template, _):
                resolver.begin(template, stem: stem)
                let frame = layout.indexKeys[template].template.frame
                indexKey.removeAll()
                indexKey.append(frame.head, stem, frame.tail)
                self.type = type
            case .removal(let removal):
                let asksForScore = asksForScore(removal, type)
                if asksForScore {
                    batch.scored.append(contentsOf: indexKey)
                    batch.scored.append(sessions.member(of: removal, resolver.template))
                }
                if asksForSession(removal) { add(removal, to: batch) }
                if asksForScore || asksForSession(removal) { batch.count += 1 }
            }
        }
        if batches.asksSizes { try leaveLarge(batch) }
        return batch
    }

    private func add(_ removal: Removal, to batch: Batch) {
        let suspect = batch.starts.count
        batch.starts.append(batch.absent.count)
        if removal.kind == .entry {
            resolver.appendKeys(of: removal.stem, to: &batch.absent)
            if !layout.companionKeys.isEmpty { resolver.appendCompanions(of: removal.stem, to: &batch.companions) }
        } else {
            let dependent = Dependent(builder.dependent(removal))
            batch.absent.append(contentsOf: dependent.item.sessions)
            batch.dependents.append(dependent)
        }
        if let first = batch.questions.last?.lowerBound,
            batch.absent.count - batch.starts[first] <= SecondLook.keysEach
        {
            batch.questions[batch.questions.count - 1] = first..<suspect + 1
        } else {
            batch.questions.append(suspect..<suspect + 1)
        }
    }

    /// A pointer that holds so much by now is another's; a session that does is asked nothing.
    private func leaveLarge(_ batch: Batch) throws(RedisError) {
        for index in batch.dependents.indices where batch.dependents[index].isPointer {
            let dependent = batch.dependents[index]
            var keys = CommandArguments()
            if dependent.field == nil { keys.append(dependent.item.key) }
            if dependent.check?.readsWhole == true { keys.append(contentsOf: dependent.item.sessions) }
            let parts = try pacer.bound.parts(of: keys, leavingLarge: true, on: connection)
            batch.dependents[index].isAsked = parts.reduce(0) { $0 + $1.count } == keys.count
        }
    }

    private func send(_ batch: Batch) throws(RedisError) {
        for question in batch.questions { try connection.append(.exists, batch.keys(question)) }
        // Asking for a companion that is past its time makes the server expire it, and tell who listens for that.
        if batch.companions.count > 0 { try connection.append(.exists, batch.companions) }
        for dependent in batch.dependents where dependent.isAsked {
            var key = CommandArguments([dependent.item.key])
            if let field = dependent.field { key.append(field) }
            let command: RedisCommand = !dependent.isPointer ? .exists : dependent.field == nil ? .mget : .hmget
            try connection.append(command, key)
            try dependent.check?.ask(about: dependent.item.sessions, on: connection)
        }
        for place in stride(from: 0, to: batch.scored.count, by: 2) {
            try connection.append(.zscore, batch.scored[place..<place + 2])
        }
    }

    // MARK: Answers

    private func receive(_ batch: Batch) throws(RedisError) {
        batch.areAbsent = [Bool?](repeating: true, count: batch.starts.count)
        for question in batch.questions where try receiveCount() != 0 { batch.again += question }
        if batch.companions.count > 0 { _ = try receiveCount() }
        for index in batch.dependents.indices { try receive(&batch.dependents[index]) }
        for _ in 0..<batch.scored.count / 2 {
            batch.scores.append(
                try connection.whereReachable { () throws(RedisError) in
                    guard try connection.receiveUnlessWrongType(into: reply), reply.kind(0) == .string else {
                        return .nan
                    }
                    return RedisScore.number(reply.bytes(0)) ?? .nan
                })
        }
        batch.isAnswered = batch.again.isEmpty
        for suspect in batch.again { try life.ask(about: batch.keys(suspect..<suspect + 1), on: connection) }
    }

    private func receiveAgain(_ batch: Batch) throws(RedisError) {
        for suspect in batch.again {
            let count = batch.keys(suspect..<suspect + 1).count
            let isAbsent = life.receiveIsAbsent(count, on: connection, into: reply)
            batch.areAbsent[suspect] = try connection.whereReachable { () throws(RedisError) in try isAbsent.get() }
        }
        batch.isAnswered = true
    }

    private func receive(_ dependent: inout Dependent) throws(RedisError) {
        guard dependent.isAsked else {
            dependent.isSame = false
            return
        }
        guard dependent.isPointer else {
            dependent.isSame = try receiveCount().map { $0 > 0 }
            return
        }
        let value = dependent.item.value
        dependent.isSame = try connection.whereReachable { () throws(RedisError) in
            guard try connection.receiveArrayUnlessWrongType(count: 1, into: reply) else { return false }
            batches.note(1, bytes: reply.byteCount)
            return reply.kind(1) == .string && reply.bytes(1).elementsEqual(value)
        }
        guard let check = dependent.check else { return }
        let token = dependent.item.token
        let answer = check.receive(dependent.item.sessions.count, otherThan: token, on: connection, into: reply) {
            batches.note(1, bytes: reply.byteCount)
        }
        dependent.namesAnother = try connection.whereReachable { () throws(RedisError) in try answer.get() }
    }

    private func receiveCount() throws(RedisError) -> Int? {
        try connection.whereReachable { () throws(RedisError) in try connection.receiveInteger(into: reply) }
    }

    // MARK: Settling

    /// The index key whose entries are being settled.
    private struct Holder {
        var stem: [UInt8]?
        var type = IndexType.sortedSet
        var template = 0
        var keepsEntries = false
        var isPlanned = false
    }

    /// Moves the suspects that the answers are about into the plan, those with a session excepted.
    private func settle(_ suspects: RemovalLog, _ cursor: inout ByteLog.Cursor, _ batch: Batch) {
        var left = batch.count
        var areAbsent = batch.areAbsent.makeIterator()
        var dependents = batch.dependents.makeIterator()
        var scores = batch.scores.makeIterator()
        while true {
            var ahead = cursor
            guard let item = suspects.next(&ahead) else { return }
            switch item {
            case .indexKey(let stem, let type, let template, let keepsEntries):
                suspects.release(before: cursor)
                close(holder)
                holder = Holder(stem: Array(stem), type: type, template: template, keepsEntries: keepsEntries)
            case .removal(var removal):
                let (asksForScore, asksForSession) = (asksForScore(removal, holder.type), asksForSession(removal))
                if asksForScore || asksForSession {
                    guard left > 0 else { return }
                    left -= 1
                }
                let isAbsent = asksForSession ? areAbsent.next() ?? nil : true
                if asksForScore { removal.mark = (scores.next() ?? nil)?.bitPattern }
                if asksForSession, removal.kind != .entry {
                    if let dependent = dependents.next() { settle(removal, isAbsent, dependent) }
                } else if isAbsent == true, !asksForScore || removal.mark != nil {
                    plan(removal)
                } else {
                    holder.keepsEntries = true
                    if isAbsent == false { revived += 1 } else { unknown[.entry, removal.reason, .planned] += 1 }
                }
            }
            cursor = ahead
        }
    }

    private func settle(_ removal: Removal, _ isAbsent: Bool?, _ dependent: Dependent) {
        switch (isAbsent, dependent.isSame, dependent.namesAnother) {
        case (_, false, _), (false, _, false): break
        case (true, true, _), (_, true, true): plan(removal)
        default: unknown[removal.kind, removal.reason, .planned] += 1
        }
    }

    private func plan(_ removal: Removal) {
        guard isListed(removal) else {
            unlisted[removal.kind, removal.reason, .planned] += 1
            return
        }
        if removal.kind == .entry, !holder.isPlanned, let stem = holder.stem {
            stem.withUnsafeBytes {
                _ = confirmed.append(
                    indexKey: $0, type: holder.type, template: holder.template, keepsEntries: holder.keepsEntries)
            }
            holder.isPlanned = true
        }
        confirmed.append(removal)
    }

    private func isListed(_ removal: Removal) -> Bool {
        guard let selection else { return true }
        guard case .plan(let selection) = selection else { return removal.reason != .orphaned }
        guard removal.kind == .entry else {
            let field = removal.kind == .pointer ? layout.pointerKeys[removal.template].field ?? "" : ""
            return selection.lists(
                removal.kind, removal.reason, layout.template(removal.kind, removal.template), stem: removal.stem,
                field.utf8)
        }
        return selection.lists(
            .entry, removal.reason, layout.indexKeys[holder.template].template, stem: holder.stem ?? [],
            sessions.member(of: removal, holder.template))
    }

    private func close(_ holder: Holder) {
        if holder.stem != nil, !holder.keepsEntries { emptyIndexKeys += 1 }
    }
}

/// The score of a member as Redis writes it.
enum RedisScore {
    /// Nil for what is no score.
    static func number(_ text: UnsafeRawBufferPointer) -> Double? {
        Double(String(decoding: text, as: UTF8.self))
    }

    /// Read again, by Redis or by us, it is the same number.
    static func text(_ score: Double) -> String {
        score.description
    }
}

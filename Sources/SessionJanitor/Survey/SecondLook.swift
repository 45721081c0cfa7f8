import RedisClient

/// Asks once more about what the census and the survey suspect; what is without its session again makes the plan.
///
/// EXISTS with many keys answers how many of them exist: mostly none, and then one answer settles them all.
final class SecondLook {
    /// What is to be removed.
    let confirmed = RemovalLog()
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
    private let selection: Selection?
    private var resolver: SessionResolver
    private var builder: RemovalItems
    private let life: LifeCheck
    private let touchesCompanions: Bool
    private var pacer: Pacer
    private var sizer: BatchSizer
    private var pipelining = Pipelining()
    private let progress: (_ suspects: Int) throws -> Void
    private let reply = Reply()
    private var done = 0
    /// Whether sizes are asked for before values: since the survey another's large value may have come.
    private var sizesCount: Bool
    private var holder = Holder()

    init(
        _ connection: any RedisPipeline, layout: Layout, pacer: Pacer, selection: Selection? = nil,
        progress: @escaping (_ suspects: Int) throws -> Void
    ) {
        self.connection = connection
        self.layout = layout
        self.selection = selection
        resolver = SessionResolver(layout)
        builder = RemovalItems(layout, connection)
        life = LifeCheck(deadValues: layout.deadValues)
        touchesCompanions = !layout.companionKeys.isEmpty
        self.pacer = pacer
        self.progress = progress
        sizer = BatchSizer(
            target: pacer.batchTime, initial: layout.pointerKeys.isEmpty ? 500 : 4,
            limits: layout.pointerKeys.isEmpty ? 100...10_000 : 1...2_000,
            bytes: pacer.bound.bytes / 4)
        sizesCount = pacer.bound.evicts
    }

    /// Suspects that are asked for together.
    private struct Batch {
        var count = 0
        /// The keys that are to be absent, and how many of them belong to each suspect.
        var absent = CommandArguments()
        var widths: [Int] = []
        /// The companions of entries' sessions.
        var companions = CommandArguments()
        /// Pointers and companions, which are asked for themselves.
        var dependents: [Dependent] = []
        /// Of each EXISTS how many of its keys exist, nil where that cannot be told; none before the answers were received.
        var existing: [Int?] = []
        /// Of each of ``dependents`` what its own answers say.
        var findings: [Finding] = []
        var departure: Pipelining.Departure

        /// How many keys each EXISTS asks for: those of whole suspects.
        var questions: [Range<Int>] {
            var questions: [Range<Int>] = []
            var (start, end, count) = (0, 0, 0)
            for (index, width) in widths.enumerated() {
                if count + width > SecondLook.keysEach, count > 0 {
                    questions.append(start..<end)
                    (start, count) = (index, 0)
                }
                end = index + 1
                count += width
            }
            if start < end { questions.append(start..<end) }
            return questions
        }
    }

    private struct Dependent {
        let item: RemovalItem
        let check: BackCheck?
        /// Whether it may be asked for; a key whose value is large is another's by now.
        var isAsked = true

        init(_ item: RemovalItem) {
            self.item = item
            check = item.backCheck.map { BackCheck($0) }
        }

        var isPointer: Bool { item.kind == .pointer }
        var field: String? { if case .field(let field) = item.target { field } else { nil } }
    }

    private struct Finding {
        /// Whether it is there as it was; nil where that cannot be told.
        var isSame: Bool?
        var namesAnother: Bool? = false
    }

    /// Goes through suspects, which may come in several logs; gives them back as it goes.
    func run(_ suspects: RemovalLog) throws {
        var asking = ByteLog.Cursor()
        var settling = asking
        holder = Holder()
        var batches: [Batch] = []
        var isEarly = false
        while true {
            while batches.count < (isEarly && !sizesCount ? 2 : 1) {
                var batch = try gather(suspects, &asking)
                guard batch.count > 0 else { break }
                batch.departure = pipelining.departure(isAlone: connection.unanswered == 0)
                try send(batch)
                batches.append(batch)
            }
            guard !batches.isEmpty else { break }
            try receive(&batches[0])
            let batch = batches.removeFirst()
            let took = pipelining.arrival(of: batch.departure)
            if batch.departure.isMeasured { sizer.record(count: batch.count, seconds: pacer.serverSeconds(took)) }
            isEarly = pipelining.isNextEarly(pacer)
            // What is asked again is answered after all that is on its way.
            if batch.existing.contains(where: { $0 != 0 }) {
                for index in batches.indices { try receive(&batches[index]) }
            }
            let areAbsent = try settleQuestions(of: batch)
            settle(suspects, &settling, batch, areAbsent)
            done += batch.count
            try progress(done)
            pacer.rest(after: took)
        }
        settle(suspects, &settling, Batch(departure: pipelining.departure(isAlone: true)), [])
        close(holder)
    }

    // MARK: Asking

    /// Whether the server has anything to say of it: nothing leads from a user to all sessions of this user, and what goes
    /// with an expired session depends on that alone.
    private func isAsked(_ removal: Removal) -> Bool { removal.reason == .orphaned && removal.kind != .presence }

    private func gather(_ suspects: RemovalLog, _ cursor: inout ByteLog.Cursor) throws(RedisError) -> Batch {
        var batch = Batch(departure: pipelining.departure(isAlone: true))
        while batch.count < sizer.size, let item = suspects.next(&cursor) {
            guard case .removal(let removal) = item else {
                if case .indexKey(let stem, _, let template, _) = item { resolver.begin(template, stem: stem) }
                continue
            }
            guard isAsked(removal) else { continue }
            batch.count += 1
            let before = batch.absent.count
            if removal.kind == .entry {
                resolver.appendKeys(of: removal.stem, to: &batch.absent)
                if touchesCompanions { resolver.appendCompanions(of: removal.stem, to: &batch.companions) }
            } else {
                let dependent = Dependent(builder.dependent(removal))
                batch.absent.append(contentsOf: dependent.item.sessions)
                batch.dependents.append(dependent)
            }
            batch.widths.append(batch.absent.count - before)
        }
        if sizesCount { try leaveLarge(&batch) }
        return batch
    }

    /// A pointer that holds so much by now is another's; a session that does is asked nothing.
    private func leaveLarge(_ batch: inout Batch) throws(RedisError) {
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
        var place = 0
        for question in batch.questions {
            var keys = CommandArguments()
            for width in batch.widths[question] {
                for key in place..<place + width { batch.absent.withArgument(key) { keys.append($0) } }
                place += width
            }
            try connection.append(.exists, keys)
        }
        // Asking for a companion that is past its time makes the server expire it, and tell who listens for that.
        if batch.companions.count > 0 { try connection.append(.exists, batch.companions) }
        for dependent in batch.dependents where dependent.isAsked {
            var key = CommandArguments([dependent.item.key])
            if let field = dependent.field { key.append(field) }
            let command: RedisCommand = !dependent.isPointer ? .exists : dependent.field == nil ? .mget : .hmget
            try connection.append(command, key)
            try dependent.check?.ask(about: dependent.item.sessions, on: connection)
        }
        try connection.flush()
    }

    // MARK: Answers

    private func receive(_ batch: inout Batch) throws(RedisError) {
        guard batch.existing.isEmpty, batch.findings.isEmpty else { return }
        for _ in batch.questions { batch.existing.append(try receiveCount()) }
        if batch.companions.count > 0 { _ = try receiveCount() }
        for dependent in batch.dependents { batch.findings.append(try receiveFinding(dependent)) }
    }

    private func receiveFinding(_ dependent: Dependent) throws(RedisError) -> Finding {
        guard dependent.isAsked else { return Finding(isSame: false) }
        guard dependent.isPointer else { return Finding(isSame: try receiveCount().map { $0 > 0 }) }
        var finding = Finding()
        finding.isSame = try whereReachable { () throws(RedisError) in
            guard try connection.receiveArrayUnlessWrongType(count: 1, into: reply) else { return false }
            noteBytes()
            return reply.kind(1) == .string && reply.bytes(1).elementsEqual(dependent.item.value)
        }
        guard let check = dependent.check else { return finding }
        var named: [[UInt8]] = []
        var isKnown = true
        for _ in 0..<dependent.item.sessions.count * check.answersEach {
            let name = try whereReachable { () throws(RedisError) in
                let command = try connection.receiveAny(into: reply)
                noteBytes()
                return try check.name(in: reply, to: command).map { [$0] } ?? []
            }
            if let name { named += name } else { isKnown = false }
        }
        finding.namesAnother = isKnown ? BackCheck.isAnother(named, than: dependent.item.token) : nil
        return finding
    }

    private func noteBytes() {
        sizer.record(count: 1, bytes: reply.byteCount)
        if reply.byteCount > pacer.bound.bytes / 4 { sizesCount = true }
    }

    private func receiveCount() throws(RedisError) -> Int? {
        try whereReachable { () throws(RedisError) in try connection.receiveInteger(into: reply) }
    }

    /// Nil where a part of the cluster is unreachable.
    private func whereReachable<Value>(_ receive: () throws(RedisError) -> Value) throws(RedisError) -> Value? {
        do throws(RedisError) {
            return try receive()
        } catch .unreachable {
            return nil
        }
    }

    /// Whether each suspect's session is absent, nil where that cannot be told; asks again, one by one, where only some are.
    private func settleQuestions(of batch: Batch) throws(RedisError) -> [Bool?] {
        var areAbsent = [Bool?](repeating: true, count: batch.widths.count)
        var place = 0
        for (question, existing) in zip(batch.questions, batch.existing) {
            defer { place += batch.widths[question].reduce(0, +) }
            guard existing != 0 else { continue }
            var first = place
            for suspect in question {
                var keys = CommandArguments()
                for key in first..<first + batch.widths[suspect] { batch.absent.withArgument(key) { keys.append($0) } }
                first += batch.widths[suspect]
                try life.ask(about: keys, on: connection)
            }
            for suspect in question {
                areAbsent[suspect] = try whereReachable { () throws(RedisError) in
                    try life.receiveIsAbsent(batch.widths[suspect], on: connection, into: reply).get()
                }
            }
        }
        return areAbsent
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
    private func settle(
        _ suspects: RemovalLog, _ cursor: inout ByteLog.Cursor, _ batch: Batch, _ areAbsent: [Bool?]
    ) {
        var (answered, dependent) = (0, 0)
        while true {
            var ahead = cursor
            guard let item = suspects.next(&ahead) else { return }
            switch item {
            case .indexKey(let stem, let type, let template, let keepsEntries):
                suspects.release(before: cursor)
                close(holder)
                holder = Holder(stem: Array(stem), type: type, template: template, keepsEntries: keepsEntries)
            case .removal(let removal):
                guard isAsked(removal) else {
                    plan(removal)
                    break
                }
                guard answered < areAbsent.count else { return }
                let isAbsent = areAbsent[answered]
                answered += 1
                guard removal.kind == .entry else {
                    settle(removal, isAbsent, batch.findings[dependent])
                    dependent += 1
                    break
                }
                if isAbsent == true {
                    plan(removal)
                } else {
                    holder.keepsEntries = true
                    if isAbsent == nil { unknown[.entry, .orphaned, .planned] += 1 } else { revived += 1 }
                }
            }
            cursor = ahead
        }
    }

    private func settle(_ removal: Removal, _ isAbsent: Bool?, _ finding: Finding) {
        switch (isAbsent, finding.isSame, finding.namesAnother) {
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
            .entry, removal.reason, layout.indexKeys[holder.template].template, stem: holder.stem ?? [], removal.stem)
    }

    private func close(_ holder: Holder) {
        if holder.stem != nil, !holder.keepsEntries { emptyIndexKeys += 1 }
    }
}

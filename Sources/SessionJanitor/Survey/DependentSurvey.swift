import RedisClient

/// Holds the keys that depend on sessions against the census: those whose session it did not find are suspects.
final class DependentSurvey {
    let suspects = RemovalLog()
    /// Presence keys that stay and have no TTL, with the numbers of their templates.
    let presenceWithoutTTL = ByteLog()
    /// How many presence keys have no TTL, those that go included.
    private(set) var withoutTTL = 0
    /// How many keys were held against the census.
    private(set) var checked = 0
    /// Pointers and companions that cannot be of any session; left alone.
    private(set) var foreign = 0
    /// For each pointer template, how many pointers name a session that the census found.
    private(set) var pointersNaming: [Int]

    private let connection: any RedisPipeline
    private let layout: Layout
    /// They share one set of sessions; where there are several, the layout has nothing that depends on them.
    private let censuses: [Census]
    private let expired: ExpiredSessions.Numbers?
    private var resolver: SessionResolver
    private let pacer: Pacer
    private let checkpoint: () throws -> Void
    private let values = Reply()
    private let reply = Reply()

    init(
        _ connection: any RedisPipeline, layout: Layout, censuses: [Census], expired: ExpiredSessions.Numbers?,
        pacer: Pacer, checkpoint: @escaping () throws -> Void
    ) {
        self.expired = expired
        self.connection = connection
        self.layout = layout
        self.censuses = censuses
        self.pacer = pacer
        self.checkpoint = checkpoint
        resolver = SessionResolver(layout)
        pointersNaming = layout.pointerKeys.map { _ in 0 }
    }

    func run() throws {
        for census in censuses {
            surveyCompanions(census)
            let pointers = PointerSurvey(
                connection, layout: layout, census: census, expired: expired, suspects: suspects, pacer: pacer,
                checkpoint: checkpoint)
            defer {
                checked += pointers.checked
                foreign += pointers.foreign
                for (template, count) in pointers.named.enumerated() { pointersNaming[template] += count }
            }
            try pointers.run()
            try surveyPresence(census)
        }
    }

    private func surveyCompanions(_ census: Census) {
        var cursor = ByteLog.Cursor()
        let log = census.dependents.companions
        while let record = log.next(&cursor) {
            let template = Int(record.tag)
            let session =
                resolver.withRoute(.companion, template, stem: record.bytes, value: record.bytes) {
                    $0.hash(outer: $1, inner: $2)
                } ?? nil
            checked += 1
            if session == nil { foreign += 1 }
            if let session, let (reason, number) = census.reason(session, expired) {
                suspects.append(
                    Removal(kind: .companion, reason: reason, template: template, stem: record.bytes, session: number))
            }
            log.release(before: cursor)
        }
    }

    /// Presence keys that are asked for together, and their templates.
    private typealias Batch = (keys: CommandArguments, templates: [Int])

    private func surveyPresence(_ census: Census) throws {
        let log = census.dependents.presenceKeys
        var cursor = ByteLog.Cursor()
        var unsent: [Batch] = []
        let batches = Batches(connection, pacer, checkpoint: checkpoint)
        try batches.run { limit in
            while unsent.isEmpty, log.hasNext(cursor) {
                unsent = try gather(log, &cursor, limit: limit, inParts: batches.asksSizes)
            }
            guard !unsent.isEmpty else { return nil }
            let batch = unsent.removeFirst()
            try connection.append(.mget, batch.keys)
            var key = CommandArguments()
            for place in batch.templates.indices {
                key.removeAll()
                batch.keys.withArgument(place) { key.append($0) }
                try connection.append(.pttl, key)
            }
            return (batch, batch.templates.count)
        } receive: { (batch: Batch) in
            try connection.receiveArray(count: batch.templates.count, into: values)
            batches.note(batch.templates.count, bytes: values.byteCount)
            for (place, template) in batch.templates.enumerated() {
                let isWithoutTTL = try connection.receiveInteger(into: reply) == -1
                let presence = layout.presenceKeys[template]
                // A key that is gone, of another type, or with something else in it, is another's.
                guard values.kind(place + 1) == .string,
                    presence.value.map({ values.bytes(place + 1).elementsEqual($0) }) ?? true
                else { continue }
                batch.keys.withArgument(place) { judge(template, presence.template.stem(of: $0), isWithoutTTL, census) }
            }
        }
    }

    /// The next presence keys, together or in parts whose values stay within the bound: a key that holds more is another's.
    private func gather(
        _ log: ByteLog, _ cursor: inout ByteLog.Cursor, limit: Int, inParts: Bool
    ) throws(RedisError) -> [Batch] {
        var batch: Batch = (CommandArguments(), [])
        while batch.templates.count < limit, let record = log.next(&cursor) {
            let frame = layout.presenceKeys[Int(record.tag)].template.frame
            batch.keys.append(frame.head, record.bytes, frame.tail)
            batch.templates.append(Int(record.tag))
        }
        log.release(before: cursor)
        guard inParts else { return [batch] }
        return try pacer.bound.parts(of: batch.keys, leavingLarge: true, on: connection).map { part in
            var piece: Batch = (CommandArguments(), Array(batch.templates[part]))
            for place in part { batch.keys.withArgument(place) { piece.keys.append($0) } }
            return piece
        }
    }

    private func judge(_ template: Int, _ stem: UnsafeRawBufferPointer, _ isWithoutTTL: Bool, _ census: Census) {
        guard let user = resolver.user(template, stem: stem) else { return }
        checked += 1
        if isWithoutTTL { withoutTTL += 1 }
        func suspect(_ reason: Removal.Reason) {
            suspects.append(Removal(kind: .presence, reason: reason, template: template, stem: stem))
        }
        switch census.users.flags(of: user) {
        case nil: suspect(.orphaned)
        case let flags? where !flags.contains(.listed): suspect(.expired)
        default: if isWithoutTTL { presenceWithoutTTL.append(tag: UInt8(template), stem) }
        }
    }
}

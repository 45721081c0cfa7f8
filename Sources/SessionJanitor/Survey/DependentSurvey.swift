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
    private var pacer: Pacer
    private var sizer: BatchSizer
    private let checkpoint: () throws -> Void
    /// Whether sizes are asked for before values.
    private var sizesCount: Bool
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
        sizer = BatchSizer(target: pacer.batchTime, initial: 4, limits: 1...2_000, bytes: pacer.bound.bytes / 4)
        sizesCount = pacer.bound.evicts
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

    private func surveyPresence(_ census: Census) throws {
        let log = census.dependents.presenceKeys
        var cursor = ByteLog.Cursor()
        while log.hasNext(cursor) {
            var keys = CommandArguments()
            var templates: [Int] = []
            while templates.count < sizer.size, let record = log.next(&cursor) {
                let frame = layout.presenceKeys[Int(record.tag)].template.frame
                keys.append(frame.head, record.bytes, frame.tail)
                templates.append(Int(record.tag))
            }
            let start = ContinuousClock.now
            // A key that holds so much is another's.
            let parts =
                sizesCount
                ? try pacer.bound.parts(of: keys, leavingLarge: true, on: connection) : [templates.indices]
            for part in parts { try surveyPresence(keys, templates, part, census) }
            let took = ContinuousClock.now - start
            sizer.record(count: templates.count, seconds: pacer.serverSeconds(took))
            log.release(before: cursor)
            try checkpoint()
            pacer.rest(after: took)
        }
    }

    private func surveyPresence(
        _ keys: CommandArguments, _ templates: [Int], _ part: Range<Int>, _ census: Census
    ) throws(RedisError) {
        var asked = CommandArguments()
        for place in part { keys.withArgument(place) { asked.append($0) } }
        try connection.append(.mget, asked)
        var key = CommandArguments()
        for place in part {
            key.removeAll()
            keys.withArgument(place) { key.append($0) }
            try connection.append(.pttl, key)
        }
        try connection.receiveArray(count: part.count, into: values)
        sizer.record(count: part.count, bytes: values.byteCount)
        if values.byteCount > pacer.bound.bytes / 4 { sizesCount = true }
        for (number, place) in part.enumerated() {
            try connection.receive(into: reply)
            let template = templates[place]
            let presence = layout.presenceKeys[template]
            // A key that is gone, of another type, or with something else in it, is another's.
            guard values.kind(number + 1) == .string,
                presence.value.map({ values.bytes(number + 1).elementsEqual($0) }) ?? true
            else { continue }
            let isWithoutTTL = reply.integer(0) == -1
            keys.withArgument(place) { judge(template, presence.template.stem(of: $0), isWithoutTTL, census) }
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

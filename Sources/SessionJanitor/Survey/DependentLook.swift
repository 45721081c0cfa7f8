import RedisClient

/// The second look at the keys that depend on sessions: what is without its session again makes the plan.
final class DependentLook {
    let confirmed = DependentLog()

    private let connection: any RedisPipeline
    private let layout: Layout
    private var namer: DependentNamer
    private var pacer: Pacer
    private var sizer: BatchSizer
    private let checkpoint: () throws -> Void
    private let reply = Reply()
    /// Whether sizes are asked for before values: since the survey another's large value may have come.
    private var sizesCount: Bool

    init(
        _ connection: any RedisPipeline, layout: Layout, pacer: Pacer,
        checkpoint: @escaping () throws -> Void
    ) {
        self.connection = connection
        self.layout = layout
        self.pacer = pacer
        self.checkpoint = checkpoint
        namer = DependentNamer(layout)
        sizer = BatchSizer(target: pacer.batchTime, initial: 4, limits: 1...2_000, bytes: pacer.bound.bytes / 4)
        sizesCount = pacer.bound.evicts
    }

    func run(_ suspects: DependentLog) throws {
        var asking = ByteLog.Cursor()
        var settling = asking
        // How many are still to be asked for one by one.
        var singles = 0
        while true {
            if sizesCount, singles == 0, try !fits(suspects, asking) { singles = sizer.size }
            var questions: [Question] = []
            while questions.count < (singles > 0 ? 1 : sizer.size), let item = suspects.next(&asking) {
                questions.append(try ask(about: item, isSingle: singles > 0))
            }
            singles = max(singles - 1, 0)
            guard !questions.isEmpty else { return }
            let start = ContinuousClock.now
            try connection.flush()
            for question in questions {
                guard let item = suspects.next(&settling) else { return }
                if try isConfirmed(item, question) { confirmed.append(item) }
            }
            let took = ContinuousClock.now - start
            sizer.record(count: questions.count, seconds: pacer.serverSeconds(took))
            try checkpoint()
            pacer.rest(after: took)
        }
    }

    /// Whether the values of the next batch are within the bound together.
    private func fits(_ suspects: DependentLog, _ start: ByteLog.Cursor) throws(RedisError) -> Bool {
        var cursor = start
        var keys = CommandArguments()
        for _ in 0..<sizer.size {
            guard let item = suspects.next(&cursor) else { break }
            guard item.kind == .pointer, item.reason == .orphaned else { continue }
            let pointer = layout.pointerKeys[item.template]
            if pointer.field == nil { keys.append(namer.key(item.kind, item.template, stem: item.stem)) }
            guard case .json = pointer.backCheck else { continue }
            _ = namer.withRoute(item.kind, item.template, stem: item.stem, value: item.value) {
                $0.appendKeys(to: &keys, outer: $1, inner: $2)
            }
        }
        let parts = try pacer.bound.parts(of: keys, leavingLarge: true, on: connection)
        return keys.count == 0 || parts == [0..<keys.count]
    }

    private enum Question {
        /// Nothing to ask: the answer is known.
        case none(isConfirmed: Bool)
        case companion
        case pointer(BackCheck?, sessionKeys: Int)
    }

    private func ask(about item: DependentLog.Item, isSingle: Bool) throws(RedisError) -> Question {
        // Nothing leads from a user to the user's sessions: the removal has a second census before it.
        if item.kind == .presence { return .none(isConfirmed: true) }
        // Its session is there still, and goes.
        guard item.reason == .orphaned else { return .none(isConfirmed: true) }
        var key = CommandArguments([namer.key(item.kind, item.template, stem: item.stem)])
        if isSingle, item.kind == .pointer, layout.pointerKeys[item.template].field == nil,
            try pacer.bound.parts(of: key, leavingLarge: true, on: connection).isEmpty
        {
            // It held an id, and is another's now.
            return .none(isConfirmed: false)
        }
        var sessions = CommandArguments()
        _ = namer.withRoute(item.kind, item.template, stem: item.stem, value: item.value) {
            $0.appendKeys(to: &sessions, outer: $1, inner: $2)
        }
        try connection.append(.exists, sessions)
        guard item.kind == .pointer else {
            try connection.append(.exists, key)
            return .companion
        }
        let pointer = layout.pointerKeys[item.template]
        if let field = pointer.field { key.append(field) }
        try connection.append(pointer.field == nil ? .mget : .hmget, key)
        guard let source = pointer.backCheck else { return .pointer(nil, sessionKeys: 0) }
        let check = BackCheck(source)
        try check.ask(about: sessions, on: connection)
        return .pointer(check, sessionKeys: sessions.count)
    }

    private func isConfirmed(_ item: DependentLog.Item, _ question: Question) throws(RedisError) -> Bool {
        switch question {
        case .none(let isConfirmed): return isConfirmed
        case .companion:
            let isMissing = try receiveCount() == 0
            return try receiveCount() > 0 && isMissing
        case .pointer(let check, let count):
            let isMissing = try receiveCount() == 0
            let isSame = try receiveValue(item)
            var namesAnother = false
            if let check, let token = namer.token(item.template, stem: item.stem) {
                namesAnother = try check.namesAnother(than: token, count, on: connection, into: reply)
                noteBytes()
            }
            return isSame && (isMissing || namesAnother)
        }
    }

    /// Whether a pointer holds what it held.
    private func receiveValue(_ item: DependentLog.Item) throws(RedisError) -> Bool {
        let command = try connection.receiveAny(into: reply)
        noteBytes()
        if reply.kind(0) == .error {
            let error = RedisError(reply: reply.text(0), to: command)
            guard error.serverCode == "WRONGTYPE" else { throw error }
            return false
        }
        guard reply.kind(0) == .array, reply.count == 2 else {
            throw .unexpectedReply(command: command, expected: "one value")
        }
        return reply.kind(1) == .string && reply.bytes(1).elementsEqual(item.value)
    }

    private func noteBytes() {
        sizer.record(count: 1, bytes: reply.byteCount)
        if reply.byteCount > pacer.bound.bytes / 4 { sizesCount = true }
    }

    private func receiveCount() throws(RedisError) -> Int {
        try connection.receive(into: reply)
        guard reply.kind(0) == .integer else { throw .unexpectedReply(command: .exists, expected: "a number") }
        return reply.integer(0)
    }
}

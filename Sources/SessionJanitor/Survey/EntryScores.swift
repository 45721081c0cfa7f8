import RedisClient

/// The scores of planned entries of sorted sets, read before the grace time begins.
///
/// An application may write an index key before its session, and a session id may come back. Then there is an entry
/// that looks as orphaned as the old one did; but it was added anew, and its score tells. 8 bytes an entry.
struct EntryScores {
    /// What there is of an entry.
    enum Finding: Equatable {
        case score(Double)
        case gone
        /// Its index key has become another type.
        case retyped
        /// Its part of a cluster is out of reach.
        case unreached
    }

    /// In the order of the plan; not a number where the entry was gone.
    private var scores: [Double] = []
    /// The places of those that have no score for another reason.
    private var exceptions: [Int: Finding] = [:]
    /// Scores are read in batches: where each ends, and when it had been read.
    private var readings: [(end: Int, time: ContinuousClock.Instant)] = []
    private var position = 0
    private var reading = 0

    /// Reads the scores of all entries of sorted sets in the log, those apart that go with an expired session.
    init(
        of log: RemovalLog, layout: Layout, connection: any RedisPipeline, pacer: Pacer,
        _ checkpoint: @escaping () throws -> Void
    ) throws {
        var questions = Questions(log: log, layout: layout)
        try self.init(connection, pacer, checkpoint) { try questions.ask(connection, atMost: $0) }
    }

    /// Reads the scores that `ask` asks for, so many at a time; it returns how many it has asked for, 0 at the end.
    init(
        _ connection: any RedisPipeline, _ pacer: Pacer, _ checkpoint: @escaping () throws -> Void,
        _ ask: (_ limit: Int) throws -> Int
    ) throws {
        let reply = Reply()
        let sizer = BatchSizer(target: pacer.batchTime, initial: 200, limits: 50...5_000)
        try Batches(connection, pacer, sizer, checkpoint: checkpoint).run { limit in
            let count = try ask(limit)
            return count > 0 ? (count, count) : nil
        } receive: { (count: Int) in
            for _ in 0..<count { try receive(connection, into: reply) }
            readings.append((scores.count, .now))
        }
    }

    private mutating func receive(_ connection: any RedisPipeline, into reply: Reply) throws(RedisError) {
        do throws(RedisError) {
            try connection.receive(into: reply)
            scores.append(reply.kind(0) == .string ? RedisScore.number(reply.bytes(0)) ?? .nan : .nan)
        } catch {
            guard error.isUnreachable || error.serverCode == "WRONGTYPE" else { throw error }
            exceptions[scores.count] = error.isUnreachable ? .unreached : .retyped
            scores.append(.nan)
        }
    }

    /// What there is of the next entry of a sorted set.
    mutating func next() -> Finding {
        while reading < readings.count - 1, readings[reading].end <= position { reading += 1 }
        defer { position += 1 }
        guard position < scores.count, !scores[position].isNaN else {
            return exceptions[position] ?? .gone
        }
        return .score(scores[position])
    }

    /// When the last score that ``next()`` gave had been read; nil before there was one.
    var lastRead: ContinuousClock.Instant? {
        position > 0 && !readings.isEmpty ? readings[reading].time : nil
    }

    /// Asks for one score after the other, in the order of the plan.
    private struct Questions {
        let log: RemovalLog
        let layout: Layout
        private var cursor = ByteLog.Cursor()
        private var arguments = CommandArguments()
        private var indexKey: [UInt8]?

        init(log: RemovalLog, layout: Layout) {
            self.log = log
            self.layout = layout
        }

        mutating func ask(_ connection: any RedisPipeline, atMost limit: Int) throws(RedisError) -> Int {
            var asked = 0
            while asked < limit, let item = log.next(&cursor) {
                switch item {
                case .indexKey(let stem, let type, let template, _):
                    indexKey = type == .sortedSet ? layout.indexKeys[template].template.key(stem: stem) : nil
                case .removal(let removal):
                    guard removal.kind == .entry, !RemovalLog.isAttached(removal), let indexKey else { continue }
                    arguments.removeAll()
                    arguments.append(indexKey)
                    arguments.append(removal.stem)
                    try connection.append(.zscore, arguments)
                    asked += 1
                }
            }
            return asked
        }
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

import RedisClient

/// The scores of the planned entries of sorted sets, read before the grace time begins.
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
    }

    /// In the order of the plan; not a number where the entry was gone.
    private var scores: [Double] = []
    /// The places of those whose index key has become another type.
    private var retyped: Set<Int> = []
    private var position = 0

    init() {}

    /// Reads the scores of all entries of sorted sets in the log.
    init(
        of entries: EntryLog, layout: Layout, connection: any RedisConversation, pacer: Pacer,
        _ checkpoint: () throws -> Void
    ) throws {
        var sizer = BatchSizer(target: pacer.batchTime, initial: 200, limits: 50...5_000)
        var cursor = ByteLog.Cursor()
        var arguments = CommandArguments()
        let reply = Reply()
        var indexKey: [UInt8]?
        while entries.hasNext(cursor) {
            var asked = 0
            while asked < sizer.size, let item = entries.next(&cursor) {
                switch item {
                case .indexKey(let stem, let type, let template, _):
                    indexKey = type == .sortedSet ? layout.indexKeys[template].template.key(stem: stem) : nil
                case .entry(let id, _):
                    guard let indexKey else { continue }
                    arguments.removeAll()
                    arguments.append(indexKey)
                    arguments.append(id)
                    try connection.append(.zscore, arguments)
                    asked += 1
                }
            }
            let start = ContinuousClock.now
            for _ in 0..<asked {
                try connection.receiveAny(into: reply)
                if reply.kind(0) == .error {
                    let error = RedisError(reply: reply.text(0), to: .zscore)
                    guard error.serverCode == "WRONGTYPE" else { throw error }
                    retyped.insert(scores.count)
                }
                let score = reply.kind(0) == .string ? RedisScore.number(reply.bytes(0)) : nil
                scores.append(score ?? .nan)
            }
            let took = ContinuousClock.now - start
            sizer.record(count: asked, seconds: pacer.serverSeconds(took))
            try checkpoint()
            pacer.rest(after: took)
        }
    }

    /// What there is of the next entry of a sorted set.
    mutating func next() -> Finding {
        defer { position += 1 }
        guard position < scores.count, !scores[position].isNaN else {
            return retyped.contains(position) ? .retyped : .gone
        }
        return .score(scores[position])
    }
}

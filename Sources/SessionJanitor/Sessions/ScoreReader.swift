import RedisClient

/// Asks for the scores that are dates of sessions, many sessions in one go.
struct ScoreReader {
    let scores: [SessionScore]
    private let layout: Layout
    private var ranges: [Range<Int>] = []
    private var place = CommandArguments()
    private var arguments = CommandArguments()

    init(_ layout: Layout) {
        self.layout = layout
        scores = layout.scores
    }

    /// Sends the questions about these sessions: one for each score and session, and where all members are in one sorted
    /// set, one for all sessions.
    mutating func ask(about keys: CommandArguments, on connection: any RedisPipeline) throws(RedisError) {
        let knowsMany = ScoreReader.knowsMany(connection)
        for (number, score) in scores.enumerated() {
            let asksMany = knowsMany && score.isCommon
            arguments.removeAll()
            for index in 0..<keys.count {
                find(number, keys, index)
                if !asksMany { arguments.removeAll() }
                if arguments.count == 0 { place.withArgument(0) { arguments.append($0) } }
                place.withArgument(1) { score.member.append($0, to: &arguments) }
                if !asksMany { try connection.append(.zscore, arguments) }
            }
            if asksMany, keys.count > 0 { try connection.append(.zmscore, arguments) }
        }
    }

    /// Appends sorted set and member of each score of a session, each to its own arguments.
    mutating func append(
        _ key: Int, of keys: CommandArguments, sets: inout CommandArguments, _ take: (CommandArguments) -> Void
    ) {
        for (number, score) in scores.enumerated() {
            find(number, keys, key)
            place.withArgument(0) { sets.append($0) }
            arguments.removeAll()
            place.withArgument(1) { score.member.append($0, to: &arguments) }
            take(arguments)
        }
    }

    /// Receives the answers: for each score the texts of all sessions, nil for one that has none.
    func receive(_ count: Int, on connection: any RedisPipeline, into reply: Reply) throws(RedisError)
        -> [[[UInt8]?]]
    {
        let knowsMany = ScoreReader.knowsMany(connection)
        var found: [[[UInt8]?]] = []
        for score in scores {
            var texts: [[UInt8]?] = []
            if knowsMany, score.isCommon {
                if count > 0 {
                    let isSortedSet = try connection.receiveArrayUnlessWrongType(count: count, into: reply)
                    texts = (0..<count).map {
                        isSortedSet && reply.kind($0 + 1) == .string ? Array(reply.bytes($0 + 1)) : nil
                    }
                }
            } else {
                for _ in 0..<count {
                    let isFound = try connection.receiveUnlessWrongType(into: reply) && reply.kind(0) == .string
                    texts.append(isFound ? Array(reply.bytes(0)) : nil)
                }
            }
            found.append(texts)
        }
        return found
    }

    /// The seconds of a date that is one of these scores.
    func date(_ field: DateField, _ texts: [[UInt8]?]) -> Double? {
        guard case .score(let score) = field.source, let place = scores.firstIndex(of: score),
            let number = texts[place]?.withUnsafeBytes(DateText.number)
        else { return nil }
        return DateText.seconds(number, field.format)
    }

    /// Puts sorted set and member of a session into ``place``.
    private mutating func find(_ number: Int, _ keys: CommandArguments, _ index: Int) {
        place.removeAll()
        keys.withArgument(index) { key in
            for (template, pattern) in layout.sessionKeys.enumerated() where pattern.match(key, into: &ranges) {
                layout.routes.scores[template][number].appendKeys(to: &place, outer: TemplateValues(key, ranges))
                return
            }
        }
    }

    /// Whether the server can be asked for several members at once: from Redis 6.2 on.
    private static func knowsMany(_ connection: any RedisPipeline) -> Bool {
        let parts = (connection.server.version ?? "").split(separator: ".").prefix(2).compactMap { Int($0) }
        return parts.count == 2 && (parts[0], parts[1]) >= (6, 2)
    }
}

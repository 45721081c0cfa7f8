import RedisClient

/// Leaves the server time and memory for others: sleeps after each batch in proportion to what the batch took, and knows
/// how much may be under way.
struct Pacer {
    /// How many times as long as a batch took to sleep after it.
    let niceRatio: Double
    /// What one batch may take: with a nice ratio, the pause is part of the time that `--chunk-time` grants.
    let batchTime: Duration
    /// The time a command needs that does nothing: the network's and the kernel's part of every measurement.
    private(set) var roundTrip = Double.infinity
    private(set) var bound = ByteBound.standard

    init(chunkTime: Duration, niceRatio: Double) {
        self.niceRatio = niceRatio
        batchTime = chunkTime / (1 + niceRatio)
    }

    /// Measures how long a command takes that does nothing.
    init(measuredOn connection: any RedisPipeline, chunkTime: Duration, niceRatio: Double) throws(RedisError) {
        self.init(chunkTime: chunkTime, niceRatio: niceRatio)
        let reply = Reply()
        for _ in 0..<5 {
            let start = ContinuousClock.now
            try connection.append(.ping, CommandArguments())
            // Whatever the answer says: what counts is how long it takes.
            try connection.receiveAny(into: reply)
            noteRoundTrip(.now - start)
        }
        bound = try ByteBound(of: connection)
    }

    /// Finds how many values to read at a time; nothing is known of them at first.
    var valueSizer: BatchSizer {
        BatchSizer(target: batchTime, initial: 4, limits: 1...2_000, bytes: bound.bytes / 4)
    }

    /// Whether the next batch may be on its way before the last one is dealt with.
    var overlaps: Bool { niceRatio == 0 }

    mutating func noteRoundTrip(_ duration: Duration) {
        roundTrip = min(roundTrip, duration / .seconds(1))
    }

    /// The seconds that the server had of a batch which took `duration` in all.
    func serverSeconds(_ duration: Duration) -> Double {
        max(duration / .seconds(1) - (roundTrip.isFinite ? roundTrip : 0), 0)
    }

    /// What took longer was not the server's work: a lost node was waited for.
    private static let longestWork = Duration.seconds(1)

    func rest(after duration: Duration) { rest(after: duration) {} }

    /// `checkpoint` is called now and then, as a rest may be long.
    func rest(after duration: Duration, _ checkpoint: () throws -> Void) rethrows {
        guard niceRatio > 0 else { return }
        try Pacer.sleep(until: .now + min(duration, Pacer.longestWork) * niceRatio, checkpoint)
    }

    /// Sleeps in short steps, and calls `checkpoint` before each: who waits for a run to stop waits for no longer.
    static func sleep(until end: ContinuousClock.Instant, _ checkpoint: () throws -> Void) rethrows {
        while end > .now {
            try checkpoint()
            min(end - .now, .milliseconds(100)).sleep()
        }
    }
}

/// How many bytes of answers may be under way at a time: they count as the server's memory, and one that evicts gives up
/// sessions to make room for them; and they are ours, too.
struct ByteBound {
    /// What the answers on their way may come to together.
    let bytes: Int
    /// Whether the server gives up keys when its memory is full.
    let evicts: Bool

    private static let evicting = ByteBound(bytes: 256 << 10, evicts: true)
    private static let other = ByteBound(bytes: 4 << 20, evicts: false)
    /// So many keys go together where the server may evict nothing, and will not tell their sizes.
    private static let unknown = 16

    /// What holds where nothing is known.
    static let standard = evicting

    private init(bytes: Int, evicts: Bool) {
        self.bytes = bytes
        self.evicts = evicts
    }

    /// Asks the server; one that will not say may evict.
    init(of connection: any RedisPipeline) throws(RedisError) {
        let reply = Reply()
        try connection.append(.info, CommandArguments([Array("memory".utf8)]))
        try connection.receiveAny(into: reply)
        let values = reply.text(0).fields()
        let keepsAll = values["maxmemory"] == "0" || values["maxmemory_policy"] == "noeviction"
        self = keepsAll ? .other : .evicting
    }

    /// Finds how many entries of an index key to ask for at a time; nothing is known of them at first.
    var entries: BatchSizer {
        BatchSizer(
            target: .seconds(1), initial: evicts ? 100 : IndexSurvey.wholeLimit, limits: 1...IndexSurvey.wholeLimit,
            bytes: bytes / 4)
    }

    /// Whether one answer had so many bytes that the next one may be too large.
    func isLarge(_ answer: Int) -> Bool { answer > bytes / 4 }

    /// Splits keys so that their values, whatever they are, stay within the bound together; one that does not is alone.
    ///
    /// Nothing else may be unanswered. Does not count as use of the keys. With `leavingLarge` one that is known to be
    /// larger is in no part: who looks for an id finds none in it.
    func parts(
        of keys: CommandArguments, leavingLarge: Bool = false, on connection: any RedisPipeline
    ) throws(RedisError) -> [Range<Int>] {
        var arguments = CommandArguments()
        for index in 0..<keys.count {
            arguments.removeAll()
            keys.withArgument(index) { arguments.append($0) }
            arguments.append("SAMPLES")
            arguments.append(0)
            try connection.append(.memoryUsage, arguments)
        }
        let reply = Reply()
        var parts: [Range<Int>] = []
        var (start, sum) = (0, 0)
        for index in 0..<keys.count {
            let size = try receiveSize(connection, into: reply)
            let isLeft = leavingLarge && size > bytes
            if index > start, isLeft || sum + size > bytes { parts.append(start..<index) }
            if isLeft || sum + size > bytes { (start, sum) = (index, 0) }
            if isLeft { start += 1 } else { sum += size }
        }
        if start < keys.count { parts.append(start..<keys.count) }
        return parts
    }

    private func receiveSize(_ connection: any RedisPipeline, into reply: Reply) throws(RedisError) -> Int {
        do throws(RedisError) {
            try connection.receiveAny(into: reply)
        } catch .unreachable {
            // It shows when it is read.
            return 0
        }
        switch reply.kind(0) {
        case .integer: return min(max(reply.integer(0), 0), bytes + 1)
        case .error: return evicts ? bytes : bytes / ByteBound.unknown
        default: return 0
        }
    }

    /// Reads a string in pieces that stay within the bound; nil where there is none. It may change meanwhile, so what goes
    /// on its word is compared again.
    func readInPieces(_ key: UnsafeRawBufferPointer, on connection: any RedisPipeline) throws(RedisError)
        -> [UInt8]?
    {
        let reply = Reply()
        var value: [UInt8] = []
        while true {
            var arguments = CommandArguments()
            arguments.append(key)
            arguments.append(value.count)
            arguments.append(value.count + bytes / 2 - 1)
            try connection.append(.getrange, arguments)
            guard try connection.receiveUnlessWrongType(into: reply) else { return nil }
            guard reply.kind(0) == .string else { throw .unexpectedReply(command: .getrange, expected: "bytes") }
            value += reply.bytes(0)
            if reply.byteCount < bytes / 2 { return value.isEmpty ? nil : value }
        }
    }
}

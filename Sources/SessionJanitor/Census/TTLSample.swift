import RedisClient

/// Asks which of the sessions in the sample have no TTL, those that go excepted.
struct TTLSample {
    private static let batchLimits = 10...500

    private var withoutTTL = 0
    private var asked = 0
    /// The user may not ask.
    private var isRefused = false
    private var isWhole = true
    private let frame: (head: [UInt8], tail: [UInt8])

    /// The template of the sampled sessions' keys.
    init(_ sessionKey: KeyTemplate) {
        frame = sessionKey.frame
    }

    /// Gives the census's sample back as it goes.
    mutating func ask(
        about census: Census, on connection: any RedisPipeline, _ pacer: Pacer, _ checkpoint: () throws -> Void
    ) throws {
        isWhole = isWhole && census.isSampleWhole
        var sizer = BatchSizer(target: pacer.batchTime, initial: 100, limits: TTLSample.batchLimits)
        var cursor = ByteLog.Cursor()
        var argument = CommandArguments()
        let reply = Reply()
        while census.sampled.hasNext(cursor) {
            let start = ContinuousClock.now
            var count = 0
            while count < sizer.size, let record = census.sampled.next(&cursor) {
                let flags = census.sessions.flags(of: IdentifierSet.hash(record.bytes))
                if flags?.contains(.expired) ?? true { continue }
                argument.removeAll()
                argument.append(frame.head, record.bytes, frame.tail)
                try connection.append(.pttl, argument)
                count += 1
            }
            for _ in 0..<count { try receive(connection, into: reply) }
            census.sampled.release(before: cursor)
            let took = ContinuousClock.now - start
            sizer.record(count: count, seconds: pacer.serverSeconds(took))
            try checkpoint()
            pacer.rest(after: took)
        }
    }

    private mutating func receive(_ connection: any RedisPipeline, into reply: Reply) throws(RedisError) {
        do throws(RedisError) {
            // Redis answers -2 for a key that is gone, -1 for one that does not expire.
            let lifetime = try connection.receiveInteger(into: reply)
            if lifetime != -2 { asked += 1 }
            if lifetime == -1 { withoutTTL += 1 }
        } catch .server(_, "NOPERM", _) {
            // The run does not need this right for what it removes.
            isRefused = true
        } catch .unreachable {
            isWhole = false
        }
    }

    /// How many have none, if these were all sessions.
    var exactCount: Int? { isWhole && !isRefused ? withoutTTL : nil }

    /// How many of so many sessions have none, as far as a part of them tells.
    func estimate(of sessions: Int) -> Int? {
        guard !isWhole, !isRefused else { return nil }
        return asked == 0 ? 0 : Int(clamping: (Double(withoutTTL) / Double(asked) * Double(sessions)).rounded())
    }
}

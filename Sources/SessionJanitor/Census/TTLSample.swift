import RedisClient

/// Of which sessions a run asks whether they have a TTL.
enum TTLCount: Equatable {
    case none
    case all
    /// Of one in 2 to the power of `shift`, chosen by their hashes.
    case sample(shift: Int)

    /// So many keys are asked about where that is not what the run is for.
    private static let sampleSize = 20_000
    /// Where the server does not say how many keys it has.
    private static let usualShift = 6

    /// A sample for a server with so many keys, nil if unknown; a small server's is all of them.
    init(sampleOf keys: Int?) {
        guard let keys else {
            self = .sample(shift: TTLCount.usualShift)
            return
        }
        var shift = 0
        while keys >> shift > TTLCount.sampleSize { shift += 1 }
        self = .sample(shift: shift)
    }

    /// A session is in the sample if its hash has none of these bits.
    var sampleMask: UInt64? {
        if case .sample(let shift) = self { UInt64(1) << UInt64(shift) - 1 } else { nil }
    }
}

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
        about census: Census, on connection: any RedisPipeline, _ pacer: Pacer,
        _ checkpoint: @escaping () throws -> Void
    ) throws {
        isWhole = isWhole && census.isSampleWhole
        var cursor = ByteLog.Cursor()
        var argument = CommandArguments()
        let reply = Reply()
        let batches = Batches(
            connection, pacer,
            BatchSizer(target: pacer.batchTime, initial: 100, limits: TTLSample.batchLimits), checkpoint: checkpoint)
        try batches.run { limit in
            var count = 0
            while count < limit, let record = census.sampled.next(&cursor) {
                let flags = census.sessions.flags(of: IdentifierSet.hash(record.bytes))
                if flags?.contains(.expired) ?? true { continue }
                argument.removeAll()
                argument.append(frame.head, record.bytes, frame.tail)
                try connection.append(.pttl, argument)
                count += 1
            }
            census.sampled.release(before: cursor)
            return count > 0 ? (count, count) : nil
        } receive: { (count: Int) in
            for _ in 0..<count { try receive(connection, into: reply) }
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
/// The TTL that a key without any gets.
public enum TTLAssignment: Equatable, Sendable {
    /// What the layout says of each of its templates; a template of which it says nothing stays as it is.
    case layout
    case duration(Duration)

    /// What a key gets of whose template the layout says `own`.
    func ttl(_ own: Duration?) -> Duration? {
        if case .duration(let duration) = self { duration } else { own }
    }
}

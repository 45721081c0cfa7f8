import FoundationEssentials
import RedisClient

/// Writes down what a batch is about to remove, and returns once it is on disk.
final class RemovalJournal {
    private let connection: RedisConnection
    private let writer: BackupWriter
    private let reply = Reply()

    init(_ connection: RedisConnection, _ writer: BackupWriter) {
        self.connection = connection
        self.writer = writer
    }

    /// Whole keys: what `DUMP` gives, and when they expire. A key that is gone has no line.
    func record(keys: CommandArguments, as role: BackupKey.Role) throws {
        let now = Int(try ServerClock.read(connection) * 1_000)
        for index in 0..<keys.count {
            let argument = CommandArguments([keys.withArgument(index) { Array($0) }])
            try connection.append(.dump, argument)
            try connection.append(.pttl, argument)
        }
        for index in 0..<keys.count {
            try connection.receive(into: reply)
            let payload = reply.kind(0) == .string ? Array(reply.bytes(0)) : nil
            let expiresAt = try receiveExpiry(now)
            guard let payload else { continue }
            let key = keys.withArgument(index) { Array($0) }
            try writer.append(.key(BackupKey(role: role, key: key, payload: payload, expiresAt: expiresAt)))
        }
        try writer.commit()
    }

    /// An index key with the entries that go.
    struct Share {
        var indexKey: [UInt8]
        var type: IndexType
        var members: [[UInt8]]
        /// By member, for a sorted set.
        var scores: [Double]
        /// By member.
        var sessionKeys: [[[UInt8]]]
    }

    func record(entries shares: [Share]) throws {
        let now = Int(try ServerClock.read(connection) * 1_000)
        for share in shares { try connection.append(.pttl, CommandArguments([share.indexKey])) }
        var expiries: [Int?] = []
        for _ in shares { expiries.append(try receiveExpiry(now)) }
        for (share, expiry) in zip(shares, expiries) {
            if share.type == .list {
                try recordList(share, expiry)
                continue
            }
            for (index, member) in share.members.enumerated() {
                try writer.append(
                    .entry(
                        BackupEntry(
                            indexKey: BackupBytes(share.indexKey), indexExpiresAt: expiry, member: BackupBytes(member),
                            score: share.type == .sortedSet ? RedisScore.text(share.scores[index]) : nil,
                            sessionKeys: share.sessionKeys[index].map { BackupBytes($0) })))
            }
        }
        try writer.commit()
    }

    private func recordList(_ share: Share, _ expiry: Int?) throws {
        let sessionKeys = Dictionary(zip(share.members, share.sessionKeys)) { first, _ in first }
        var found: [BackupList.Entry] = []
        var position = 0
        while true {
            var arguments = CommandArguments([share.indexKey])
            arguments.append(position)
            arguments.append(position + IndexSurvey.wholeLimit - 1)
            try connection.append(.lrange, arguments)
            try connection.receiveAny(into: reply)
            // Another type by now: the removal will see that, too, and leave it alone.
            guard reply.kind(0) == .array else { break }
            for index in 1..<max(reply.count, 1) {
                let member = Array(reply.bytes(index))
                guard let keys = sessionKeys[member] else { continue }
                found.append(
                    BackupList.Entry(
                        member: BackupBytes(member), position: position + index - 1,
                        sessionKeys: keys.map { BackupBytes($0) }))
            }
            position += reply.count - 1
            if reply.count - 1 < IndexSurvey.wholeLimit { break }
        }
        guard !found.isEmpty else { return }
        try writer.append(
            .list(BackupList(indexKey: BackupBytes(share.indexKey), indexExpiresAt: expiry, entries: found)))
    }

    /// Epoch milliseconds; nil for a key that does not expire, or is gone.
    private func receiveExpiry(_ now: Int) throws(RedisError) -> Int? {
        try connection.receive(into: reply)
        guard reply.kind(0) == .integer else { throw .unexpectedReply(command: .pttl, expected: "a number") }
        return reply.integer(0) >= 0 ? now + reply.integer(0) : nil
    }
}

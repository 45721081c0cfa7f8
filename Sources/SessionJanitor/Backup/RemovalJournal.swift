import FoundationEssentials
import RedisClient

/// Writes down what is about to be removed, and returns once it is on disk.
///
/// A sync to disk takes as long as several batches, so the journal is some batches ahead of the removal. What it holds and
/// is not removed after all, a restore finds there and leaves alone; see ``Restoration`` for what it cannot know.
final class RemovalJournal {
    /// How far it runs ahead, in keys and entries, and in bytes.
    static let itemsAhead = 2_000
    static let bytesAhead = 1 << 20

    private let connection: any RedisPipeline
    private let writer: BackupWriter
    private let reply = Reply()
    /// The lists whose entries go, until they are written.
    private var lists: [Share] = []
    /// Keys that have no line and must stay: in a cluster one that could not be read, and one that is not idle any more.
    private(set) var unread: Set<[UInt8]> = []

    private let bound: ByteBound

    init(_ connection: any RedisPipeline, _ writer: BackupWriter) throws(RedisError) {
        bound = try ByteBound(of: connection)
        self.connection = connection
        self.writer = writer
    }

    /// Writes down what stands in a removal's place right before it is removed; nothing is on disk before ``commit()``.
    ///
    /// A session has to come before the entries that name it: a restore puts lines back in their order, and an entry only if
    /// its session is there. A large payload is handed over apart, the record's own is empty then. Positions in a list are
    /// those before anything of it is removed that the same commit covers.
    func append(_ record: BackupRecord, payload: UnsafeRawBufferPointer? = nil) throws {
        try writer.append(record, payload: payload)
    }

    /// Returns once everything that was appended is on disk.
    func commit() throws { try writer.commit() }

    var uncommittedItems: Int { writer.uncommittedItems }
    var uncommittedBytes: Int { writer.uncommittedBytes }

    /// Covers what comes next, by calls of `append` with a place in the plan and a batch's size, which return how many
    /// items they have appended; returns how many are covered.
    func cover<Place>(
        limit: Int, from place: Place, _ append: (inout Place, _ limit: Int) throws -> Int
    ) throws -> Int {
        var ahead = place
        var covered = 0
        lists = []
        while covered < RemovalJournal.itemsAhead, uncommittedBytes < RemovalJournal.bytesAhead {
            let count = try append(&ahead, limit)
            if count == 0 { break }
            covered += count
        }
        let last = lists
        lists = []
        for share in last { try reading(share.indexKey) { try appendList(share) } }
        try commit()
        return covered
    }

    /// Whole keys: what `DUMP` gives, and when they expire. A key that is gone has no line. With `leavingUnread` a key of a
    /// cluster that is out of reach is noted in ``unread``, for a caller who lets those stay; with `idleFor` also one that was
    /// touched in so many seconds, as the reading leaves no trace of that.
    func append(
        keys: CommandArguments, as role: BackupRecord.Role, idleFor seconds: Int? = nil, leavingUnread: Bool = false
    ) throws {
        try inParts(keys) { part in
            let now = Int(clamping: try ServerClock.read(connection) * 1_000)
            for index in part {
                let argument = CommandArguments([keys.withArgument(index) { Array($0) }])
                if seconds != nil { try connection.append(.objectIdleTime, argument) }
                try connection.append(.pttl, argument)
                try connection.append(.dump, argument)
            }
            for index in part {
                let key = keys.withArgument(index) { Array($0) }
                if let seconds {
                    let command = try connection.receiveAny(into: reply)
                    switch reply.kind(0) {
                    case .integer: if reply.integer(0) < seconds { unread.insert(key) }
                    case .error: throw RedisError(reply: reply.text(0), to: command)
                    default: break
                    }
                }
                let expiresAt = try reading(key, leavingUnread) { try receiveExpiry(now) } ?? nil
                let isRead: Void? = try reading(key, leavingUnread) { try connection.receive(into: reply) }
                guard isRead != nil, reply.kind(0) == .string, !unread.contains(key) else { continue }
                try append(
                    BackupRecord(key, expiresAt: expiresAt, .key(role, payload: Data())), payload: reply.bytes(0))
            }
        }
    }

    /// The same, and on disk at once.
    func record(keys: CommandArguments, as role: BackupRecord.Role) throws {
        try append(keys: keys, as: role)
        try commit()
    }

    /// Fields of hashes, in pairs of key and field, on disk at once. What is gone, or no field of a hash, has no line.
    func record(fields: [(key: [UInt8], field: String)]) throws {
        guard !fields.isEmpty else { return }
        let now = Int(clamping: try ServerClock.read(connection) * 1_000)
        for (key, field) in fields {
            try connection.append(.hmget, CommandArguments([key, Array(field.utf8)]))
            try connection.append(.pttl, CommandArguments([key]))
        }
        for (key, field) in fields {
            try connection.receiveAny(into: reply)
            let value = reply.count == 2 && reply.kind(1) == .string ? BackupBytes(reply.bytes(1)) : nil
            let expiresAt = try receiveExpiry(now)
            if let value { try append(BackupRecord(key, expiresAt: expiresAt, .field(field, value: value))) }
        }
        try commit()
    }

    /// Keys that get a TTL, each with the time at which it expires then, and what that could end. One that is gone has no
    /// line.
    func append(ttls keys: CommandArguments, expiries: [Int]) throws {
        try inParts(keys) { part in
            for index in part {
                try connection.append(.dump, CommandArguments([keys.withArgument(index) { Array($0) }]))
            }
            for index in part {
                try connection.receive(into: reply)
                guard reply.kind(0) == .string else { continue }
                let key = keys.withArgument(index) { Array($0) }
                try append(
                    BackupRecord(key, expiresAt: expiries[index], .expiry(payload: Data())), payload: reply.bytes(0))
            }
        }
    }

    /// Calls `append` with parts of the keys whose values may be under way together.
    private func inParts(_ keys: CommandArguments, _ append: (Range<Int>) throws -> Void) throws {
        for part in try bound.parts(of: keys, on: connection) {
            try append(part)
            if uncommittedBytes >= RemovalJournal.bytesAhead { try commit() }
        }
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

        fileprivate func entry(_ index: Int, position: Int? = nil) -> BackupRecord.Entry {
            BackupRecord.Entry(
                member: BackupBytes(members[index]),
                score: type == .sortedSet ? RedisScore.text(scores[index]) : nil, position: position,
                sessionKeys: sessionKeys[index].map { BackupBytes($0) })
        }
    }

    func append(entries shares: [Share]) throws {
        gatherLists(shares)
        let shares = shares.filter { $0.type != .list }
        guard !shares.isEmpty else { return }
        let now = Int(clamping: try ServerClock.read(connection) * 1_000)
        for share in shares { try connection.append(.pttl, CommandArguments([share.indexKey])) }
        var expiries: [Int?] = []
        for share in shares {
            expiries.append(try reading(share.indexKey) { try receiveExpiry(now) } ?? nil)
        }
        for (share, expiry) in zip(shares, expiries) where !unread.contains(share.indexKey) {
            for index in share.members.indices {
                try append(BackupRecord(share.indexKey, expiresAt: expiry, .entry(share.entry(index))))
            }
        }
    }

    /// Whether one of these keys could not be read.
    func lacks(_ keys: CommandArguments, _ place: Int) -> Bool {
        !unread.isEmpty && unread.contains(keys.withArgument(place) { Array($0) })
    }

    /// What one key answers; nil, and the key is noted, where its part of a cluster is out of reach.
    @discardableResult
    private func reading<Value>(
        _ key: [UInt8], _ leavesUnread: Bool = true, _ receive: () throws -> Value
    ) throws -> Value? {
        do {
            return try receive()
        } catch RedisError.unreachable where leavesUnread {
            unread.insert(key)
            return nil
        }
    }

    /// Positions are those before any of it is removed, so all that goes from a list until the next commit is one line.
    private func gatherLists(_ shares: [Share]) {
        for share in shares where share.type == .list {
            if let last = lists.indices.last, lists[last].indexKey == share.indexKey {
                lists[last].members += share.members
                lists[last].sessionKeys += share.sessionKeys
            } else {
                lists.append(share)
            }
        }
    }

    private func appendList(_ share: Share) throws {
        let now = Int(clamping: try ServerClock.read(connection) * 1_000)
        try connection.append(.pttl, CommandArguments([share.indexKey]))
        let expiry = try receiveExpiry(now)
        let places = Dictionary(zip(share.members, share.members.indices)) { first, _ in first }
        var found: [BackupRecord.Entry] = []
        var position = 0
        var steps = bound.entries
        while true {
            let limit = steps.size
            var arguments = CommandArguments([share.indexKey])
            arguments.append(position)
            arguments.append(position + limit - 1)
            try connection.append(.lrange, arguments)
            try connection.receiveAny(into: reply)
            if reply.kind(0) == .error {
                let error = RedisError(reply: reply.text(0), to: .lrange)
                // Another type by now: the removal will see that, too, and leave it alone.
                guard error.serverCode == "WRONGTYPE" else { throw error }
                break
            }
            for index in 1..<max(reply.count, 1) {
                guard let place = places[Array(reply.bytes(index))] else { continue }
                found.append(share.entry(place, position: position + index - 1))
            }
            position += reply.count - 1
            if reply.count - 1 < limit { break }
            steps.record(count: limit, seconds: 0)
            steps.record(count: limit, bytes: reply.byteCount)
        }
        if !found.isEmpty { try append(BackupRecord(share.indexKey, expiresAt: expiry, .list(found))) }
    }

    /// Epoch milliseconds; nil for a key that does not expire, or is gone.
    private func receiveExpiry(_ now: Int) throws(RedisError) -> Int? {
        try connection.receive(into: reply)
        guard reply.kind(0) == .integer else { throw .unexpectedReply(command: .pttl, expected: "a number") }
        return reply.integer(0) >= 0 ? now.adding(clamped: reply.integer(0)) : nil
    }
}

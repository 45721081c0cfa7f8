import FoundationEssentials
public import RedisClient

/// Puts back what a backup holds and the server lacks; what is there now is never overwritten.
///
/// May be run again after it was stopped, or twice: what went back is then there, and left alone.
///
/// It cannot tell what the run removed from what ended since. A record is on disk before the removal, so of a run that was
/// killed nobody knows which records were followed by one: a session that was written down, then kept because the
/// application had renewed it, and that its user has ended by logging out, comes back as it was written down.
public final class Restoration {
    private let connection: any RedisPipeline
    private let reader: BackupReader
    private let options: RestoreOptions
    private let progress: (_ fraction: Double) -> Void
    private let checkpoint: () throws -> Void
    private var pacer: Pacer
    private let reply = Reply()
    private var insertion = RestoreScript.insertIntoList
    private var persistence = RestoreScript.persist
    /// Lists go last and in reverse: a batch's positions are those that the batches before it had left.
    private var lists: [BackupRecord] = []
    /// The keys that a dry run would have restored.
    private let restorable = IdentifierSet()

    private var statistics = RestoreStatistics()
    /// Whether the last line has no end.
    private var isCutOff = false
    /// How many of the damaged lines have the right checksum.
    private var foreignLines = 0
    private var firstRejection = ""

    /// A dry run wants a connection that was opened for reading only. `checkpoint` is called between batches; what it
    /// throws ends the work.
    public init(
        _ connection: any RedisPipeline, from reader: BackupReader, options: RestoreOptions,
        progress: @escaping (_ fraction: Double) -> Void = { _ in }, checkpoint: @escaping () throws -> Void = {}
    ) {
        self.connection = connection
        self.reader = reader
        self.options = options
        self.progress = progress
        self.checkpoint = checkpoint
        pacer = Pacer(chunkTime: options.chunkTime, niceRatio: options.niceRatio)
    }

    public func run() -> RestoreReport {
        var report = RestoreReport()
        do {
            try requireSameServer()
            try restoreLines()
            for list in lists.reversed() { try restore([list]) }
        } catch let stop as RunStop {
            report.outcome = .interrupted
            report.stop = stop
        } catch {
            report = RestoreReport(failed: CleanupError(error))
        }
        finish(&report)
        return report
    }

    private func requireSameServer() throws(BackupError) {
        let header = reader.header
        let isSameServer =
            header.server == connection.endpoint.location
            || (header.runIdentifier != nil && header.runIdentifier == connection.server.runIdentifier)
        guard options.allowsOtherServer || (isSameServer && header.database == connection.endpoint.database) else {
            throw .madeElsewhere(path: reader.path, server: header.server, database: header.database)
        }
    }

    /// Enters the numbers and what is to be said of them.
    private func finish(_ report: inout RestoreReport) {
        statistics.writeCommandsSent = connection.writeCommandsSent
        report.statistics = statistics
        let damagedLines = statistics.damaged - foreignLines - (isCutOff ? 1 : 0)
        if isCutOff { report.warnings.append(.cutOff) }
        if damagedLines > 0 { report.warnings.append(.damaged(lines: damagedLines)) }
        if foreignLines > 0 { report.warnings.append(.foreign(lines: foreignLines)) }
        if statistics.rejected > 0 {
            report.warnings.append(.rejected(statistics.rejected, example: firstRejection))
        }
        if statistics.entriesWithoutSession > 0 {
            report.warnings.append(.entriesWithoutSession(statistics.entriesWithoutSession))
        }
        guard report.outcome == .completed else { return }
        if damagedLines + foreignLines > 0 || statistics.rejected > 0 { report.outcome = .partial }
    }

    // MARK: Batches

    private func restoreLines() throws {
        var sizer = BatchSizer(target: pacer.batchTime, initial: 50, limits: 10...1_000)
        var batch: [BackupRecord] = []
        var bytes = 0
        func restoreBatch() throws {
            guard !batch.isEmpty else { return }
            let took = try restore(batch)
            sizer.record(count: batch.count, seconds: pacer.serverSeconds(took))
            progress(reader.fractionRead)
            pacer.rest(after: took)
            (batch, bytes) = ([], 0)
        }
        while let item = try reader.next() {
            statistics.linesRead += 1
            switch item {
            case .record(let record):
                if case .list = record.target {
                    lists.append(record)
                    continue
                }
                // What is on its way counts as the server's memory; one that is larger goes alone.
                if bytes + record.size > pacer.bound.bytes { try restoreBatch() }
                batch.append(record)
                bytes += record.size
                if batch.count >= sizer.size { try restoreBatch() }
            case .damaged: statistics.damaged += 1
            case .foreign:
                statistics.damaged += 1
                foreignLines += 1
            case .cutOff:
                statistics.damaged += 1
                isCutOff = true
            }
        }
        try restoreBatch()
    }

    /// Restores records, and returns how long that took: whole keys first, as an entry goes back only if its session is
    /// there.
    @discardableResult
    private func restore(_ batch: [BackupRecord]) throws -> Duration {
        try checkpoint()
        let start = ContinuousClock.now
        let now = Int(clamping: try ServerClock.read(connection) * 1_000)
        var (keys, parts, ttls) = ([BackupRecord](), [BackupRecord](), [BackupRecord]())
        for record in batch {
            switch record.target {
            case .key: if isAlive(record, now) { keys.append(record) }
            case .entry, .list, .field: parts.append(record)
            case .expiry: ttls.append(record)
            }
        }
        try restoreMissing(keys)
        // An application may keep a key beyond its time in the backup; one that is gone would end again at once.
        let expiring = parts.filter { $0.expiresAt != nil }.map(\.key)
        let gone = Set(zip(expiring, try arePresent(expiring.map { [$0] })).compactMap { $1 ? nil : $0 })
        parts = parts.filter { !gone.contains($0.key) || isAlive($0, now) }
        try restoreMissing(try withSessions(parts), gone)
        try takeBack(ttls, now)
        return .now - start
    }

    /// Whether a key that goes back is not to end at once; counts what is left out.
    private func isAlive(_ record: BackupRecord, _ now: Int) -> Bool {
        guard let expiry = record.expiresAt, expiry <= now else { return true }
        statistics.expired += record.count
        return false
    }

    /// For each of these groups, whether one of its keys is there, or would be after a restore.
    private func arePresent(_ groups: [[BackupBytes]]) throws -> [Bool] {
        for keys in groups where !keys.isEmpty { try connection.append(.exists, CommandArguments(keys.map(\.bytes))) }
        return try groups.map { keys in
            try !keys.isEmpty && (receiveInteger(.exists) > 0 || keys.contains(where: isRestorable))
        }
    }

    private func isRestorable(_ key: BackupBytes) -> Bool {
        options.isDryRun && restorable.contains(key.bytes.withUnsafeBytes(IdentifierSet.hash))
    }

    private func receiveInteger(_ command: RedisCommand) throws -> Int {
        try connection.receive(into: reply)
        guard reply.kind(0) == .integer else {
            throw RedisError.unexpectedReply(command: command, expected: "a number")
        }
        return reply.integer(0)
    }

    /// These records without the entries whose session is not there, which are counted.
    private func withSessions(_ records: [BackupRecord]) throws -> [BackupRecord] {
        guard !options.includesEntriesWithoutSession else { return records }
        var answers = try arePresent(records.flatMap { $0.entries.map(\.sessionKeys) }).makeIterator()
        return records.compactMap { record in
            var kept: [BackupRecord.Entry] = []
            for (index, var entry) in record.entries.enumerated() where answers.next() == true {
                // Moved up where others before it stay away.
                entry.position = entry.position.map { $0 - (index - kept.count) }
                kept.append(entry)
            }
            statistics.entriesWithoutSession += record.entries.count - kept.count
            guard case .list = record.target, !kept.isEmpty else {
                return kept.count == record.entries.count ? record : nil
            }
            return BackupRecord(record.key.bytes, expiresAt: record.expiresAt, .list(kept))
        }
    }

    private func note(_ record: BackupRecord, restored count: Int) {
        statistics.present += record.count - count
        statistics.restorable += count
        guard !options.isDryRun else {
            if count > 0 { _ = restorable.insert(record.key.bytes.withUnsafeBytes(IdentifierSet.hash)) }
            return
        }
        statistics.restored += count
        switch record.target {
        case .key: statistics.keysRestored += count
        case .entry, .list, .field: statistics.entriesRestored += count
        case .expiry: statistics.ttlsCleared += count
        }
    }

    private func noteRejection(_ record: BackupRecord, _ text: String) {
        if statistics.rejected == 0 { firstRejection = text }
        statistics.rejected += record.count
    }

    // MARK: What was removed

    /// Puts back what is missing, or looks whether it is; what had to be made anew of `gone` keys gets its expiry time.
    private func restoreMissing(_ records: [BackupRecord], _ gone: Set<BackupBytes> = []) throws {
        for record in records { try options.isDryRun ? look(for: record) : putBack(record) }
        var remade: [BackupBytes: Int] = [:]
        for record in records {
            guard let count = try receiveCount(record) else { continue }
            note(record, restored: count)
            if case .list = record.target { continue }
            if count > 0, gone.contains(record.key) { remade[record.key] = record.expiresAt }
        }
        guard !options.isDryRun else { return }
        for (key, expiry) in remade {
            var arguments = CommandArguments([key.bytes])
            arguments.append(expiry)
            _ = try connection.call(.pexpireat, arguments, into: reply)
        }
    }

    private func look(for record: BackupRecord) throws(RedisError) {
        var arguments = CommandArguments([record.key.bytes])
        switch record.target {
        case .key, .expiry: try connection.append(.exists, arguments)
        case .entry(let entry):
            arguments.append(entry.member.bytes)
            try connection.append(entry.score == nil ? .sismember : .zscore, arguments)
        case .list:
            arguments.append(0)
            arguments.append(-1)
            try connection.append(.lrange, arguments)
        case .field(let field, _):
            arguments.append(field)
            try connection.append(.hmget, arguments)
        }
    }

    private func putBack(_ record: BackupRecord) throws(RedisError) {
        var arguments = CommandArguments([record.key.bytes])
        switch record.target {
        case .key(_, let payload):
            arguments.append(record.expiresAt ?? 0)
            arguments.append(payload)
            if record.expiresAt != nil { arguments.append("ABSTTL") }
            try connection.append(.restore, arguments)
        case .entry(let entry):
            if let score = entry.score {
                arguments.append("NX")
                arguments.append(score)
            }
            arguments.append(entry.member.bytes)
            try connection.append(entry.score == nil ? .sadd : .zadd, arguments)
        case .field(let field, let value):
            arguments.append(field)
            arguments.append(value.bytes)
            try connection.append(.hsetnx, arguments)
        case .list, .expiry: break
        }
    }

    /// How many of a record's items were missing; nil where the server would not take them.
    private func receiveCount(_ record: BackupRecord) throws -> Int? {
        if !options.isDryRun, case .list(let entries) = record.target { return try insert(entries, of: record) }
        let command = try connection.receiveAny(into: reply)
        if reply.kind(0) == .error {
            switch RedisError(reply: reply.text(0), to: command) {
            case .server(_, "BUSYKEY", _): return 0
            case .server(_, "WRONGTYPE", _): noteRejection(record, reply.text(0))
            case .server(_, "ERR", let message) where message.contains("payload") || message.contains("data format"):
                noteRejection(record, message)
            case let error: throw error
            }
            return nil
        }
        if case .list(let entries) = record.target {
            let there = Set((1..<max(reply.count, 1)).map { BackupBytes(reply.bytes($0)) })
            return entries.count { !there.contains($0.member) }
        }
        let last = reply.count - 1
        // A dry run is told what is there, and others how much was missing.
        let isThere =
            options.isDryRun
            ? reply.kind(last) == .string || reply.integer(last) > 0
            : reply.kind(last) == .integer && reply.integer(last) == 0
        return isThere ? 0 : 1
    }

    private func insert(_ entries: [BackupRecord.Entry], of record: BackupRecord) throws -> Int? {
        var values = CommandArguments()
        values.append(UUID().uuidString)
        values.append(record.expiresAt ?? 0)
        for entry in entries {
            values.append(entry.position ?? 0)
            values.append(entry.member.bytes)
        }
        let count = try insertion.verdicts([(record.key.bytes, values)], on: connection, into: reply)[0]
        if 0...entries.count ~= count { return count }
        noteRejection(record, "WRONGTYPE: not a list any more")
        return nil
    }

    // MARK: TTLs

    /// Takes TTLs back that are still the ones that the run set; what they have ended goes back without one.
    private func takeBack(_ ttls: [BackupRecord], _ now: Int) throws {
        guard !ttls.isEmpty else { return }
        let found =
            options.isDryRun
            ? try verdicts(on: ttls)
            : try persistence.verdicts(
                ttls.map { record in
                    var values = CommandArguments()
                    values.append(record.expiresAt ?? 0)
                    return (record.key.bytes, values)
                }, on: connection, into: reply)
        var ended: [BackupRecord] = []
        for (record, verdict) in zip(ttls, found) {
            switch (verdict, record.target) {
            case (0, _), (1, _): note(record, restored: verdict)
            case (_, .expiry(let payload?)) where record.expiresAt ?? 0 <= now:
                ended.append(BackupRecord(record.key.bytes, expiresAt: nil, .key(.session, payload: payload)))
            // What went before its time, somebody else has ended.
            default: statistics.expired += 1
            }
        }
        try restoreMissing(ended)
    }

    /// What ``RestoreScript/persist`` would answer.
    private func verdicts(on ttls: [BackupRecord]) throws -> [Int] {
        func clock() throws -> Int { Int(clamping: try ServerClock.read(connection) * 1_000) }
        let before = try clock()
        for record in ttls { try connection.append(.pttl, CommandArguments([record.key.bytes])) }
        let lifetimes = try ttls.map { _ in try receiveInteger(.pttl) }
        let after = try clock()
        return zip(ttls, lifetimes).map { record, left in
            // One that a restore would bring back has no TTL then.
            if left == -2 { return isRestorable(record.key) ? 0 : -1 }
            let earliest = before.adding(clamped: left) - RestoreScript.tolerance
            let latest = after.adding(clamped: left).adding(clamped: RestoreScript.tolerance)
            return left >= 0 && earliest <= record.expiresAt ?? 0 && record.expiresAt ?? 0 <= latest ? 1 : 0
        }
    }
}

extension BackupRecord {
    /// How many things it brings back.
    fileprivate var count: Int { max(entries.count, 1) }

    /// What its payload or value comes to.
    fileprivate var size: Int {
        switch target {
        case .key(_, let payload): payload.count
        case .expiry(let payload): payload?.count ?? 0
        case .field(_, let value): value.bytes.count
        case .entry, .list: 0
        }
    }
}

/// The scripts by which entries go back into a list, and TTLs are taken back.
private enum RestoreScript {
    /// By how many milliseconds an expiry time may seem to be off.
    static let tolerance = 100

    /// Puts members back where they stood. Redis has no command for "insert at": a marker takes the place of the element
    /// there, the member goes before the marker, and the element back to its place.
    ///
    /// KEYS: the list. ARGV: a text that no element is, when the list expires if it has to be made anew (epoch
    /// milliseconds or 0), then by position each position and member. Members that are there already are left out, and
    /// those after them move up unless they are still in their place. The verdict: how many went back, or -1 if the key has
    /// another type now. An error leaves no marker behind: a right that is missing shows before the first LSET.
    static let insertIntoList = ServerScript.judgingEachKey(
        for: .other,
        """
        local marker, expiry = ARGV[1], ARGV[2]
        local elements = redis.pcall('LRANGE', key, 0, -1)
        local function failed(answer) return type(answer) == 'table' and answer.err end
        if elements.err then
            if string.find(elements.err, 'WRONGTYPE', 1, true) then return -1 end
            return elements
        end
        local present, count, skipped, added, mayInsert = {}, #elements, 0, 0, false
        for i = 1, count do present[elements[i]] = true end
        for i = 3, #ARGV, 2 do
            local member = ARGV[i + 1]
            local position = tonumber(ARGV[i]) - skipped
            local answer = redis.pcall('LINDEX', key, position)
            if present[member] then
                if failed(answer) then return answer end
                if answer ~= member then skipped = skipped + 1 end
            else
                local element = answer
                if position >= count then
                    answer = redis.pcall('RPUSH', key, member)
                else
                    if not failed(answer) and not mayInsert then
                        -- No element is the marker yet, so this does nothing.
                        answer = redis.pcall('LINSERT', key, 'BEFORE', marker, member)
                        mayInsert = not failed(answer)
                    end
                    if not failed(answer) then answer = redis.pcall('LSET', key, position, marker) end
                    if not failed(answer) then answer = redis.pcall('LINSERT', key, 'BEFORE', marker, member) end
                    if not failed(answer) then answer = redis.pcall('LSET', key, position + 1, element) end
                end
                if failed(answer) then return answer end
                count = count + 1
                added = added + 1
            end
        end
        if #elements == 0 and added > 0 and expiry ~= '0' then
            local answer = redis.pcall('PEXPIREAT', key, expiry)
            if failed(answer) then return answer end
        end
        return added
        """)

    /// Takes TTLs back, where they are still the ones that were set.
    ///
    /// KEYS: keys. ARGV: for each the epoch milliseconds at which it was to expire. The verdict: 1 (taken back), 0 (has none,
    /// or another one), -1 (is gone). Before Redis 7 no command tells the expiry time itself, and clock and TTL may be read
    /// a moment apart.
    static let persist = ServerScript.judgingEachKey(
        for: .other,
        """
        local clock = redis.call('TIME')
        local left = redis.pcall('PTTL', key)
        if type(left) == 'table' then return left end
        if left == -2 then return -1 end
        local expiry = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000) + left
        if left < 0 or math.abs(expiry - tonumber(ARGV[place])) > \(tolerance) then return 0 end
        return redis.pcall('PERSIST', key)
        """)
}

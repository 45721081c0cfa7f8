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
    /// Is told what goes back: of an index key the entries with these members, of everything else the key.
    public typealias Restored = (
        _ kind: Removal.Kind, _ template: KeyTemplate, _ key: [UInt8], _ members: [[UInt8]]
    ) -> Void

    private let connection: any RedisPipeline
    private let reader: BackupReader
    private let options: RestoreOptions
    private let progress: (_ fraction: Double) -> Void
    private let restored: Restored?
    private let checkpoint: () throws -> Void
    private var pacer: Pacer
    private let reply = Reply()
    private var insertion = RestoreScript.insertIntoList
    private var persistence = RestoreScript.persist
    /// The next batch, what it comes to in bytes, and how many things it brings back.
    private var batch: [BackupRecord] = []
    private var bytes = 0
    private var count = 0
    private var sizer: BatchSizer
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
        progress: @escaping (_ fraction: Double) -> Void = { _ in }, restored: Restored? = nil,
        checkpoint: @escaping () throws -> Void = {}
    ) {
        self.connection = connection
        self.reader = reader
        self.options = options
        self.progress = progress
        self.restored = restored
        self.checkpoint = checkpoint
        pacer = Pacer(chunkTime: options.chunkTime, niceRatio: options.niceRatio)
        sizer = BatchSizer(target: pacer.batchTime, initial: 50, limits: 10...1_000)
    }

    public func run() -> RestoreReport {
        var report = RestoreReport()
        do {
            try requireSameServer()
            try restoreAll()
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
        let isSameServer = connection.isServer(header.server, header.runIdentifier)
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

    private func restoreAll() throws {
        // Lists go last and in reverse: a batch's positions are those that the batches before it had left.
        var lists: [BackupRecord] = []
        let share = try options.user.map { (user: $0, share: try BackupShare(path: reader.path)) }
        while let item = try reader.next() {
            statistics.linesRead += 1
            switch item {
            case .record(let whole):
                guard let record = share.map({ $0.share.part(of: whole, for: $0.user) }) ?? whole else { continue }
                if record.isOfList { lists.append(record) } else { try add(record) }
            case .damaged: statistics.damaged += 1
            case .foreign:
                statistics.damaged += 1
                foreignLines += 1
            case .cutOff:
                statistics.damaged += 1
                isCutOff = true
            }
        }
        for list in lists.reversed() {
            try add(list)
            // To look for entries reads all of a list: one at a time.
            if options.isDryRun { try restoreBatch() }
        }
        try restoreBatch()
    }

    private func add(_ record: BackupRecord) throws {
        // What is on its way counts as the server's memory; one that is larger goes alone.
        if bytes + record.size > pacer.bound.bytes { try restoreBatch() }
        batch.append(record)
        bytes += record.size
        count += record.count
        if count >= sizer.size { try restoreBatch() }
    }

    /// Whole keys go first, as an entry goes back only if its session is there.
    private func restoreBatch() throws {
        guard !batch.isEmpty else { return }
        try checkpoint()
        let start = ContinuousClock.now
        let now = try clock()
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
        let took = ContinuousClock.now - start
        sizer.record(count: count, seconds: pacer.serverSeconds(took))
        progress(reader.fractionRead)
        pacer.rest(after: took)
        (batch, bytes, count) = ([], 0, 0)
    }

    /// The server's time in epoch milliseconds.
    private func clock() throws -> Int {
        Int(clamping: try ServerClock.read(connection) * 1_000)
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
            try !keys.isEmpty && (connection.receiveInteger(into: reply) > 0 || keys.contains(where: isRestorable))
        }
    }

    private func isRestorable(_ key: BackupBytes) -> Bool {
        options.isDryRun && restorable.contains(key.bytes.withUnsafeBytes(IdentifierSet.hash))
    }

    /// These records without the entries whose session is not there, which are counted.
    private func withSessions(_ records: [BackupRecord]) throws -> [BackupRecord] {
        guard !options.includesEntriesWithoutSession else { return records }
        var answers = try arePresent(records.flatMap { $0.entries.map(\.sessionKeys) }).makeIterator()
        return records.compactMap { record in
            guard !record.entries.isEmpty else { return record }
            let isThere = record.entries.map { _ in answers.next() == true }
            statistics.entriesWithoutSession += isThere.count { !$0 }
            return record.keeping(isThere)
        }
    }

    private func note(_ record: BackupRecord, restored count: Int) {
        statistics.present += record.count - count
        statistics.restorable += count
        if count > 0, let (kind, template) = reader.rules.subject(of: record) {
            restored?(kind, template, record.key.bytes, record.entries.map(reader.rules.id))
        }
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

    // MARK: What was removed

    /// Puts back what is missing, or looks whether it is; what had to be made anew of `gone` keys gets its expiry time.
    private func restoreMissing(_ records: [BackupRecord], _ gone: Set<BackupBytes> = []) throws {
        if !options.isDryRun, records.contains(where: \.isOfList) { try insertion.load(connection) }
        for record in records { try options.isDryRun ? look(for: record) : putBack(record) }
        var remade: [BackupBytes: Int] = [:]
        for record in records {
            guard let count = try receiveCount(record) else { continue }
            note(record, restored: count)
            // To a list that it makes anew the script gives its time by itself.
            if count > 0, !record.isOfList, gone.contains(record.key) { remade[record.key] = record.expiresAt }
        }
        guard !options.isDryRun else { return }
        for (key, expiry) in remade {
            var arguments = CommandArguments([key.bytes])
            arguments.append(expiry)
            try connection.append(.pexpireat, arguments)
        }
        for _ in remade { try connection.receive(into: reply) }
    }

    private func look(for record: BackupRecord) throws(RedisError) {
        var arguments = CommandArguments([record.key.bytes])
        switch record.target {
        case .key: try connection.append(.exists, arguments)
        case .entry(let entry):
            arguments.append(entry.member.bytes)
            try connection.append(
                entry.value != nil ? .hmget : entry.score == nil ? .sismember : .zscore, arguments)
        case .list:
            arguments.append(0)
            arguments.append(-1)
            try connection.append(.lrange, arguments)
        case .field(let field, _):
            arguments.append(field)
            try connection.append(.hmget, arguments)
        case .expiry: try connection.append(.pttl, arguments)
        }
    }

    private func putBack(_ record: BackupRecord) throws(RedisError) {
        var arguments = CommandArguments([record.key.bytes])
        var values = CommandArguments()
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
            if let value = entry.value { arguments.append(value.bytes) }
            try connection.append(entry.value != nil ? .hsetnx : entry.score == nil ? .sadd : .zadd, arguments)
        case .list(let entries):
            values.append(UUID().uuidString)
            values.append(record.expiresAt ?? 0)
            for entry in entries {
                values.append(entry.position ?? 0)
                values.append(entry.member.bytes)
            }
            try insertion.append(connection, ServerScript.Arguments(keys: arguments, values: values))
        case .field(let field, let value):
            arguments.append(field)
            arguments.append(value.bytes)
            try connection.append(.hsetnx, arguments)
        case .expiry:
            values.append(record.expiresAt ?? 0)
            try persistence.append(connection, ServerScript.Arguments(keys: arguments, values: values))
        }
    }

    /// How many of a record's items were missing; nil where the server would not take them.
    private func receiveCount(_ record: BackupRecord) throws(RedisError) -> Int? {
        let command = try connection.receiveAny(into: reply)
        if reply.kind(0) == .error {
            let text = reply.text(0)
            let error = command == .evalsha ? RedisError(scriptFailure: text) : RedisError(reply: text, to: command)
            switch error {
            case .server(_, "BUSYKEY", _): return 0
            case .server(_, "WRONGTYPE", _): break
            case .server(.restore, "ERR", _) where text.contains("payload") || text.contains("data format"): break
            default: throw error
            }
            if statistics.rejected == 0 { firstRejection = text }
            statistics.rejected += record.count
            return nil
        }
        let last = reply.count - 1
        switch record.target {
        case .list(let entries) where options.isDryRun:
            let there = Set((0..<last).map { BackupBytes(reply.bytes($0 + 1)) })
            return entries.count { !there.contains($0.member) }
        case .list(let entries):
            guard reply.kind(0) == .integer, 0...entries.count ~= reply.integer(0) else { throw .badScriptAnswer }
            return reply.integer(0)
        // A dry run is told what is there, and others how much was missing.
        case _ where options.isDryRun: return reply.kind(last) == .string || reply.integer(last) > 0 ? 0 : 1
        default: return reply.kind(last) == .integer && reply.integer(last) == 0 ? 0 : 1
        }
    }

    // MARK: TTLs

    /// Takes TTLs back that are still the ones that the run set; what they have ended goes back without one.
    private func takeBack(_ ttls: [BackupRecord], _ now: Int) throws {
        guard !ttls.isEmpty else { return }
        var ended: [BackupRecord] = []
        for (record, verdict) in zip(ttls, try options.isDryRun ? expectedVerdicts(ttls) : verdicts(ttls)) {
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

    private func verdicts(_ ttls: [BackupRecord]) throws(RedisError) -> [Int] {
        try persistence.load(connection)
        for record in ttls { try putBack(record) }
        return try ttls.map { _ throws(RedisError) in
            do throws(RedisError) {
                return try connection.receiveInteger(into: reply)
            } catch .server(.evalsha, _, let text) {
                throw RedisError(scriptFailure: text)
            }
        }
    }

    /// What ``RestoreScript/persist`` would answer.
    private func expectedVerdicts(_ ttls: [BackupRecord]) throws -> [Int] {
        let before = try clock()
        for record in ttls { try look(for: record) }
        let lifetimes = try ttls.map { _ in try connection.receiveInteger(into: reply) }
        let after = try clock()
        return zip(ttls, lifetimes).map { record, left in
            // One that a restore would bring back has no TTL then.
            if left == -2 { return isRestorable(record.key) ? 0 : -1 }
            let expiry = record.expiresAt ?? 0
            let isSame =
                before.adding(clamped: left) - RestoreScript.tolerance <= expiry
                && expiry <= after.adding(clamped: left).adding(clamped: RestoreScript.tolerance)
            return left >= 0 && isSame ? 1 : 0
        }
    }
}

extension BackupRecord {
    fileprivate var isOfList: Bool {
        if case .list = target { true } else { false }
    }

    /// How many things it brings back.
    fileprivate var count: Int { max(entries.count, 1) }

    /// What its payload or value comes to.
    fileprivate var size: Int {
        switch target {
        case .key(_, let payload): payload.count
        case .expiry(let payload): payload?.count ?? 0
        case .field(_, let value): value.bytes.count
        case .entry, .list: entries.reduce(0) { $0 + $1.member.bytes.count }
        }
    }
}

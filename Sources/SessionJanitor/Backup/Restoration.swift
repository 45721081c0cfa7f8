public import RedisClient

/// Puts back what a backup holds and the server lacks; what is there now is never overwritten.
///
/// May be run again after it was stopped, or twice: what went back is then there, and left alone.
public final class Restoration {
    private let connection: any RedisPipeline
    private let reader: BackupReader
    private let options: RestoreOptions
    private let progress: (_ fraction: Double) -> Void
    private let checkpoint: () throws -> Void
    private var report = RestoreReport()
    private var pacer: Pacer
    private let reply = Reply()
    /// Lists go last and in reverse: a batch's positions are those that the batches before it had left.
    private var lists: [BackupList] = []
    private var tally = RestoreTally()
    private let sessions: SessionPresence
    private let ttls: TTLRestorer
    private let fields: FieldRestorer

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
        sessions = SessionPresence(connection, assumesAll: options.includesEntriesWithoutSession)
        fields = FieldRestorer(connection, isDryRun: options.isDryRun)
        ttls = TTLRestorer(connection, sessions: sessions, isDryRun: options.isDryRun)
        pacer = Pacer(chunkTime: options.chunkTime, niceRatio: options.niceRatio)
    }

    public func run() -> RestoreReport {
        do {
            try requireSameServer()
            try restoreLines()
            var remaker = ListRestorer(connection, sessions: sessions, isDryRun: options.isDryRun)
            for list in lists.reversed() {
                try checkpoint()
                try remaker.restore(list, &tally)
            }
            finish()
        } catch let stop as RunStop {
            finish()
            report.outcome = .interrupted
            report.stop = stop
        } catch {
            let failed = RestoreReport(failed: CleanupError(error))
            finish()
            report.outcome = failed.outcome
            report.error = failed.error
        }
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

    private func finish() {
        tally.statistics.writeCommandsSent = connection.writeCommandsSent
        tally.finish(&report)
    }

    // MARK: Lines

    private func restoreLines() throws {
        var sizer = BatchSizer(target: pacer.batchTime, initial: 50, limits: 10...1_000)
        var batch = RestoreBatch()
        while let item = try reader.next() {
            tally.statistics.linesRead += 1
            let size = Restoration.size(of: item)
            // What is on its way counts as the server's memory; one that is larger goes alone.
            if batch.bytes + size > pacer.bound.bytes { try restore(&batch, &sizer) }
            batch.bytes += size
            switch item {
            case .record(.key(let key)): batch.keys.append(key)
            case .record(.entry(let entry)): batch.entries.append(entry)
            case .record(.list(let list)): lists.append(list)
            case .record(.ttl(let ttl)): batch.ttls.append(ttl)
            case .record(.field(let field)): batch.fields.append(field)
            case .damaged: tally.statistics.damaged += 1
            case .foreign: tally.noteForeign()
            case .cutOff:
                tally.statistics.damaged += 1
                tally.isCutOff = true
            }
            if batch.count >= sizer.size { try restore(&batch, &sizer) }
        }
        try restore(&batch, &sizer)
    }

    private static func size(of item: BackupReader.Item) -> Int {
        switch item {
        case .record(.key(let key)): key.payload.count
        case .record(.ttl(let ttl)): ttl.payload?.count ?? 0
        case .record(.field(let field)): field.value.bytes.count
        default: 0
        }
    }

    private func restore(_ batch: inout RestoreBatch, _ sizer: inout BatchSizer) throws {
        guard batch.count > 0 else { return }
        try checkpoint()
        let start = ContinuousClock.now
        let now = Int(clamping: try ServerClock.read(connection) * 1_000)
        try restore(batch.keys.filter { isAlive($0.expiresAt, now) })
        try restore(batch.entries, at: now)
        try fields.restore(batch.fields, at: now, &tally)
        let ended = try ttls.restore(
            batch.ttls.filter { $0.payload != nil || isAlive($0.expiresAt, now) }, at: now, &tally)
        try restore(ended)
        let took = ContinuousClock.now - start
        sizer.record(count: batch.count, seconds: pacer.serverSeconds(took))
        progress(reader.fractionRead)
        pacer.rest(after: took)
        batch = RestoreBatch()
    }

    /// Whether a key that expires at this time, in epoch milliseconds, is to go back; counts what is not.
    private func isAlive(_ expiry: Int?, _ now: Int) -> Bool {
        guard let expiry, expiry <= now else { return true }
        tally.statistics.expired += 1
        return false
    }

    // MARK: Keys

    private func restore(_ keys: [BackupKey]) throws(RedisError) {
        for key in keys {
            var arguments = CommandArguments([key.key.bytes])
            if options.isDryRun {
                try connection.append(.exists, arguments)
                continue
            }
            arguments.append(key.expiresAt ?? 0)
            arguments.append(key.payload)
            if key.expiresAt != nil { arguments.append("ABSTTL") }
            try connection.append(.restore, arguments)
        }
        for key in keys {
            try connection.receiveAny(into: reply)
            if reply.kind(0) == .error {
                let error = RedisError(reply: reply.text(0), to: options.isDryRun ? .exists : .restore)
                if error.serverCode == "BUSYKEY" {
                    tally.note(present: 1)
                } else if case .server(_, "ERR", let message) = error,
                    message.contains("payload") || message.contains("data format")
                {
                    tally.noteRejection(message)
                } else {
                    throw error
                }
            } else if options.isDryRun {
                guard reply.kind(0) == .integer else {
                    throw .unexpectedReply(command: .exists, expected: "a number")
                }
                if reply.integer(0) > 0 {
                    tally.note(present: 1)
                } else {
                    tally.note(as: \.keysRestored, isDryRun: true)
                    sessions.note(key.key.bytes)
                }
            } else {
                tally.note(as: \.keysRestored, isDryRun: false)
            }
        }
    }

    // MARK: Entries

    /// Those whose session is there, or all if that is wanted; counts the others.
    private func entriesOfSessions(_ entries: [BackupEntry]) throws(RedisError) -> [BackupEntry] {
        let present = try sessions.arePresent(entries.map(\.sessionKeys))
        tally.statistics.entriesWithoutSession += present.count { !$0 }
        return zip(entries, present).compactMap { $1 ? $0 : nil }
    }

    /// An index key's expiry time in the backup is that of a key that is gone: another one may have been given a new one.
    private func restore(_ entries: [BackupEntry], at now: Int) throws(RedisError) {
        let expiring = entries.filter { $0.indexExpiresAt != nil }
        for entry in expiring { try connection.append(.exists, CommandArguments([entry.indexKey.bytes])) }
        var isNew: [[UInt8]: Bool] = [:]
        for entry in expiring {
            try connection.receive(into: reply)
            isNew[entry.indexKey.bytes] = reply.kind(0) == .integer && reply.integer(0) == 0
        }
        let entries = try entriesOfSessions(
            entries.filter { isNew[$0.indexKey.bytes] != true || isAlive($0.indexExpiresAt, now) })
        for entry in entries { try appendRestore(of: entry) }
        var remade: [[UInt8]: Int] = [:]
        for entry in entries {
            let command = try connection.receiveAny(into: reply)
            if reply.kind(0) == .error {
                let error = RedisError(reply: reply.text(0), to: command)
                guard error.serverCode == "WRONGTYPE" else { throw error }
                tally.noteRejection(reply.text(0))
                continue
            }
            let isThere = options.isDryRun ? reply.kind(0) == .string || reply.integer(0) == 1 : reply.integer(0) == 0
            guard !isThere else {
                tally.note(present: 1)
                continue
            }
            tally.note(as: \.entriesRestored, isDryRun: options.isDryRun)
            if !options.isDryRun, isNew[entry.indexKey.bytes] == true {
                remade[entry.indexKey.bytes] = entry.indexExpiresAt
            }
        }
        for (key, expiry) in remade {
            var arguments = CommandArguments([key])
            arguments.append(expiry)
            _ = try connection.call(.pexpireat, arguments, into: reply)
        }
    }

    private func appendRestore(of entry: BackupEntry) throws(RedisError) {
        var arguments = CommandArguments([entry.indexKey.bytes])
        if options.isDryRun {
            arguments.append(entry.member.bytes)
            try connection.append(entry.score == nil ? .sismember : .zscore, arguments)
        } else if let score = entry.score {
            arguments.append("NX")
            arguments.append(score)
            arguments.append(entry.member.bytes)
            try connection.append(.zadd, arguments)
        } else {
            arguments.append(entry.member.bytes)
            try connection.append(.sadd, arguments)
        }
    }
}

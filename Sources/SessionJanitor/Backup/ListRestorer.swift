import FoundationEssentials
import RedisClient

/// Puts the entries of a list back where they stood.
struct ListRestorer {
    private let connection: any RedisPipeline
    private let sessions: SessionPresence
    private let isDryRun: Bool
    private let reply = Reply()
    private var script = RestoreScript.insertIntoList

    init(_ connection: any RedisPipeline, sessions: SessionPresence, isDryRun: Bool) {
        self.connection = connection
        self.sessions = sessions
        self.isDryRun = isDryRun
    }

    mutating func restore(_ list: BackupList, _ tally: inout RestoreTally) throws(RedisError) {
        let now = Int(clamping: try ServerClock.read(connection) * 1_000)
        // An application may keep the list beyond that time.
        if let expiry = list.indexExpiresAt, expiry <= now, try isMissing(list.indexKey.bytes) {
            tally.statistics.expired += list.entries.count
            return
        }
        let wanted = try entriesOfSessions(list.entries, &tally)
        guard !wanted.isEmpty else { return }
        guard !isDryRun else { return try look(for: wanted, in: list.indexKey.bytes, &tally) }
        var values = CommandArguments([Array(UUID().uuidString.utf8)])
        values.append(list.indexExpiresAt ?? 0)
        for entry in wanted {
            values.append(entry.position)
            values.append(entry.member.bytes)
        }
        do throws(RedisError) {
            try script.run(connection, keys: CommandArguments([list.indexKey.bytes]), values: values, into: reply)
        } catch .server(.evalsha, _, let text) {
            throw RedisError(scriptFailure: text)
        }
        guard reply.kind(0) == .integer else {
            throw .unexpectedReply(command: .evalsha, expected: "how many entries went back")
        }
        let added = reply.integer(0)
        guard added >= 0 else { return tally.noteRejection("WRONGTYPE: not a list any more", wanted.count) }
        tally.note(restorable: added, as: \.entriesRestored, isDryRun: false)
        tally.note(present: wanted.count - added)
    }

    private func isMissing(_ key: [UInt8]) throws(RedisError) -> Bool {
        _ = try connection.call(.exists, CommandArguments([key]), into: reply)
        guard reply.kind(0) == .integer else { throw .unexpectedReply(command: .exists, expected: "a number") }
        return reply.integer(0) == 0
    }

    /// Those whose session is there, moved up where others before them stay away.
    private func entriesOfSessions(
        _ entries: [BackupList.Entry], _ tally: inout RestoreTally
    ) throws(RedisError) -> [BackupList.Entry] {
        let present = try sessions.arePresent(entries.map(\.sessionKeys))
        var wanted: [BackupList.Entry] = []
        for (index, entry) in entries.enumerated() {
            guard present[index] else {
                tally.statistics.entriesWithoutSession += 1
                continue
            }
            var moved = entry
            moved.position -= index - wanted.count
            wanted.append(moved)
        }
        return wanted
    }

    private func look(
        for entries: [BackupList.Entry], in list: [UInt8], _ tally: inout RestoreTally
    ) throws(RedisError) {
        var arguments = CommandArguments([list])
        arguments.append(0)
        arguments.append(-1)
        try connection.append(.lrange, arguments)
        try connection.receiveAny(into: reply)
        if reply.kind(0) == .error {
            let error = RedisError(reply: reply.text(0), to: .lrange)
            guard error.serverCode == "WRONGTYPE" else { throw error }
            return tally.noteRejection(reply.text(0), entries.count)
        }
        let there = Set((1..<max(reply.count, 1)).map { Array(reply.bytes($0)) })
        let present = entries.count { there.contains($0.member.bytes) }
        tally.note(present: present)
        tally.note(restorable: entries.count - present, as: \.entriesRestored, isDryRun: true)
    }
}

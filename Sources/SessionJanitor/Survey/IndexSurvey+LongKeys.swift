import RedisClient

extension IndexSurvey {
    /// Reads a long key in steps. SCAN and shifting positions may show an entry twice, so hashes of all are kept.
    func readInSteps(_ name: UnsafeRawBufferPointer, _ surveyed: SurveyedKey) throws {
        let type = surveyed.type
        begin(name, surveyed)
        var steps = BatchSizer(
            target: pacer.batchTime, initial: entriesEach.size, limits: 1...20_000, bytes: pacer.bound.bytes / 4)
        var key = ReadKey(type: type, template: surveyed.template, repeats: .many(IdentifierSet()))
        var cursor = "0"
        var position = 0
        // Also what was read of a key before its node was lost, so that the numbers add up.
        defer { if key.entries + key.foreign > 0 { finish(key) } }
        repeat {
            let count = steps.size
            setKey(name, surveyed)
            switch type {
            case .sortedSet, .set:
                arguments.append(cursor)
                arguments.append("COUNT")
                arguments.append(count)
            case .list:
                arguments.append(position)
                arguments.append(position + count - 1)
            }
            let command: RedisCommand =
                switch type {
                case .sortedSet: .zscan
                case .set: .sscan
                case .list: .lrange
                }
            let sent = ContinuousClock.now
            try connection.append(command, arguments)
            _ = try connection.receiveAny(into: reply)
            if reply.kind(0) == .error {
                let error = RedisError(reply: reply.text(0), to: command)
                guard error.serverCode == "WRONGTYPE" else { throw error }
                if key.entries == 0 { noteRetyped(name, surveyed) }
                break
            }
            let took = ContinuousClock.now - sent
            steps.record(count: count, seconds: pacer.serverSeconds(took))
            let entries = try entryRange(command, type == .list ? .list : .set)
            steps.record(count: type == .sortedSet ? entries.count / 2 : entries.count, bytes: reply.byteCount)
            // ZSCAN alternates members and scores.
            take(entries, step: type == .sortedSet ? 2 : 1, of: name, &key)
            position += entries.count
            cursor = type == .list ? (entries.count < count ? "0" : "1") : reply.text(1)
            try progress(indexKeysRead)
            pacer.rest(after: took)
        } while cursor != "0"
    }
}

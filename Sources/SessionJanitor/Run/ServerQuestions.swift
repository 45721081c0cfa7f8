import RedisClient

/// What a run wants to know of the server.
extension Cleanup {
    func measuredPacer(_ connection: any RedisPipeline) throws(RedisError) -> Pacer {
        try Pacer(measuredOn: connection, chunkTime: options.chunkTime, niceRatio: options.niceRatio)
    }

    /// Reads the clocks by which a run judges; none where it needs none.
    func judgingClocks() throws(RedisError) -> ServerClocks {
        let judges = options.dependsOnTime || !options.layout.presenceKeys.isEmpty
        return judges ? try ServerClocks.read(connection) : ServerClocks()
    }

    func retentionPolicy(_ connection: any RedisPipeline) throws -> RetentionPolicy? {
        guard options.includesExpired || options.maximumIdle != nil else { return nil }
        return RetentionPolicy(
            now: clocks.time(ofSlot: 0), maxAgeDays: options.includesExpired ? options.maximumAgeDays : nil,
            clocks: options.layout.expiresBy, maxIdle: options.maximumIdle, asksIdleTime: try knowsIdleTimes(connection)
        )
    }

    /// Under some eviction policies the server counts how often a key is used, and no longer knows when.
    func knowsIdleTimes(_ connection: any RedisPipeline) throws -> Bool {
        guard options.judgesByIdleTime else { return false }
        if options.layout.sortsByValue, !connection.server.leavesIdleTimes { throw CleanupError.idleTimesLost }
        let reply = Reply()
        try connection.append(.info, CommandArguments([Array("memory".utf8)]))
        // Who may not ask is told by the server itself.
        try connection.receiveAny(into: reply)
        let policy = reply.text(0).fields()["maxmemory_policy"] ?? ""
        guard policy.hasSuffix("-lfu") else { return true }
        throw CleanupError.idleTimesUnknown(policy: policy)
    }

    /// Nil for a user without the right to ask, who gets on without it, and where a node is out of reach.
    func databaseSize() throws(RedisError) -> Int? {
        do throws(RedisError) {
            try connection.append(.dbsize, CommandArguments())
            // No server has so many keys; the limit keeps sums and fractions of them exact.
            return min(max(try connection.receiveInteger(into: Reply()), 0), 1 << 50)
        } catch .server {
            return nil
        } catch .unreachable {
            return nil
        }
    }

    /// How to see every key of the server, or of the cluster.
    func keyspaceWalk(
        _ connection: any RedisPipeline, _ policy: RetentionPolicy?, _ ttls: TTLCount,
        leavingAlone keys: IdentifierSet? = nil
    ) -> KeyspaceWalk {
        KeyspaceWalk(
            connection,
            options: WalkOptions(
                layout: options.layout, policy: policy, selection: selection,
                keepsStems: options.maximumSessions != nil && !options.layout.hasUserIndex, clocks: clocks, ttls: ttls,
                chunkTime: options.chunkTime,
                niceRatio: options.niceRatio, keysLeftAlone: keys))
    }

    /// The keys that get a TTL: of those without one, the ones to whose template this run gives one; `own` is what the
    /// layout says of each template.
    func missing(_ own: [Duration?], _ templates: [KeyTemplate], of logs: [ByteLog]) -> ByteLog {
        guard let missing = options.missingTTL else { return ByteLog() }
        let tags = own.indices.filter { missing.ttl(own[$0]) != nil }
        let keys = ByteLog.joining(logs, only: tags.count == own.count ? nil : Set(tags.map { UInt8($0) }))
        guard case .plan(let selection) = selection else { return keys }
        let selected = ByteLog()
        var cursor = ByteLog.Cursor()
        while let record = keys.next(&cursor) {
            let template = templates[Int(record.tag)]
            guard selection.lists(.ttl, .withoutTTL, template, stem: record.bytes) else { continue }
            selected.append(tag: record.tag, record.bytes)
        }
        return selected
    }

    /// Counts the sessions that have no TTL and stay; on a large server, where a plain layout's sessions are not asked
    /// about, in a sample.
    func countTTLs(of walk: KeyspaceWalk, on connection: any RedisPipeline) throws {
        guard !options.countsTTL else {
            found.numbers.sessionsWithoutTTLFound = walk.censuses.reduce(0) { $0 + $1.withoutTTL.count }
            return
        }
        var sample = TTLSample(options.layout.sessionKeys[0])
        for census in walk.censuses {
            try sample.ask(about: census, on: connection, try measuredPacer(connection), checkpoint)
        }
        found.numbers.sessionsWithoutTTLFound = sample.exactCount
        let numbers = found.numbers
        found.numbers.sessionsWithoutTTLEstimated = sample.estimate(
            of: numbers.sessionsChecked - numbers.expiredSessionsFound - numbers.idleSessionsFound)
    }
}

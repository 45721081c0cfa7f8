/// What a run would remove: index keys with the entries that go, each with its reason, and the expired sessions.
///
/// Pure data: a dry run shows it, a real run executes it.
public final class CleanupPlan {
    let entries: EntryLog
    /// Ids of expired sessions, each after the fingerprint of the value that was judged.
    let sessions: ByteLog
    /// Every planned entry was in its index key, with its session missing, at this moment or before.
    let entriesSeen: ContinuousClock.Instant

    init(entries: EntryLog, sessions: ByteLog, entriesSeen: ContinuousClock.Instant) {
        self.entries = entries
        self.sessions = sessions
        self.entriesSeen = entriesSeen
    }

    public var orphanedEntries: Int { entries.orphaned }
    public var expiredEntries: Int { entries.expired }
    public var entryCount: Int { entries.orphaned + entries.expired }
    public var expiredSessions: Int { sessions.count }
    /// How many index keys lose an entry.
    public var indexKeys: Int { entries.indexKeys }
    public var isEmpty: Bool { entryCount == 0 && expiredSessions == 0 }

    /// Calls `body` for each index key and reason with the ids that go, at most `limit` of them at a time.
    func forEachGroup(limit: Int = 1_000, _ body: (_ user: [UInt8], _ reason: RemovalReason, _ ids: [[UInt8]]) -> Void)
    {
        var cursor = ByteLog.Cursor()
        var user: [UInt8] = []
        var ids: [RemovalReason: [[UInt8]]] = [:]
        func finish() {
            for reason in [RemovalReason.orphaned, .expired] {
                if let group = ids[reason], !group.isEmpty { body(user, reason, group) }
            }
            ids = [:]
        }
        while let item = entries.next(&cursor) {
            switch item {
            case .indexKey(let name, _, _):
                finish()
                user = Array(name)
            case .entry(let id, let reason):
                ids[reason, default: []].append(Array(id))
                if ids[reason, default: []].count == limit { finish() }
            }
        }
        finish()
    }
}

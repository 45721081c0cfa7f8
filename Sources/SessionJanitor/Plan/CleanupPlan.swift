/// What a run would remove: index keys with the entries that go, each with its reason, and the expired sessions.
///
/// Pure data: a dry run shows it, a real run executes it.
public final class CleanupPlan {
    let entries: EntryLog
    /// Stems of expired sessions, each after the fingerprint of what was judged, with a tag of ``ExpiredSession``.
    let sessions: ByteLog
    /// Everything planned was last read as it was judged at this moment or before, whatever kind of thing it is.
    let lastRead: ContinuousClock.Instant

    /// Pointers, companions and presence keys.
    let dependents: DependentLog
    /// How ``sessions`` were judged.
    let judged: ExpiryBasis
    /// How many of ``sessions`` a cluster keeps apart from the scores that they were judged by.
    let sessionsApart: Int
    /// Stems of sessions and of presence keys that get a TTL, with the numbers of their templates.
    let sessionsWithoutTTL: ByteLog
    let presenceWithoutTTL: ByteLog

    init(
        entries: EntryLog, sessions: ByteLog, lastRead: ContinuousClock.Instant,
        judged: ExpiryBasis = ExpiryBasis(), sessionsApart: Int = 0, dependents: DependentLog = DependentLog(),
        sessionsWithoutTTL: ByteLog = ByteLog(),
        presenceWithoutTTL: ByteLog = ByteLog()
    ) {
        self.entries = entries
        self.sessions = sessions
        self.lastRead = lastRead
        self.judged = judged
        self.sessionsApart = sessionsApart
        self.dependents = dependents
        self.sessionsWithoutTTL = sessionsWithoutTTL
        self.presenceWithoutTTL = presenceWithoutTTL
    }

    public var orphanedEntries: Int { entries.orphaned }
    public var expiredEntries: Int { entries.expired }
    public var entryCount: Int { entries.orphaned + entries.expired }
    public var expiredSessions: Int { sessions.count }
    /// How many index keys lose an entry.
    public var indexKeys: Int { entries.indexKeys }
    public var dependentCount: Int { dependents.count }
    /// How many entries go from index keys of the template with this number.
    func entryCount(of template: Int) -> Int {
        var cursor = ByteLog.Cursor()
        var isWanted = false
        var count = 0
        while let item = entries.next(&cursor) {
            switch item {
            case .indexKey(_, _, let own, _): isWanted = own == template
            case .entry: if isWanted { count += 1 }
            }
        }
        return count
    }
    /// How many pointers go of the template with this number.
    func pointerCount(of template: Int) -> Int {
        var cursor = ByteLog.Cursor()
        var count = 0
        while let item = dependents.next(&cursor) {
            if item.kind == .pointer, item.template == template { count += 1 }
        }
        return count
    }
    /// How many keys of a kind go, whatever for.
    public func count(of kind: DependentKind) -> Int {
        dependents.count(kind, .orphaned) + dependents.count(kind, .expired)
    }
    /// How many keys get a TTL.
    public var missingTTLs: Int { sessionsWithoutTTL.count + presenceWithoutTTL.count }
    public var isEmpty: Bool { entryCount + expiredSessions + dependentCount + missingTTLs == 0 }

    /// Calls `body` for each index key and reason with the ids that go, at most `limit` of them at a time.
    func forEachGroup(
        limit: Int = 1_000,
        _ body: (_ stem: [UInt8], _ template: Int, _ reason: RemovalReason, _ ids: [[UInt8]]) -> Void
    ) {
        var cursor = ByteLog.Cursor()
        var key: (stem: [UInt8], template: Int) = ([], 0)
        var ids: [RemovalReason: [[UInt8]]] = [:]
        func finish() {
            for reason in [RemovalReason.orphaned, .expired] {
                if let group = ids[reason], !group.isEmpty { body(key.stem, key.template, reason, group) }
            }
            ids = [:]
        }
        while let item = entries.next(&cursor) {
            switch item {
            case .indexKey(let stem, _, let template, _):
                finish()
                key = (Array(stem), template)
            case .entry(let id, let reason):
                ids[reason, default: []].append(Array(id))
                if ids[reason, default: []].count == limit { finish() }
            }
        }
        finish()
    }
}

/// What a run would do to data, each thing with its reason. Pure data: a dry run shows it, a real run executes it.
public final class CleanupPlan {
    /// Entries, pointers, companions and presence keys.
    let log: RemovalLog
    let sessions: ExpiredSessions
    /// Everything in ``log`` was last read as it was judged at this moment or before.
    let lastRead = ContinuousClock.now
    /// How ``sessions`` were judged.
    let judged: ExpiryBasis
    /// How many of them a cluster keeps apart from the scores that they were judged by.
    let sessionsApart: Int
    /// Stems of sessions and of presence keys that get a TTL, with the numbers of their templates.
    let sessionsWithoutTTL: ByteLog
    let presenceWithoutTTL: ByteLog
    /// How many removals there are of each kind, and why.
    public let counts: RemovalTally

    init(
        _ log: RemovalLog, sessions: ExpiredSessions, judged: ExpiryBasis = ExpiryBasis(), sessionsApart: Int = 0,
        sessionsWithoutTTL: ByteLog = ByteLog(), presenceWithoutTTL: ByteLog = ByteLog()
    ) {
        self.log = log
        self.sessions = sessions
        self.judged = judged
        self.sessionsApart = sessionsApart
        self.sessionsWithoutTTL = sessionsWithoutTTL
        self.presenceWithoutTTL = presenceWithoutTTL
        var counts = log.counts
        var cursor = ByteLog.Cursor()
        while let (session, _) = sessions.next(&cursor) { counts[.session, session.reason, .planned] += 1 }
        counts[.ttl, .withoutTTL, .planned] = sessionsWithoutTTL.count + presenceWithoutTTL.count
        self.counts = counts
    }

    /// The same with what was found again of its log.
    func with(_ log: RemovalLog) -> CleanupPlan {
        CleanupPlan(
            log, sessions: sessions, judged: judged, sessionsApart: sessionsApart,
            sessionsWithoutTTL: sessionsWithoutTTL, presenceWithoutTTL: presenceWithoutTTL)
    }

    /// How many removals of these kinds there are.
    public func count(_ kinds: Removal.Kind...) -> Int { counts.count(kinds, .planned) }
    public func count(_ kind: Removal.Kind, _ reason: Removal.Reason) -> Int { counts[kind, reason, .planned] }
    /// How many index keys lose an entry.
    public var indexKeys: Int { log.indexKeys }
    public var isEmpty: Bool { counts.count(Removal.Kind.allCases, .planned) == 0 }
}

extension Layout {
    /// The template of keys of this kind with this number; of entries that of their index keys.
    func template(_ kind: Removal.Kind, _ number: Int) -> KeyTemplate {
        switch kind {
        case .entry: indexKeys[number].template
        case .session, .ttl: sessionKeys[number]
        case .pointer: pointerKeys[number].template
        case .companion: companionKeys[number]
        case .presence: presenceKeys[number].template
        }
    }
}

/// Everything that a run needs to know, resolved.
public struct CleanupOptions: Equatable, Sendable {
    public var layout: Layout
    public var isDryRun: Bool
    /// Whether expired sessions and their entries go too.
    public var includesExpired: Bool
    public var maximumAgeDays = 30
    /// An entry goes only if its session was missing twice, at least this long apart.
    public var grace: Duration
    public var limits = SafetyLimits()
    /// How long one command may keep the server busy.
    public var chunkTime = Duration.milliseconds(1)
    /// How many times as long as a batch took to sleep after it.
    public var niceRatio = 0.0

    /// A session that was not used for so long goes; nil if that does not count.
    public var maximumIdle: Duration?
    /// How many sessions a user may have: the oldest beyond these go; nil for any number.
    public var maximumSessions: Int?
    /// The TTL that sessions and presence keys without any get.
    public var missingTTL: TTLAssignment?

    /// How far the clocks of a cluster's nodes may be apart where anything is judged by the time.
    public var maximumSkew = Duration.seconds(60)

    /// The channel that is told what was removed; nil if nobody is to be told.
    public var channel: String?

    /// Whether the server has to say when a session was used: its own date is better.
    public var judgesByIdleTime: Bool {
        maximumIdle != nil && !layout.dates.contains { $0.clock == .lastAccess }
    }

    /// Whether a run asks for the TTL of every session.
    public var countsTTL: Bool { layout.countsTTL || missingTTL != nil }

    /// Whether sessions may go, and so users be signed out.
    public var removesSessions: Bool { includesExpired || maximumIdle != nil || maximumSessions != nil }

    /// Whether what a run does depends on what time it is.
    var dependsOnTime: Bool { includesExpired || maximumIdle != nil || missingTTL != nil }

    public init(layout: Layout, isDryRun: Bool = false, includesExpired: Bool = false, grace: Duration = .seconds(1)) {
        self.layout = layout
        self.isDryRun = isDryRun
        self.includesExpired = includesExpired
        self.grace = grace
    }
}

/// Is told what a run is doing, between batches; must return quickly.
public protocol CleanupObserver: AnyObject {
    /// `done` of `total` in this phase; in the census keys, in the survey index keys, then entries and sessions.
    func progress(_ phase: CleanupPhase, done: Int, total: Int)
    /// This is removed: in a dry run it would be, in a real one it is gone. Of an index key, the entries with these ids; of
    /// everything else the key, which is of the kind of `template`, and there are no ids.
    func removal(
        _ kind: Removal.Kind, _ reason: Removal.Reason, of template: KeyTemplate, key: [UInt8], ids: [[UInt8]])
    /// Whether removals are of interest; asked once, since gathering costs time.
    var wantsRemovals: Bool { get }
}

/// The stages of a run, in order.
public enum CleanupPhase: String, CaseIterable, Sendable {
    /// Walking the keyspace.
    case census
    /// Reading the index keys.
    case survey
    /// Waiting out the grace time, and asking for the missing sessions once more.
    case secondLook
    case removal
    /// Putting a backup back; a command of its own.
    case restore
}

public import RedisClient

/// What an administrator should know beside the numbers.
public enum CleanupWarning: Equatable, Sendable {
    /// A dry run, and a real one would be refused.
    case wouldBeRefused(Refusal)
    case unreadableIndexKeys(UnreadableIndexKeys)
    /// Index keys changed their type between the plan and the removal of this many entries.
    case retypedEntries(Int)
    case undatedSessions(Int)
    /// Of so many undated sessions some have a date in another unit than the layout says.
    case misdatedSessions(Int, of: Int)
    case unreadableSessions(Int)
    /// Some dates name no zone and were taken for UTC.
    case datesTakenForUTC
    /// Expired sessions were kept, as their value had changed since it was judged.
    case changedSessions(Int)
    /// Sessions that were read count as used now, so that a run soon after cannot find them idle.
    case idleTimesReset
    /// The connection failed with this many removals under way, carried out or not.
    case uncertainRemovals(Int)
    /// So many keys got no TTL, as by the server's clock it would have been another one.
    case ttlsLeftOut(Int)
    /// The server's memory is full, so the run went on without a lock.
    case unlocked
    /// The run stopped when its time was over; nil if it had not looked at everything by then.
    case timeIsUp(LeftOver?)
    /// An option says something only together with another one, which was not given.
    case noEffect(option: String, without: String)
    /// TLS without a check of the server's certificate.
    case unverifiedServer
    /// Group or others may read the file that holds the password.
    case exposedPasswordFile(String)
    /// So many of a cluster's slots have no node, or are being moved, so that keys in them may have been missed.
    case unstableSlots(Int)
    /// A part of the cluster was out of reach after the census; the rest was done.
    case unreachable(Unreachable)
    /// So many entries, pointers and companions cannot name a session, by the layout's member templates and the patterns of
    /// its session keys; left alone.
    case foreignNames(Int)
    /// Presence keys were kept, as the server cannot tell when they were used.
    case unprovenPresence(Int)
    /// So many removals were not published; the server's own word on the first, if it gave one.
    case unpublished(Int, reason: String?)
    /// No key matches a template; so many others there are, nil where the user may not ask.
    case nothingMatches(Layout, otherKeys: Int?)
    /// So many removals of a plan file have lost their reason since.
    case outdatedPlan(Int, of: Int)
}

/// What a run did not get to, as a part of the cluster was lost after the census, or as slots stayed on their way.
public struct Unreachable: Equatable, Sendable {
    /// Index keys that were not read.
    public var indexKeys = 0
    /// Entries and sessions that stayed.
    public var items = 0
    /// Slots of which not all keys were seen, as their node was lost.
    public var slots = 0
    /// The addresses of nodes that did not answer any more.
    public var nodes: Set<String> = []

    /// Notes which nodes a cluster's conversation has given up.
    mutating func note(_ connection: any RedisPipeline) {
        nodes.formUnion(connection.lostNodes.map(\.description))
    }

    var isEmpty: Bool { indexKeys + items + slots == 0 }
}

/// What ended a run before its time.
public enum CleanupError: Error, Equatable, Sendable {
    case redis(RedisError)
    case lock(LockError)
    case backup(BackupError)
    case plan(PlanError)
    /// A key is of two kinds by the templates of the layout.
    case ambiguousKey([UInt8], String, String)
    /// Nothing tells when a session was last used: the server's eviction policy counts how often, not when.
    case idleTimesUnknown(policy: String)
    /// So many sessions have an id that begins so.
    case ambiguousSession([UInt8], count: Int)
    /// No session has an id that begins so.
    case unknownSession([UInt8])
    /// Every key has to be read to know whether it is a session, and that counts as use.
    case idleTimesLost
    /// Anything else, in its own words.
    case other(String)

    /// Whether nothing failed, and something may not be done.
    public var isRefusal: Bool {
        switch self {
        case .backup(.madeElsewhere), .plan(.badLine), .plan(.madeElsewhere): true
        default: false
        }
    }

    public init(_ error: any Error) {
        switch error {
        case let error as CleanupError: self = error
        case let error as RedisError: self = .redis(error)
        case let error as LockError: self = .lock(error)
        case let error as BackupError: self = .backup(error)
        case let error as PlanError: self = .plan(error)
        default: self = .other(String(describing: error))
        }
    }
}

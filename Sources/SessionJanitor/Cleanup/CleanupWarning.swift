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
}

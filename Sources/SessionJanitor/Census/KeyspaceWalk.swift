/// Sees every key once: the census of the session keys and then the survey of the index keys.
protocol KeyspaceWalk: AnyObject {
    /// They share what they have seen: sets of sessions, of users and of keys.
    var censuses: [Census] { get }
    var surveys: [IndexSurvey] { get }
    /// Slots of a cluster whose keys may not all have been seen.
    var unstableSlots: Int { get }
    /// What could not be read of a cluster, as its node was lost after the census.
    var unread: Unreachable { get }

    func takeCensus(_ progress: @escaping (_ fraction: Double) throws -> Void) throws
    /// `expired` has the numbers of the sessions that the census found expired.
    func readIndexKeys(_ expired: ExpiredSessions.Numbers?, _ progress: @escaping (_ indexKeys: Int) throws -> Void)
        throws
}

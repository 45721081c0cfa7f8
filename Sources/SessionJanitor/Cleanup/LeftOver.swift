/// What a run that was stopped has left for the next one.
public struct LeftOver: Equatable, Sendable {
    /// Entries without a session, and how many of them lost it to this run.
    public var entries: Int
    public var entriesOfRemovedSessions: Int
    /// Expired and idle sessions.
    public var sessions: Int
    /// Pointers, companions and presence keys.
    public var dependents: Int
    /// Keys that were to get a TTL.
    public var ttls: Int

    public init(
        entries: Int, entriesOfRemovedSessions: Int = 0, sessions: Int = 0, dependents: Int = 0, ttls: Int = 0
    ) {
        self.entries = entries
        self.entriesOfRemovedSessions = entriesOfRemovedSessions
        self.sessions = sessions
        self.dependents = dependents
        self.ttls = ttls
    }
}

/// What restoring a backup needs to know.
public struct RestoreOptions: Equatable, Sendable {
    public var isDryRun: Bool
    /// Whether the backup may come from another server or database.
    public var allowsOtherServer: Bool
    /// Whether entries go back whose session is neither there nor restored.
    public var includesEntriesWithoutSession: Bool
    /// How long one batch may keep the server busy.
    public var chunkTime: Duration
    /// How many times as long as a batch took to sleep after it.
    public var niceRatio: Double

    public init(
        isDryRun: Bool = false, allowsOtherServer: Bool = false, includesEntriesWithoutSession: Bool = false,
        chunkTime: Duration = .milliseconds(1), niceRatio: Double = 0
    ) {
        self.isDryRun = isDryRun
        self.allowsOtherServer = allowsOtherServer
        self.includesEntriesWithoutSession = includesEntriesWithoutSession
        self.chunkTime = chunkTime
        self.niceRatio = niceRatio
    }
}

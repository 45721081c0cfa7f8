/// What restoring a backup needs to know.
public struct RestoreOptions: Equatable, Sendable {
    public var isDryRun = false
    /// Whether the backup may come from another server or database.
    public var allowsOtherServer = false
    /// The user whose share goes back; nil if all of it does.
    public var user: [UInt8]?
    /// Whether entries go back whose session is neither there nor restored.
    public var includesEntriesWithoutSession = false
    /// How long one batch may keep the server busy.
    public var chunkTime = Duration.milliseconds(1)
    /// How many times as long as a batch took to sleep after it.
    public var niceRatio = 0.0

    public init() {}
}

/// The numbers of a restore. Keys, entries and TTLs that stood in the backup are each counted in exactly one of `restorable`,
/// `present`, `expired`, `entriesWithoutSession` and `rejected`. Their names in a report come from these.
public struct RestoreStatistics: Equatable, Sendable, Encodable {
    public var linesRead = 0
    /// Keys and entries that are missing, and go back; in a dry run they would.
    public var restorable = 0
    public var restored = 0
    public var keysRestored = 0
    public var entriesRestored = 0
    /// TTLs that a run had set, and that were taken back.
    public var ttlsCleared = 0
    /// There is something now, which is left as it is.
    public var present = 0
    /// Their time has come meanwhile.
    public var expired = 0
    public var entriesWithoutSession = 0
    /// Lines that cannot be read, or that no run has written.
    public var damaged = 0
    /// What the server would not take: a payload of a newer Redis, an index key of another type now.
    public var rejected = 0
    public var writeCommandsSent = 0

    public init() {}
}

/// What came of restoring a backup.
public struct RestoreReport: RunReport, Sendable {
    public enum Warning: Equatable, Sendable {
        /// The last line has no end: the run stopped while it wrote it, before the removal that it was to cover.
        case cutOff
        case damaged(lines: Int)
        /// No run on the header's layout has written them.
        case foreign(lines: Int)
        /// `example` is the first that the server would not take, in its words.
        case rejected(Int, example: String)
        case entriesWithoutSession(Int)
        /// The server's memory is full, so no lock was taken.
        case unlocked
        /// One that any run may have.
        case general(CleanupWarning)
    }

    public var statistics = RestoreStatistics()
    public var outcome = CleanupOutcome.completed
    public var warnings: [Warning] = []
    /// Set when the outcome is `interrupted`.
    public var stop: RunStop?
    /// Set when the outcome is `failed` or `refused`.
    public var error: CleanupError?

    public init() {}

    /// The report of a restore that never began.
    public init(failed error: CleanupError) {
        self.error = error
        outcome = error.isRefusal ? .refused : .failed
    }

    public var hasChangedData: Bool { statistics.restored > 0 }

    public mutating func noteUnlocked() {
        warnings.append(.unlocked)
    }
}

/// The numbers of a restore. Keys, entries and TTLs that stood in the backup are each counted in exactly one of `restorable`,
/// `present`, `expired`, `entries_without_session` and `rejected`.
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

    enum CodingKeys: String, CodingKey {
        case linesRead = "lines_read"
        case restorable, restored
        case keysRestored = "keys_restored"
        case entriesRestored = "entries_restored"
        case ttlsCleared = "ttls_cleared"
        case present, expired
        case entriesWithoutSession = "entries_without_session"
        case damaged, rejected
        case writeCommandsSent = "write_commands_sent"
    }
}

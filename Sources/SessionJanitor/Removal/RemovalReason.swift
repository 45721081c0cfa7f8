/// Why an entry goes.
public enum RemovalReason: UInt8, Sendable {
    /// Its session does not exist.
    case orphaned
    /// Its session is expired and goes too.
    case expired
}

/// What a session's date tells.
public enum SessionDate: String, CaseIterable, Sendable {
    case created
    case lastAccess = "last-access"
    case expiry
}

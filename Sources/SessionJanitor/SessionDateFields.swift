/// The fields of a session's JSON object that hold its dates, as epoch seconds.
public struct SessionDateFields: Equatable, Sendable {
    /// When the session was created.
    public let created: String
    /// When the session ends.
    public let expiry: String
}

import TestSupport

/// What a key is to its store.
enum RandomLayoutRole: Equatable {
    case session
    case index
    /// A string that holds the id of a session, which may have to name this token.
    case pointer(token: Bytes)
    /// A hash of which these fields hold the ids of sessions.
    case pointers(fields: Set<Bytes>)
    /// Belongs to the session of this key.
    case companion(of: Bytes)
    case presence(user: Bytes)
    case foreign
}

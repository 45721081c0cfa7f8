/// A kind of index key, and how its members name sessions.
public struct IndexKey: Equatable, Sendable {
    public let template: KeyTemplate
    /// Tried in order.
    public internal(set) var members: [MemberTemplate] = []

    /// Whether a member is the session id, whatever it is, and that alone is the session's identity.
    func namesByIdentifier(_ layout: Layout) -> Bool {
        members.count == 1 && members[0].isIdentifier && layout.identity == ["id"]
            && layout.sessionKeys.allSatisfy { $0.patterns.allSatisfy { $0 == nil } }
    }
}

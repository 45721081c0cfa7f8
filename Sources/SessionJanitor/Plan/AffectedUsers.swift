/// A user of whom a plan removes something.
public struct AffectedUser: Equatable, Sendable {
    public let user: [UInt8]
    /// Orphaned entries of the user's.
    public var orphans = 0
    /// Sessions that go.
    public var sessions = 0
}

extension CleanupPlan {
    /// The users of whom something is removed, those with the most first; what names no user is nobody's.
    ///
    /// Where a session's key does not name its user, the entries tell that go with it.
    public func affectedUsers(_ layout: Layout) -> [AffectedUser] {
        let keysNameUsers = layout.sessionKeys.allSatisfy { $0.variables.contains("user") }
        var names = RemovalNames(layout)
        var users: [[UInt8]: AffectedUser] = [:]
        forEach(layout) { removal in
            guard let user = names.find(removal.kind, removal.template, removal.key, removal.value).user else { return }
            switch removal.kind {
            case .entry where removal.reason == .orphaned: users[user, default: AffectedUser(user: user)].orphans += 1
            case .entry where !keysNameUsers, .session: users[user, default: AffectedUser(user: user)].sessions += 1
            default: break
            }
        }
        return users.values.sorted {
            let (one, other) = ($0.orphans + $0.sessions, $1.orphans + $1.sessions)
            return one == other ? $0.user.lexicographicallyPrecedes($1.user) : one > other
        }
    }
}

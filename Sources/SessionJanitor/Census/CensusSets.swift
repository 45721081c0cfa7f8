/// What the censuses of a walk have seen between them: each session, key and user counts once, whoever sees it first.
struct CensusSets {
    /// The ids of the sessions found.
    let sessions: IdentifierSet
    let indexKeys: IdentifierSet
    /// The names of the session keys, where a session may have several.
    let sessionKeys: IdentifierSet?
    /// Where a session may have several keys, those of which one stays.
    let staying: IdentifierSet
    /// The users that sessions name; ``IdentifierSet/Flags/listed`` are those of whom a session stays.
    let users: IdentifierSet
    /// The names of pointers, companions and presence keys.
    let dependents: IdentifierSet

    /// `isShared` says that several threads are going to use them at once.
    init(_ layout: Layout, isShared: Bool = false) {
        func set() -> IdentifierSet { IdentifierSet(isShared: isShared) }
        sessions = set()
        indexKeys = set()
        sessionKeys = layout.sessionKeys.count > 1 ? set() : nil
        staying = set()
        users = set()
        dependents = set()
    }
}

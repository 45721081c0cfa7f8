/// What the removal of keys that depend on sessions, and the setting of TTLs, came to.
struct DependentResults {
    private(set) var removed: [RemovalReason: [DependentKind: Int]] = [:]
    /// Found, and kept as their session was there in the end, or as they were touched.
    private(set) var kept: [RemovalReason: [DependentKind: Int]] = [:]
    /// Presence keys of which the server cannot tell whether they were touched; kept.
    var unproven = 0
    /// Gone by themselves.
    var gone = 0
    var ttlsSet = 0
    /// Keys that were to get a TTL and need none any more.
    var ttlsNotNeeded = 0
    /// TTLs that were not set, as by the server's clock they would have been others.
    var ttlsLeftOut = 0
    /// Changes that were under way when the connection failed.
    var uncertain = 0

    mutating func noteRemoved(_ kind: DependentKind, _ reason: RemovalReason) {
        removed[reason, default: [:]][kind, default: 0] += 1
    }

    mutating func noteKept(_ kind: DependentKind, _ reason: RemovalReason) {
        kept[reason, default: [:]][kind, default: 0] += 1
    }

    /// How many of the planned keys were removed, kept or gone.
    var dealtWith: Int {
        (Array(removed.values) + kept.values).reduce(unproven + gone) { $0 + $1.values.reduce(0, +) }
    }
    var ttlsDealtWith: Int { ttlsSet + ttlsNotNeeded }

    func removed(_ kind: DependentKind, _ reason: RemovalReason) -> Int { removed[reason]?[kind] ?? 0 }
    func kept(_ kind: DependentKind, _ reason: RemovalReason) -> Int { kept[reason]?[kind] ?? 0 }
}

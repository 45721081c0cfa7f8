import RedisClient

/// What depends on a session as it was before it was taken out: a whole key, or a field of a hash.
struct DependentCopy {
    /// What `DUMP` gave of a whole key; nil for a field, which holds what was planned.
    let payload: [UInt8]?
    /// The milliseconds that the key had left; below 0 for a key that does not expire.
    let lifetime: Int
    let readAt: ContinuousClock.Instant

    /// The milliseconds that the key has left by now, at least one; 0 for a key that does not expire.
    var remaining: Int {
        guard lifetime >= 0 else { return 0 }
        return max(lifetime - Int(clamping: (ContinuousClock.now - readAt) / .milliseconds(1)), 1)
    }

    /// Appends what ``ClusterRemovalScript/takeKey`` or ``ClusterRemovalScript/takeField`` wants to know.
    func append(_ item: PlannedDependent, to items: inout ScriptItems) {
        items.keys.append(item.key)
        if let field = item.field { items.values.append(field) }
        if let payload { items.values.append(payload) }
        items.values.append(lifetime)
        if item.kind == .pointer { items.values.append(item.value) }
        items.endItem()
    }
}

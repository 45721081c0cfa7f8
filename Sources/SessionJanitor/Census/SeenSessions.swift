/// The sessions in one SCAN reply, in four columns.
struct SeenSessions {
    /// Their places in the reply.
    var nodes: [Int] = []
    /// The hashes of their identities.
    var hashes: [UInt64] = []
    /// Their templates and users, where a layout is not plain.
    var templates: [UInt8] = []
    var users: [UInt64] = []

    mutating func removeAll() {
        nodes.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
        templates.removeAll(keepingCapacity: true)
        users.removeAll(keepingCapacity: true)
    }
}

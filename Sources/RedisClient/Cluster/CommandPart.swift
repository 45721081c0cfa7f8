/// One node's share of a command to a cluster.
struct CommandPart {
    /// Below zero if it is lost, with the place of the reason.
    var link: Int
    /// The slot of its key, if it has one.
    var slot: Int?
}

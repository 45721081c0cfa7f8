/// Why a replica is not read from.
public enum ReplicaError: Error, Equatable, Sendable {
    /// The primary has none that is online.
    case none
    /// It is no replica; `role` is what it calls itself.
    case notReplica(role: String)
    /// It belongs to another primary.
    case otherPrimary
    /// It is just being filled.
    case synchronising
    case linkDown
    /// The primary was heard of last so long ago.
    case silent(seconds: Int)
    /// It did not catch up with the primary within the time allowed.
    case lagging(seconds: Double)
    /// The address of one replica was given, where every primary has its own.
    case addressForCluster
}

/// The Redis types of an index key that can hold session ids.
public enum IndexType: UInt8, CaseIterable, Sendable {
    case sortedSet, set, list

    /// From the answer of `TYPE`; nil for a type that cannot hold ids.
    init?(redisName: String) {
        switch redisName {
        case "zset": self = .sortedSet
        case "set": self = .set
        case "list": self = .list
        default: return nil
        }
    }
}

/// Keys with an index key's name and a type that cannot hold ids: how many, and the first few by name.
public struct UnreadableIndexKeys: Equatable, Sendable {
    public struct Example: Equatable, Sendable {
        public let key: [UInt8]
        /// Redis's name of the type, such as `hash`.
        public let type: String
    }

    public private(set) var count = 0
    public private(set) var examples: [Example] = []

    /// So many are named in a report.
    static let named = 10

    mutating func add(_ others: UnreadableIndexKeys) {
        count += others.count
        examples += others.examples.prefix(UnreadableIndexKeys.named - examples.count)
    }

    mutating func add(_ key: [UInt8], type: String) {
        count += 1
        if examples.count < UnreadableIndexKeys.named { examples.append(Example(key: key, type: type)) }
    }
}

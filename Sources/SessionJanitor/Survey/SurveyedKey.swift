/// The Redis types of an index key that can hold session ids.
public enum IndexType: UInt8, CaseIterable, Sendable {
    case sortedSet, set, list
    /// Where the layout says so.
    case hash

    /// From the answer of `TYPE`; nil for a type that cannot hold ids by itself.
    init?(redisName: String) {
        switch redisName {
        case "zset": self = .sortedSet
        case "set": self = .set
        case "list": self = .list
        default: return nil
        }
    }
}

/// What is known of an index key beside its name, in six bits of a log's tag.
struct SurveyedKey {
    let type: IndexType
    /// Which of the index key templates it is of: at most 16.
    let template: Int

    init(type: IndexType, template: Int) {
        self.type = type
        self.template = template
    }

    init(tag: UInt8) {
        type = IndexType(rawValue: tag & 3) ?? .sortedSet
        template = Int(tag >> 2)
    }

    var tag: UInt8 { type.rawValue | UInt8(template) << 2 }
}

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

/// What was seen of an index key so far.
struct ReadKey {
    let type: IndexType
    /// Which of the index key templates it is of.
    let template: Int
    /// The entries seen so far, where one may be seen twice.
    var repeats: Repeats
    var entries = 0
    var valid = 0
    /// Entries whose session the census found, expired or not.
    var named = 0
    /// Members that name no session.
    var foreign = 0
    /// Its place among the candidates, if it has any.
    var place: ByteLog.Cursor?

    enum Repeats {
        case none
        /// For a list that is read at once.
        case few(Set<UInt64>)
        /// For a long key: a sixth of the memory.
        case many(IdentifierSet)

        /// Whether an entry is seen for the first time.
        mutating func isNew(_ hash: @autoclosure () -> UInt64) -> Bool {
            switch self {
            case .none: return true
            case .many(let set): return set.insert(hash())
            case .few(var set):
                self = .none
                defer { self = .few(set) }
                return set.insert(hash()).inserted
            }
        }
    }

    init(type: IndexType, template: Int, repeats: Repeats) {
        self.type = type
        self.template = template
        self.repeats = repeats
    }
}

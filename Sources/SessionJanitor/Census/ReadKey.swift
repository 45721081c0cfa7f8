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

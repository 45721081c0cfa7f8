import TestSupport

/// A key of a database, with all there is to it.
struct StoredKey: Equatable {
    enum Content: Equatable {
        case string(Bytes)
        /// Members with their scores as Redis writes them.
        case sortedSet([Bytes: Bytes])
        case set(Set<Bytes>)
        case list([Bytes])
        case hash([Bytes: Bytes])
        /// Whatever the command that reads all of a stream answers.
        case stream(RedisValue)
    }

    var content: Content
    /// Epoch milliseconds; nil if the key has no TTL.
    var expiresAt: Int?

    /// How many milliseconds two readings of the same expiry may be apart: servers before Redis 7 tell what is left.
    static let expiryTolerance = ServerProgram.isAtLeast(7) ? 0 : 1_000

    static func == (one: StoredKey, other: StoredKey) -> Bool {
        let isSameTime =
            switch (one.expiresAt, other.expiresAt) {
            case (nil, nil): true
            case (let first?, let second?): abs(first - second) <= expiryTolerance
            default: false
            }
        return isSameTime && one.content == other.content
    }

    /// The ids that the key lists, each once; nil if its type cannot hold ids.
    var identifiers: Set<Bytes>? { identifiers(ofHash: false) }

    /// The same of an index that has to be a hash, or must not be one.
    func identifiers(ofHash isHash: Bool) -> Set<Bytes>? {
        if isHash {
            guard case .hash(let fields) = content else { return nil }
            return Set(fields.keys)
        }
        return switch content {
        case .sortedSet(let members): Set(members.keys)
        case .set(let members): members
        case .list(let elements): Set(elements)
        case .string, .hash, .stream: nil
        }
    }

    /// The key without these ids; nil if nothing is left of it.
    func removing(_ gone: Set<Bytes>) -> StoredKey? {
        var copy = self
        switch content {
        case .sortedSet(let members): copy.content = .sortedSet(members.filter { !gone.contains($0.key) })
        case .set(let members): copy.content = .set(members.subtracting(gone))
        case .list(let elements): copy.content = .list(elements.filter { !gone.contains($0) })
        case .hash(let fields):
            copy.content = .hash(fields.filter { !gone.contains($0.key) })
            return fields.keys.allSatisfy(gone.contains) ? nil : copy
        case .string, .stream: return self
        }
        return copy.identifiers?.isEmpty == true ? nil : copy
    }
}

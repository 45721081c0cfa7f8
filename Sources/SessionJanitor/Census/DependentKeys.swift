import RedisClient

/// The keys of a layout that depend on sessions, as a census finds them: those that no other has found before.
final class DependentKeys {
    /// Each with the number of its template as its tag, and its stem.
    let pointers = ByteLog()
    let companions = ByteLog()
    let presenceKeys = ByteLog()
    private let seen: IdentifierSet

    /// `seen` are the names of those that count already.
    init(seen: IdentifierSet) {
        self.seen = seen
    }

    func note(_ kind: KeyClassifier.Kind, _ template: Int, _ key: UnsafeRawBufferPointer, _ pattern: KeyTemplate) {
        guard seen.insert(IdentifierSet.hash(key)) else { return }
        let log =
            switch kind {
            case .pointer: pointers
            case .companion: companions
            default: presenceKeys
            }
        log.append(tag: UInt8(template), pattern.stem(of: key))
    }
}

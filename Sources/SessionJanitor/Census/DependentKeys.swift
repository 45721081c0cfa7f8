import RedisClient

/// The keys of a layout that depend on sessions, as the census finds them: each once.
final class DependentKeys {
    /// Each with the number of its template as its tag, and its stem.
    let pointers = ByteLog()
    let companions = ByteLog()
    let presenceKeys = ByteLog()
    private let seen = IdentifierSet()

    func note(_ kind: KeySorter.Kind, _ template: Int, _ key: UnsafeRawBufferPointer, _ pattern: KeyTemplate) {
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

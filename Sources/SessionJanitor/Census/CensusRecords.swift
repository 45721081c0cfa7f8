import RedisClient

/// What the censuses of a walk have seen between them: each session, key and user counts once, whoever sees it first.
struct CensusSets {
    /// The ids of the sessions found.
    let sessions: IdentifierSet
    let indexKeys: IdentifierSet
    /// The names of the session keys, where a session may have several or its value makes it one.
    let sessionKeys: IdentifierSet?
    /// Where a session may have several keys, those of which one stays.
    let staying: IdentifierSet
    /// The users that sessions name; ``IdentifierSet/Flags/listed`` are those of whom a session stays.
    let users: IdentifierSet
    /// The names of pointers, companions and presence keys.
    let dependents: IdentifierSet

    /// `isShared` says that several threads are going to use them at once.
    init(_ layout: Layout, isShared: Bool = false) {
        func set() -> IdentifierSet { IdentifierSet(isShared: isShared) }
        sessions = set()
        indexKeys = set()
        sessionKeys = layout.sessionKeys.count > 1 || layout.readsStanding ? set() : nil
        staying = set()
        users = set()
        dependents = set()
    }
}

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

/// Sessions whose values are asked for in one go, in columns.
struct ValueBatch {
    var keys = CommandArguments()
    var hashes: [UInt64] = []
    var templates: [UInt8] = []
    var users: [UInt64] = []
    /// Whether the sizes of its values are known to be within the bound together, or it is one value.
    var isSized = false

    subscript(places: some Collection<Int>) -> ValueBatch {
        var batch = ValueBatch(isSized: true)
        for index in places {
            keys.withArgument(index) { batch.keys.append($0) }
            batch.hashes.append(hashes[index])
            if !templates.isEmpty { batch.templates.append(templates[index]) }
            if !users.isEmpty { batch.users.append(users[index]) }
        }
        return batch
    }
}

/// A session that goes, as it stands in a log: which kind of key it is, and why it goes.
struct ExpiredSession {
    let template: Int
    let reason: Removal.Reason
    /// Whether it goes because nobody has asked for the key; nothing was read of it then.
    let isJudgedByAccess: Bool

    /// Those for which a session may go, by their numbers in a tag.
    private static let reasons: [Removal.Reason] = [.expired, .idle, .excess, .revoked]

    init(template: Int, reason: Removal.Reason, isJudgedByAccess: Bool = false) {
        self.template = template
        self.reason = reason
        self.isJudgedByAccess = isJudgedByAccess
    }

    init(tag: UInt8) {
        template = Int(tag & 0x0f)
        reason = ExpiredSession.reasons[Int(tag >> 4 & 3)]
        isJudgedByAccess = tag & 0x40 != 0
    }

    /// In the log it stands after the fingerprint of what was judged.
    func stem(of record: ByteLog.Record) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: record.bytes[8...])
    }

    var tag: UInt8 {
        let number = ExpiredSession.reasons.firstIndex(of: reason) ?? 0
        return UInt8(template) | UInt8(number) << 4 | (isJudgedByAccess ? 0x40 : 0)
    }
}

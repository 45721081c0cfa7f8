import RedisClient

/// A removal with everything that carrying it out takes; outlives the log's own record.
struct RemovalItem {
    /// What is changed of its key.
    enum Target {
        /// A member of an index key.
        case member(IndexType)
        case key
        case field(String)
        /// A TTL is set: until when, in epoch milliseconds by the clock of the key's node, and how many milliseconds that is.
        case expiry(at: Int, ttl: Int)

        /// What scripts call it.
        var action: String {
            switch self {
            case .member(.sortedSet): "z"
            case .member(.set): "s"
            case .member(.list): "l"
            case .member(.hash): "f"
            case .field: "h"
            case .key: "k"
            case .expiry: "x"
            }
        }

        var field: String? { if case .field(let field) = self { field } else { nil } }
    }

    let kind: Removal.Kind
    let reason: Removal.Reason
    /// The number of its key's template.
    let template: Int
    let key: [UInt8]
    var target = Target.key
    /// Of an entry: its member, and in a sorted set the score that it must still have. It stays where that is not a number.
    var member: [UInt8] = []
    var score: Double?
    /// Of a pointer what it held when it was judged, of an entry that is a field of a hash what was read of it just before.
    var value: [UInt8] = []
    /// The keys of its session; none of a session, a presence key or a TTL.
    var sessions = CommandArguments()
    /// Whether they have to be absent: not where that follows from what became of ``session``.
    var asksForSession = true
    /// What the session has to name, and where; nil if it need not name anything.
    var token: [UInt8] = []
    var backCheck: ValueSource?
    /// Of a session the fingerprint of what was judged.
    var fingerprint: UInt64 = 0
    /// Whether it is a session that goes because nobody has asked for its key.
    var isJudgedByAccess = false
    /// The sorted sets with dates of a session, and for each the member.
    var sets = CommandArguments()
    var members = CommandArguments()
    /// The place in the batch of the session that it goes with.
    var session: Int?
    /// Whether its session, or of a session a sorted set with its date, is in another slot, so that no script sees both.
    var isCrossSlot = false

    // MARK: As it was read just before

    /// What `DUMP` gave of a whole key.
    var payload: [UInt8]?
    /// The milliseconds that its key had left; below 0 for a key that does not expire; nil where that was not asked.
    var lifetime: Int?
    var readAt: ContinuousClock.Instant?
    /// The positions of an entry in a list.
    var positions: [Int] = []

    /// Of a whole key that this run has recorded already, the mark of that: of two records a restore takes the first.
    var recordedMark: UInt64?

    /// What became of it; nil until that is known.
    var outcome: RemovalTally.Outcome?

    /// What tells it from another one of the same name, as far as it was read.
    var contentMark: UInt64? {
        if case .member(.hash) = target { return value.withUnsafeBytes(\.sha1Prefix) }
        return score?.bitPattern ?? payload.map { $0.withUnsafeBytes(\.sha1Prefix) }
    }

    /// Whether it is removed only as the copy has it: what is recorded and what is removed are the same then. What goes as
    /// nobody has asked for it since it was copied is the same anyway; a session that somebody wants ended goes however it is.
    var comparesCopy: Bool {
        guard payload != nil, case .key = target else { return false }
        return kind != .presence && !isJudgedByAccess && reason != .revoked
    }

    /// Whether it is a session that is removed only as it was judged.
    var comparesValue: Bool { kind == .session && !isJudgedByAccess && reason != .revoked }

    /// The milliseconds that its key has left by now, at least one; 0 for a key that does not expire.
    var remaining: Int {
        guard let lifetime, lifetime >= 0, let readAt else { return 0 }
        return max(lifetime - Int(clamping: (ContinuousClock.now - readAt) / .milliseconds(1)), 1)
    }
}

extension [RemovalItem] {
    /// These places by what their items have in common, each group in the order in which its first one comes.
    func grouped<Key: Hashable>(_ places: [Int], by key: (RemovalItem) -> Key) -> [[Int]] {
        var numbers: [Key: Int] = [:]
        var groups: [[Int]] = []
        for place in places {
            let number = numbers[key(self[place]), default: groups.count]
            if number == groups.count {
                numbers[key(self[place])] = number
                groups.append([])
            }
            groups[number].append(place)
        }
        return groups
    }
}

/// Makes items of a plan's removals.
struct RemovalItems {
    private let layout: Layout
    private let connection: any RedisPipeline
    private var resolver: SessionResolver
    /// Nil where sessions are not judged by scores.
    private var scores: ScoreReader?
    /// The index key in hand.
    private var holder: (key: [UInt8], type: IndexType, template: Int) = ([], .sortedSet, 0)

    init(_ layout: Layout, _ connection: any RedisPipeline, countsScores: Bool = false) {
        self.layout = layout
        self.connection = connection
        resolver = SessionResolver(layout)
        if countsScores { scores = ScoreReader(layout) }
    }

    mutating func session(_ removal: Removal) -> RemovalItem {
        var item = RemovalItem(
            kind: .session, reason: removal.reason, template: removal.template,
            key: layout.sessionKeys[removal.template].key(stem: removal.stem))
        item.asksForSession = false
        item.fingerprint = removal.fingerprint
        item.isJudgedByAccess = removal.isJudgedByAccess
        guard item.comparesValue else { return item }
        var (sets, members) = (CommandArguments(), CommandArguments())
        scores?.append(0, of: CommandArguments([item.key]), sets: &sets) { members.append(contentsOf: $0) }
        (item.sets, item.members) = (sets, members)
        findSlots(sets, &item)
        return item
    }

    /// Begins an index key; the entries that follow belong to it.
    mutating func begin(_ type: IndexType, _ template: Int, stem: UnsafeRawBufferPointer) {
        holder = (layout.indexKeys[template].template.key(stem: stem), type, template)
        resolver.begin(template, stem: stem)
    }

    /// An entry of the index key in hand.
    mutating func entry(_ removal: Removal, member: UnsafeRawBufferPointer) -> RemovalItem {
        var item = RemovalItem(kind: .entry, reason: removal.reason, template: holder.template, key: holder.key)
        item.target = .member(holder.type)
        item.member = Array(member)
        if holder.type == .sortedSet { item.score = removal.mark.map { Double(bitPattern: $0) } }
        if holder.type == .hash, let mark = removal.mark, mark != 0 { item.recordedMark = mark }
        resolver.appendKeys(of: member, to: &item.sessions)
        findSlots(item.sessions, &item)
        return item
    }

    /// A pointer, a companion or a presence key.
    mutating func dependent(_ removal: Removal) -> RemovalItem {
        var item = RemovalItem(
            kind: removal.kind, reason: removal.reason, template: removal.template,
            key: layout.template(removal.kind, removal.template).key(stem: removal.stem))
        item.value = Array(removal.value)
        if let mark = removal.mark, mark != 0 { item.recordedMark = mark }
        item.asksForSession = removal.kind != .presence
        _ = resolver.withRoute(removal.kind, removal.template, stem: removal.stem, value: removal.value) {
            $0.appendKeys(to: &item.sessions, outer: $1, inner: $2)
        }
        if removal.kind == .pointer {
            let pointer = layout.pointerKeys[removal.template]
            if let field = pointer.field { item.target = .field(field) }
            if let token = resolver.token(removal.template, stem: removal.stem) {
                item.token = Array(token)
                item.backCheck = pointer.backCheck
            }
        }
        findSlots(item.sessions, &item)
        return item
    }

    /// The hash of the user that a presence key names.
    mutating func user(_ removal: Removal) -> UInt64? {
        resolver.user(removal.template, stem: removal.stem)
    }

    private func findSlots(_ others: CommandArguments, _ item: inout RemovalItem) {
        guard connection.isCluster else { return }
        let slot = item.key.withUnsafeBytes(connection.slot)
        item.isCrossSlot = (0..<others.count).contains { others.withArgument($0, connection.slot) != slot }
    }
}

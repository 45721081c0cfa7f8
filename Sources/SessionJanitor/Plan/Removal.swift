/// One thing that a run does to data: takes an entry out of an index key, removes a key or a field, or sets a TTL.
///
/// Its bytes are those of the log that it stands in.
public struct Removal {
    /// What kind of thing it is, for counting and telling.
    public enum Kind: UInt8, CaseIterable, Sendable {
        case entry, pointer, companion, presence, session, ttl

        /// The keys that depend on sessions.
        static let dependents: [Kind] = [.pointer, .companion, .presence]

        /// What plans and events call it.
        var name: String { "\(self)" }
    }

    /// Why it is done.
    public enum Reason: UInt8, CaseIterable, Sendable {
        /// Its session does not exist.
        case orphaned
        /// It is a session older than the policy allows, or belongs to one that goes.
        case expired
        /// It is a session that was not used for too long.
        case idle
        /// It is a key without a TTL that should have one.
        case withoutTTL
        /// It is a session beyond those that a user may have.
        case excess
        /// It is a session that somebody wants ended, whatever it holds.
        case revoked

        /// What plans and events call it.
        var name: String { self == .withoutTTL ? "without_ttl" : "\(self)" }
    }

    var kind: Kind
    var reason: Reason
    /// The number of its key's template among those of its kind; of an entry its index key has it.
    var template: Int
    /// Of an entry its member, of everything else the variable part of its key.
    var stem: UnsafeRawBufferPointer
    /// Of a pointer the session id that it held when it was judged.
    var value = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Of an entry of a sorted set its score, not a number where it had none; of what is recorded already the fingerprint of
    /// that. It has to be the same still.
    var mark: UInt64?
    /// Of what goes with an expired session that session's place among ``ExpiredSessions``.
    var session: Int?
    /// Of a session the fingerprint of what was judged.
    var fingerprint: UInt64 = 0
    /// Whether it is a session that goes because nobody has asked for its key; nothing was read of it then.
    var isJudgedByAccess = false
}

/// What became of a removal that was tried; the raw values are those that the scripts answer.
enum Verdict: Int {
    case removed = 1
    /// Was not there any more.
    case gone = 0
    /// Its session is there, it belongs to another one, or it is not what was judged.
    case kept = -1
    /// Its key has another type now.
    case retyped = -2
    /// The server cannot tell whether it was used.
    case unproven = -3
}

/// Counts removals by kind, reason and outcome.
public struct RemovalTally: Sendable {
    public enum Outcome: Int, CaseIterable, Sendable {
        case planned, removed, gone, kept, retyped, unproven
        /// Under way when the connection failed: carried out or not.
        case uncertain
        /// Its part of a cluster could not be reached; kept.
        case unreachable

        init(_ verdict: Verdict) {
            switch verdict {
            case .removed: self = .removed
            case .gone: self = .gone
            case .kept: self = .kept
            case .retyped: self = .retyped
            case .unproven: self = .unproven
            }
        }
    }

    private var counts = [Int](
        repeating: 0, count: Removal.Kind.allCases.count * Removal.Reason.allCases.count * Outcome.allCases.count)
    /// Index keys that lost an entry, and those that are gone with their last one.
    public var indexKeysCleaned = 0
    public var indexKeysEmptied = 0
    /// Entries whose session this run has removed, or found gone, and that are still there.
    public var entriesLeftBehind = 0

    public init() {}

    public subscript(kind: Removal.Kind, reason: Removal.Reason, outcome: Outcome) -> Int {
        get { counts[RemovalTally.place(kind, reason, outcome)] }
        set { counts[RemovalTally.place(kind, reason, outcome)] = newValue }
    }

    static func += (tally: inout RemovalTally, other: RemovalTally) {
        for place in tally.counts.indices { tally.counts[place] += other.counts[place] }
    }

    private static func place(_ kind: Removal.Kind, _ reason: Removal.Reason, _ outcome: Outcome) -> Int {
        (Int(kind.rawValue) * Removal.Reason.allCases.count + Int(reason.rawValue)) * Outcome.allCases.count
            + outcome.rawValue
    }

    /// How many of these kinds, for whatever reason, came to one of these outcomes.
    public func count(_ kinds: [Removal.Kind] = Removal.Kind.allCases, _ outcomes: Outcome...) -> Int {
        kinds.reduce(0) { sum, kind in
            Removal.Reason.allCases.reduce(sum) { sum, reason in
                outcomes.reduce(sum) { $0 + self[kind, reason, $1] }
            }
        }
    }
}

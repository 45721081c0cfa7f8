/// Which built-in layouts a server's keys have, and how that is known.
public struct LayoutDetection: Equatable, Sendable {
    public struct Candidate: Equatable, Sendable {
        public let evidence: LayoutEvidence
        public let reasonsFor: [LayoutReason]
        public let reasonsAgainst: [LayoutReason]

        public var layout: BuiltInLayout { evidence.layout }
        /// The options that have to stand beside the layout's name.
        public var options: [LayoutOption] { evidence.options }
        /// How many keys each template matches; those that match none are left out.
        public var counts: [LayoutEvidence.Keys] { evidence.keys.filter { $0.count + $0.ofOtherTypes > 0 } }
    }

    /// A form that many keys have, with no id in it.
    public struct Shape: Equatable, Sendable {
        public let shape: String
        /// Nil where the server did not let us ask.
        public let type: String?
        public let count: Int
    }

    /// How many keys were looked at.
    public let keys: Int
    /// How many of them a right to look at is missing for.
    public let hidden: Int
    /// Those that fit, the best first.
    public let matches: [Candidate]
    /// Those whose names match, and that do not fit.
    public let others: [Candidate]
    /// The commonest first.
    public let shapes: [Shape]

    /// Weighs what was found; asks nobody.
    init(keys: Int, hidden: Int, evidence: [LayoutEvidence], shapes: [Shape]) {
        self.keys = keys
        self.hidden = hidden
        self.shapes = shapes
        let proven = Set(evidence.filter(\.isProven).map(\.layout))
        let seen = evidence.filter { $0.sessions.count + $0.sessions.ofOtherTypes + $0.indexes.count > 0 }
        let candidates = seen.map { LayoutDetection.weigh($0, proven: proven) }
        matches = candidates.filter(\.fits).sorted {
            LayoutDetection.isBetter($0.candidate.evidence, $1.candidate.evidence)
        }
        .map(\.candidate)
        others = candidates.filter { !$0.fits }.map(\.candidate)
    }

    /// What names sessions is more than what only looks like it; then the layout that explains more keys.
    private static func isBetter(_ one: LayoutEvidence, _ other: LayoutEvidence) -> Bool {
        if one.isProven != other.isProven { return one.isProven }
        if one.explained != other.explained { return one.explained > other.explained }
        return one.values.share + one.members.share > other.values.share + other.members.share
    }

    private static func weigh(
        _ evidence: LayoutEvidence, proven: Set<BuiltInLayout>
    ) -> (candidate: Candidate, fits: Bool) {
        var (reasonsFor, against): ([LayoutReason], [LayoutReason]) = ([], [])
        var fits = true
        func object(_ reason: LayoutReason, isFatal: Bool = false) {
            against.append(reason)
            if isFatal { fits = false }
        }
        func weigh(_ look: LayoutEvidence.Look, _ reason: (Int, Int) -> LayoutReason) {
            guard look.looked > 0 else { return }
            let reason = reason(look.good, look.looked)
            if look.good > 0 { reasonsFor.append(reason) } else { object(reason) }
        }
        let sessions = evidence.sessions
        if let (type, count) = sessions.otherTypes.max(by: { $0.value < $1.value }) {
            let expected = sessions.expected.joined(separator: "/")
            object(.sessionsOfOtherType(count, type: type, expected: expected), isFatal: sessions.count == 0)
        } else if sessions.count == 0, !evidence.isProven {
            object(.noSessions, isFatal: true)
        }
        if let form = evidence.form { reasonsFor.append(.namesHaveForm(form)) }
        let members = evidence.members
        if evidence.indexTemplates > 0 {
            if evidence.indexes.count == 0 {
                object(.noIndexKeys, isFatal: true)
            } else if members.good > 0 {
                reasonsFor.append(.entriesNameSessions(members.good, of: members.looked))
            } else if members.looked > 0 {
                object(.noEntryNamesASession(of: members.looked), isFatal: true)
            }
        }
        for (other, count) in evidence.shared.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where proven.contains(other) && !evidence.isProven {
            // A template that takes nearly everything takes the keys of a closer one, too.
            object(.keysOfAnother(count, of: sessions.count, other), isFatal: count * 4 >= sessions.count)
        }
        weigh(evidence.pointers) { .pointersNameSessions($0, of: $1) }
        weigh(evidence.values) { .datesReadable($0, of: $1) }
        return (Candidate(evidence: evidence, reasonsFor: reasonsFor, reasonsAgainst: against), fits)
    }
}

/// What speaks for or against a layout.
public enum LayoutReason: Equatable, Sendable {
    case sessionsOfOtherType(Int, type: String, expected: String)
    case noSessions
    case noIndexKeys
    case entriesNameSessions(Int, of: Int)
    /// What names sessions does so in another form than the layout's.
    case namesHaveForm(String)
    case noEntryNamesASession(of: Int)
    case pointersNameSessions(Int, of: Int)
    case datesReadable(Int, of: Int)
    case keysOfAnother(Int, of: Int, BuiltInLayout)
}

/// What was seen of one layout on a server.
public struct LayoutEvidence: Equatable, Sendable {
    /// The keys that some templates match.
    public struct Keys: Equatable, Sendable {
        public let template: String
        /// The types that such keys can have.
        let expected: [String]
        /// Of one of those types, or of one that we may not ask for.
        public var count = 0
        public var otherTypes: [String: Int] = [:]

        public var ofOtherTypes: Int { otherTypes.values.reduce(0, +) }
    }

    /// How many things were looked at, and how many of them were as they should be.
    public struct Look: Equatable, Sendable {
        public var looked = 0
        public var good = 0
        var share: Double { looked == 0 ? 0.5 : Double(good) / Double(looked) }
    }

    public let layout: BuiltInLayout
    let options: [LayoutOption]
    /// In the order of ``Layout/templates``.
    public var keys: [Keys]
    /// How many of ``keys`` are of sessions, and how many of the next ones of indexes.
    let sessionTemplates: Int
    let indexTemplates: Int
    /// How many keys there are, presence keys not counted.
    let explained: Int
    /// Entries that name a session of the right type.
    public var members = Look()
    public var pointers = Look()
    /// The form in which they do, where it is not the layout's own.
    var form: String?
    /// Sessions with a date that can be read.
    public var values = Look()
    /// How many of the sessions' keys the templates of other layouts match as well.
    var shared: [BuiltInLayout: Int] = [:]

    var sessions: Keys { LayoutEvidence.joined(keys[..<sessionTemplates]) }
    var indexes: Keys { LayoutEvidence.joined(keys[sessionTemplates...].prefix(indexTemplates)) }
    /// Whether something names its sessions.
    var isProven: Bool { members.good > 0 }

    private static func joined(_ keys: ArraySlice<Keys>) -> Keys {
        keys.reduce(into: Keys(template: "", expected: keys.first?.expected ?? [])) {
            $0.count += $1.count
            $0.otherTypes.merge($1.otherTypes, uniquingKeysWith: +)
        }
    }
}

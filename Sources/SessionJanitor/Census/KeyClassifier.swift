/// Tells keys apart by the templates of a layout, where head and tail alone do not.
struct KeyClassifier {
    enum Kind {
        case session, index, pointer, companion, presence
    }

    struct Finding {
        let kind: Kind
        /// Which of the templates of this kind.
        let template: Int
    }

    /// A class, so that going through them copies none.
    private final class Candidate: Sendable {
        let template: KeyTemplate
        let kind: Kind
        let index: Int
        /// Later templates that might match the same key; whether they do shows in the keys alone.
        let rivals: [KeyTemplate]

        init(_ template: KeyTemplate, _ kind: Kind, _ index: Int, rivals: [KeyTemplate]) {
            self.template = template
            self.kind = kind
            self.index = index
            self.rivals = rivals
        }
    }

    private let candidates: [Candidate]
    private var rivalRanges: [Range<Int>] = []

    init(_ layout: Layout) {
        typealias Entry = (template: KeyTemplate, kind: Kind, index: Int)
        func kind(_ kind: Kind, _ templates: [KeyTemplate]) -> [Entry] {
            templates.enumerated().map { ($1, kind, $0) }
        }
        let all =
            kind(.session, layout.sessionKeys) + kind(.index, layout.indexKeys.map(\.template))
            + kind(.pointer, layout.pointerKeys.map(\.template)) + kind(.companion, layout.companionKeys)
            + kind(.presence, layout.presenceKeys.map(\.template))
        func areRivals(_ one: Entry, _ other: Entry) -> Bool {
            // Fields of one hash are no rivals: the first stands for all of them.
            if one.kind == .pointer, other.kind == .pointer,
                layout.pointerKeys[one.index].sharesKeys(with: layout.pointerKeys[other.index])
            {
                return false
            }
            if one.kind == .session, other.kind == .presence, layout.isSortedByValue(one.index, other.index) {
                return false
            }
            return if case .undecided = one.template.overlap(other.template) { true } else { false }
        }
        candidates = all.enumerated().map { place, entry in
            Candidate(
                entry.template, entry.kind, entry.index,
                rivals: all[(place + 1)...].filter { areRivals(entry, $0) }.map(\.template))
        }
    }

    /// What kind of key this is, nil if none; `ranges` is then where the value of each variable stands in it.
    mutating func sort(
        _ key: UnsafeRawBufferPointer, into ranges: inout [Range<Int>]
    ) throws(CleanupError) -> Finding? {
        for candidate in candidates where candidate.template.match(key, into: &ranges) {
            for rival in candidate.rivals where rival.match(key, into: &rivalRanges) {
                throw .ambiguousKey(Array(key), candidate.template.source, rival.source)
            }
            return Finding(kind: candidate.kind, template: candidate.index)
        }
        return nil
    }
}

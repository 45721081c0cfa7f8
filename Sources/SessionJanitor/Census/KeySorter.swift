/// Tells keys apart by the templates of a layout, where head and tail alone do not.
struct KeySorter {
    enum Kind {
        case session, index, pointer, companion, presence
    }

    struct Finding {
        let kind: Kind
        /// Which of the templates of this kind.
        let template: Int
    }

    private struct Candidate {
        let template: KeyTemplate
        let kind: Kind
        let index: Int
        /// Later templates that might match the same key; whether they do shows in the keys alone.
        var rivals: [KeyTemplate] = []
    }

    private let candidates: [Candidate]
    private var rivalValues: [UnsafeRawBufferPointer] = []

    init(_ layout: Layout) {
        func kind(_ kind: Kind, _ templates: [KeyTemplate]) -> [Candidate] {
            templates.enumerated().map { Candidate(template: $1, kind: kind, index: $0) }
        }
        var candidates =
            kind(.session, layout.sessionKeys) + kind(.index, layout.indexKeys.map(\.template))
            + kind(.pointer, layout.pointerKeys.map(\.template)) + kind(.companion, layout.companionKeys)
            + kind(.presence, layout.presenceKeys.map(\.template))
        for index in candidates.indices {
            let candidate = candidates[index]
            candidates[index].rivals = candidates[(index + 1)...].filter { other in
                // Fields of one hash are no rivals: the first stands for all of them.
                if case (.pointer, .pointer) = (candidate.kind, other.kind),
                    layout.pointerKeys[candidate.index].sharesKeys(with: layout.pointerKeys[other.index])
                {
                    return false
                }
                return if case .undecided = candidate.template.overlap(other.template) { true } else { false }
            }.map(\.template)
        }
        self.candidates = candidates
    }

    /// What kind of key this is, nil if none; `values` are then the bytes that each variable takes.
    mutating func sort(
        _ key: UnsafeRawBufferPointer, into values: inout [UnsafeRawBufferPointer]
    ) throws(CleanupError) -> Finding? {
        for index in candidates.indices where candidates[index].template.match(key, into: &values) {
            for rival in candidates[index].rivals where rival.match(key, into: &rivalValues) {
                throw .ambiguousKey(Array(key), candidates[index].template.source, rival.source)
            }
            return Finding(kind: candidates[index].kind, template: candidates[index].index)
        }
        return nil
    }
}

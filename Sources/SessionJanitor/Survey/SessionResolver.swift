import RedisClient

/// Leads from what names a session, such as an entry or a pointer, to the session's keys.
struct SessionResolver {
    private let layout: Layout
    /// The index key in hand: its template and name.
    private(set) var template = 0
    private var key: [UInt8] = []
    /// What the variables take in it, in what it or a pointer holds, and in a key that depends on a session.
    private var outer: [Range<Int>] = []
    private var inner: [Range<Int>] = []
    private var own: [Range<Int>] = []
    /// For each index key template, whether a member alone tells all that is asked.
    private let tellsAll: [Bool]
    /// What stands before and after the id in the sessions' keys.
    private let frames: [(head: [UInt8], tail: [UInt8])]
    /// By index key template, and by pointer template.
    private let entryNames: [NameReader]
    private let pointerNames: [NameReader]
    /// By pointer template, which of its variables the session has to name.
    private let tokens: [Int?]

    init(_ layout: Layout) {
        self.layout = layout
        let needsIdentifier = layout.companionKeys.isEmpty && layout.sessionKeys.allSatisfy { $0.variables == ["id"] }
        tellsAll = layout.indexKeys.map { needsIdentifier && $0.namesByIdentifier(layout) }
        frames = layout.sessionKeys.map(\.frame)
        entryNames = layout.indexKeys.map { NameReader($0.members) }
        pointerNames = layout.pointerKeys.map { NameReader($0.members) }
        tokens = layout.pointerKeys.map { pointer in
            pointer.backCheck == nil ? nil : pointer.template.variables.firstIndex(of: PointerKey.token)
        }
    }

    // MARK: Entries

    /// Begins an index key; the members that are asked about belong to it.
    mutating func begin(_ template: Int, stem: UnsafeRawBufferPointer) {
        self.template = template
        // The usual case, and there may be millions of keys.
        guard !tellsAll[template] else { return }
        let pattern = layout.indexKeys[template].template
        key = pattern.key(stem: stem)
        _ = key.withUnsafeBytes { pattern.match($0, into: &outer) }
    }

    /// The hash of the identity of the session that an entry names; nil if it is foreign.
    mutating func hash(of member: UnsafeRawBufferPointer) -> UInt64? {
        guard !tellsAll[template] else { return IdentifierSet.hash(member) }
        return withNames(of: member, by: layout.routes.entries[template]) { $0.hash(outer: $1, inner: $2) } ?? nil
    }

    /// Appends the session keys of an entry's session.
    mutating func appendKeys(of member: UnsafeRawBufferPointer, to arguments: inout CommandArguments) {
        guard !tellsAll[template] else {
            for frame in frames { arguments.append(frame.head, member, frame.tail) }
            return
        }
        withNames(of: member, by: layout.routes.entries[template]) {
            $0.appendKeys(to: &arguments, outer: $1, inner: $2)
        }
    }

    /// Appends the companions of an entry's session.
    mutating func appendCompanions(of member: UnsafeRawBufferPointer, to arguments: inout CommandArguments) {
        withNames(of: member, by: layout.routes.companionsOfEntries[template]) {
            $0?.appendKeys(to: &arguments, outer: $1, inner: $2)
        }
    }

    /// `routes` are those of the member templates.
    @discardableResult
    private mutating func withNames<Route, Result>(
        of member: UnsafeRawBufferPointer, by routes: [Route],
        _ body: (Route, TemplateValues, TemplateValues) -> Result
    ) -> Result? {
        guard let form = entryNames[template].form(of: member, into: &inner) else { return nil }
        return key.withUnsafeBytes {
            body(routes[form], TemplateValues($0, outer), TemplateValues(member, inner))
        }
    }

    // MARK: Keys that depend on sessions

    /// Hands out the way to the session, for a pointer by what it holds; nil where nothing leads there.
    mutating func withRoute<Result>(
        _ kind: Removal.Kind, _ number: Int, stem: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
        _ body: (_ route: SessionRoute, _ outer: TemplateValues, _ inner: TemplateValues) -> Result
    ) -> Result? {
        switch kind {
        case .pointer:
            guard take(layout.pointerKeys[number].template, stem),
                let form = pointerNames[number].form(of: value, into: &inner)
            else { return nil }
            return body(
                layout.routes.pointers[number][form], TemplateValues(stem, own), TemplateValues(value, inner))
        case .companion:
            guard take(layout.companionKeys[number], stem) else { return nil }
            return body(layout.routes.companions[number], TemplateValues(stem, own), .none)
        default: return nil
        }
    }

    /// What a pointer's `{token}` takes, where its session has to name it; nil if it has not. Valid as long as `stem`.
    mutating func token(_ number: Int, stem: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard let place = tokens[number], take(layout.pointerKeys[number].template, stem) else { return nil }
        return TemplateValues(stem, own)[place]
    }

    /// The hash of the user that a presence key names.
    mutating func user(_ number: Int, stem: UnsafeRawBufferPointer) -> UInt64? {
        let template = layout.presenceKeys[number].template
        guard let place = template.variables.firstIndex(of: "user"), take(template, stem) else { return nil }
        return IdentifierSet.hash(TemplateValues(stem, own)[place])
    }

    /// Takes the variables out of a stem: it is the only one, or the whole key.
    private mutating func take(_ template: KeyTemplate, _ stem: UnsafeRawBufferPointer) -> Bool {
        guard template.variables.count == 1 else { return template.match(stem, into: &own) }
        own.removeAll(keepingCapacity: true)
        own.append(0..<stem.count)
        return true
    }
}

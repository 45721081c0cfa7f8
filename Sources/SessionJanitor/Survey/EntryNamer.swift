import RedisClient

/// Tells which sessions the entries of an index key name, where an entry is not just the session id.
struct EntryNamer {
    private let layout: Layout
    private var template = 0
    /// The name of the key in hand, and what its variables take in it.
    private var key: [UInt8] = []
    private var outer: [Range<Int>] = []
    private var inner: [Range<Int>] = []
    /// For each index key template, whether a member alone tells all that is asked.
    private let tellsAll: [Bool]
    /// What stands before and after the id in the sessions' keys.
    private let frames: [(head: [UInt8], tail: [UInt8])]

    init(_ layout: Layout) {
        self.layout = layout
        let needsIdentifier = layout.companionKeys.isEmpty && layout.sessionKeys.allSatisfy { $0.variables == ["id"] }
        tellsAll = layout.indexKeys.map { needsIdentifier && $0.namesByIdentifier(layout) }
        frames = layout.sessionKeys.map(\.frame)
    }

    /// Begins an index key.
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
        let index = layout.indexKeys[template]
        for (number, form) in index.members.enumerated() where form.match(member, into: &inner) {
            return key.withUnsafeBytes {
                body(routes[number], TemplateValues($0, outer), TemplateValues(member, inner))
            }
        }
        return nil
    }
}

import RedisClient

/// Leads from a pointer or a companion to its session.
struct DependentNamer {
    private let layout: Layout
    private var values: [UnsafeRawBufferPointer] = []

    init(_ layout: Layout) {
        self.layout = layout
    }

    func template(_ kind: DependentKind, _ number: Int) -> KeyTemplate {
        switch kind {
        case .pointer: layout.pointerKeys[number].template
        case .companion: layout.companionKeys[number]
        case .presence: layout.presenceKeys[number].template
        }
    }

    /// The key's name.
    func key(_ kind: DependentKind, _ number: Int, stem: UnsafeRawBufferPointer) -> [UInt8] {
        template(kind, number).key(stem: stem)
    }

    /// Hands out the way to the session, for a pointer by the id that it holds; and the pointer's own token.
    mutating func withRoute<Result>(
        _ kind: DependentKind, _ number: Int, key: [UInt8], value: UnsafeRawBufferPointer,
        _ body: (_ route: SessionRoute, _ outer: SessionRoute.Values, _ inner: SessionRoute.Values) -> Result
    ) -> Result? {
        key.withUnsafeBytes { bytes in
            guard template(kind, number).match(bytes, into: &values) else { return nil }
            switch kind {
            case .pointer: return body(layout.routes.pointers[number], values, [value])
            case .companion: return body(layout.routes.companions[number], values, [])
            case .presence: return nil
            }
        }
    }

    /// What a pointer's `{token}` takes, where its session has to name it; nil if it has not.
    mutating func token(_ number: Int, key: [UInt8]) -> [UInt8]? {
        let pointer = layout.pointerKeys[number]
        guard pointer.backCheck != nil, let place = pointer.template.variables.firstIndex(of: PointerKey.token) else {
            return nil
        }
        return key.withUnsafeBytes { bytes in
            pointer.template.match(bytes, into: &values) ? Array(values[place]) : nil
        }
    }

    /// The hash of the user that a presence key names.
    mutating func user(_ number: Int, key: [UInt8]) -> UInt64? {
        let template = layout.presenceKeys[number].template
        guard let place = template.variables.firstIndex(of: "user") else { return nil }
        return key.withUnsafeBytes { bytes in
            template.match(bytes, into: &values) ? IdentifierSet.hash(values[place]) : nil
        }
    }
}

import RedisClient

/// Leads from a pointer or a companion to its session.
struct DependentNamer {
    private let layout: Layout
    private let pointers: [KeyTemplate]
    /// By pointer template, which of its variables the session has to name.
    private let tokens: [Int?]
    private var outer: [Range<Int>] = []
    private var inner: [Range<Int>] = []

    init(_ layout: Layout) {
        self.layout = layout
        pointers = layout.pointerKeys.map(\.template)
        tokens = layout.pointerKeys.map { pointer in
            pointer.backCheck == nil ? nil : pointer.template.variables.firstIndex(of: PointerKey.token)
        }
    }

    func template(_ kind: DependentKind, _ number: Int) -> KeyTemplate {
        switch kind {
        case .pointer: pointers[number]
        case .companion: layout.companionKeys[number]
        case .presence: layout.presenceKeys[number].template
        }
    }

    /// The key's name.
    func key(_ kind: DependentKind, _ number: Int, stem: UnsafeRawBufferPointer) -> [UInt8] {
        template(kind, number).key(stem: stem)
    }

    /// Hands out the way to the session, for a pointer by the id that it holds.
    mutating func withRoute<Result>(
        _ kind: DependentKind, _ number: Int, stem: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
        _ body: (_ route: SessionRoute, _ outer: TemplateValues, _ inner: TemplateValues) -> Result
    ) -> Result? {
        switch kind {
        case .pointer:
            guard take(pointers[number], stem) else { return nil }
            inner.removeAll(keepingCapacity: true)
            inner.append(0..<value.count)
            return body(
                layout.routes.pointers[number], TemplateValues(stem, outer), TemplateValues(value, inner))
        case .companion:
            guard take(layout.companionKeys[number], stem) else { return nil }
            return body(layout.routes.companions[number], TemplateValues(stem, outer), .none)
        case .presence: return nil
        }
    }

    /// What a pointer's `{token}` takes, where its session has to name it; nil if it has not. Valid as long as `stem`.
    mutating func token(_ number: Int, stem: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard let place = tokens[number], take(pointers[number], stem) else { return nil }
        return TemplateValues(stem, outer)[place]
    }

    /// The hash of the user that a presence key names.
    mutating func user(_ number: Int, stem: UnsafeRawBufferPointer) -> UInt64? {
        let template = layout.presenceKeys[number].template
        guard let place = template.variables.firstIndex(of: "user"), take(template, stem) else { return nil }
        return IdentifierSet.hash(TemplateValues(stem, outer)[place])
    }

    /// Takes the variables out of a stem: it is the only one, or the whole key.
    private mutating func take(_ template: KeyTemplate, _ stem: UnsafeRawBufferPointer) -> Bool {
        guard template.variables.count == 1 else { return template.match(stem, into: &outer) }
        outer.removeAll(keepingCapacity: true)
        outer.append(0..<stem.count)
        return true
    }
}

/// Finds the session id and the user that a removal's key and member name.
struct RemovalNames {
    private let layout: Layout
    private var outer: [Range<Int>] = []
    private var inner: [Range<Int>] = []

    init(_ layout: Layout) {
        self.layout = layout
    }

    /// `value` is the member of an entry, or the id that a pointer holds; nil for what nothing names.
    mutating func find(
        _ kind: Removal.Kind, _ number: Int, _ key: [UInt8], _ value: [UInt8]
    ) -> (id: [UInt8]?, user: [UInt8]?) {
        let template = layout.template(kind, number)
        return key.withUnsafeBytes { key in
            guard template.match(key, into: &outer) else { return (nil, nil) }
            func own(_ name: String) -> [UInt8]? { RemovalNames.value(name, template, key, outer) }
            guard kind == .entry else { return (kind == .pointer ? value : own("id"), own("user")) }
            return value.withUnsafeBytes { member in
                let forms = layout.indexKeys[number].members
                guard let form = forms.first(where: { $0.match(member, into: &inner) }) else {
                    return (nil, own("user"))
                }
                func named(_ name: String) -> [UInt8]? {
                    RemovalNames.value(name, form.template, member, inner) ?? own(name)
                }
                return (named("id"), named("user"))
            }
        }
    }

    private static func value(
        _ name: String, _ template: KeyTemplate, _ bytes: UnsafeRawBufferPointer, _ ranges: [Range<Int>]
    ) -> [UInt8]? {
        template.variables.firstIndex(of: name).map { Array(bytes[ranges[$0]]) }
    }
}

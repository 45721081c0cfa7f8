/// Finds the session id and the user that a removal's key and member name.
struct RemovalNames {
    private let layout: Layout
    /// By index key template, and by pointer template.
    private let entries: [NameReader]
    private let pointers: [NameReader]
    private var outer: [Range<Int>] = []
    private var inner: [Range<Int>] = []

    init(_ layout: Layout) {
        self.layout = layout
        entries = layout.indexKeys.map { NameReader($0.members) }
        pointers = layout.pointerKeys.map { NameReader($0.members) }
    }

    /// `value` is the member of an entry, or what a pointer holds; nil for what nothing names.
    mutating func find(
        _ kind: Removal.Kind, _ number: Int, _ key: [UInt8], _ value: [UInt8]
    ) -> (id: [UInt8]?, user: [UInt8]?) {
        let template = layout.template(kind, number)
        return key.withUnsafeBytes { key in
            guard template.match(key, into: &outer) else { return (nil, nil) }
            func own(_ name: String) -> [UInt8]? { RemovalNames.value(name, template, key, outer) }
            let reader: NameReader
            let forms: [NameForm]
            switch kind {
            case .entry: (reader, forms) = (entries[number], layout.indexKeys[number].members)
            case .pointer: (reader, forms) = (pointers[number], layout.pointerKeys[number].members)
            default: return (own("id"), own("user"))
            }
            return value.withUnsafeBytes { member in
                guard let form = reader.form(of: member, into: &inner) else { return (nil, own("user")) }
                func named(_ name: String) -> [UInt8]? {
                    RemovalNames.value(name, forms[form].template, member, inner) ?? own(name)
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

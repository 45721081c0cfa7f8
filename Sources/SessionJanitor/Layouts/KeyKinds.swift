/// A kind of index key, and how its members name sessions.
public struct IndexKey: Equatable, Sendable {
    public let template: KeyTemplate
    /// Whether it is a hash whose fields are the members; never without being told, as any hash may be another's.
    var holdsFields = false
    /// Tried in order.
    var members: [NameForm] = []

    /// Whether a member is the session id, whatever it is, and that alone is the session's identity.
    func namesByIdentifier(_ layout: Layout) -> Bool {
        members.count == 1 && members[0].isIdentifier && layout.identity == ["id"]
            && !layout.sessionKeys.contains(where: \.hasPatterns)
    }
}

/// A kind of key that holds the id of a session: a string, or a field of a hash.
public struct PointerKey: Equatable, Sendable {
    /// The option's value as it was written.
    public let source: String
    public let template: KeyTemplate
    /// The field of a hash that holds the id; nil where the key is a string.
    public let field: String?
    /// How it names its session; tried in order.
    var members: [NameForm] = []
    /// Where the session names this pointer: another value there, and the pointer is not current.
    var backCheck: ValueSource?

    /// The variable that the session's field has to equal.
    static let token = "token"
    /// Stands between a template and the name of a field.
    private static let fieldMark = "=hash:"

    /// Reads `TEMPLATE` or `TEMPLATE=hash:FIELD`.
    init(_ option: LayoutOption, prefix: String) throws(KeyTemplateError) {
        let text = option.value
        // What has a brace after it stands in a variable's pattern.
        let mark = text.ranges(of: PointerKey.fieldMark).last.flatMap { mark in
            text[mark.upperBound...].contains("}") ? nil : mark
        }
        source = text
        field = mark.map { String(text[$0.upperBound...]) }
        guard field != "" else { throw .invalidValue(option) }
        template = try KeyTemplate(String(text[..<(mark?.lowerBound ?? text.endIndex)]), prefix: prefix)
    }

    /// Whether one key can hold both: several fields of a hash may each be a pointer.
    func sharesKeys(with other: PointerKey) -> Bool {
        guard let field, let otherField = other.field, field != otherField else { return false }
        if case .never = template.overlap(other.template) { return false }
        return true
    }
}

/// What the string of a session key has to hold, where that tells whether it is a session.
struct ValueTest: Equatable, Sendable {
    /// What a key counts as, by its value.
    enum Standing {
        case session
        /// There, and ended: what names it names nothing.
        case dead
        /// No session at all.
        case other
    }

    /// One of these, if there are any: a key with something else in it is another's.
    var forms: [KeyTemplate] = []
    /// The values of sessions that have ended, byte for byte.
    var dead: [[UInt8]] = []

    /// `value` is nil for a key that is no string.
    func standing(of value: UnsafeRawBufferPointer?) -> Standing {
        guard let value else { return forms.isEmpty ? .session : .other }
        if dead.contains(where: { value.elementsEqual($0) }) { return .dead }
        return forms.isEmpty || forms.contains { $0.matches(value) } ? .session : .other
    }
}

/// A kind of key that should exist only while its user has a session: a string.
public struct PresenceKey: Equatable, Sendable {
    public let template: KeyTemplate
    /// What the string holds; a key with anything else is another's. Nil for any value.
    var value: [UInt8]?
    /// The TTL that one without any gets.
    var ttl: Duration?
}

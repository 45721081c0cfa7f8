import RedisClient

/// A kind of index key, and how its members name sessions.
public struct IndexKey: Equatable, Sendable {
    public let template: KeyTemplate
    /// Tried in order.
    var members: [MemberTemplate] = []

    /// Whether a member is the session id, whatever it is, and that alone is the session's identity.
    func namesByIdentifier(_ layout: Layout) -> Bool {
        members.count == 1 && members[0].isIdentifier && layout.identity == ["id"]
            && !layout.sessionKeys.contains(where: \.hasPatterns)
    }
}

/// How a member of an index key names its session.
struct MemberTemplate: Equatable, Sendable {
    let source: String
    let template: KeyTemplate
    /// Whether the text stands in Java's serialisation of a string.
    private let isJava: Bool
    /// Whether the member is the session id itself.
    var isIdentifier: Bool {
        !isJava && template.isPlain && template.variables == ["id"] && template.literals == [[], []]
    }

    private static let javaMark = "java:"
    /// Stream header and the tag of a string; two bytes of length follow.
    private static let javaHead: [UInt8] = [0xac, 0xed, 0x00, 0x05, 0x74]

    /// Reads a template, `java:` before it for Java's serialisation.
    init(_ source: String, prefix: String) throws(KeyTemplateError) {
        self.source = source
        isJava = source.hasPrefix(MemberTemplate.javaMark)
        let text = isJava ? String(source.dropFirst(MemberTemplate.javaMark.count)) : source
        template = try KeyTemplate(text, prefix: prefix)
    }

    /// Whether the member is of this kind; `ranges` is then where the value of each variable stands in it.
    func match(_ member: UnsafeRawBufferPointer, into ranges: inout [Range<Int>]) -> Bool {
        guard isJava else { return template.match(member, into: &ranges) }
        let start = MemberTemplate.javaHead.count + 2
        guard member.count >= start, member.starts(with: MemberTemplate.javaHead),
            Int(member[start - 2]) << 8 | Int(member[start - 1]) == member.count - start,
            template.match(UnsafeRawBufferPointer(rebasing: member[start...]), into: &ranges)
        else { return false }
        for place in ranges.indices {
            ranges[place] = ranges[place].lowerBound + start..<ranges[place].upperBound + start
        }
        return true
    }

    /// Appends the member that holds this text.
    func append(_ text: UnsafeRawBufferPointer, to arguments: inout CommandArguments) {
        guard isJava else { return arguments.append(text) }
        let length = [UInt8(truncatingIfNeeded: text.count >> 8), UInt8(truncatingIfNeeded: text.count)]
        arguments.append(MemberTemplate.javaHead + length, text, [])
    }
}

/// A kind of key that holds the id of a session: a string, or a field of a hash.
public struct PointerKey: Equatable, Sendable {
    /// The option's value as it was written.
    public let source: String
    public let template: KeyTemplate
    /// The field of a hash that holds the id; nil where the key is a string.
    public let field: String?
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

/// A kind of key that should exist only while its user has a session: a string.
public struct PresenceKey: Equatable, Sendable {
    public let template: KeyTemplate
    /// What the string holds; a key with anything else is another's. Nil for any value.
    var value: [UInt8]?
    /// The TTL that one without any gets.
    var ttl: Duration?
}

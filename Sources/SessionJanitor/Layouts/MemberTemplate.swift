/// How a member of an index key names its session.
public struct MemberTemplate: Equatable, Sendable {
    let source: String
    let template: KeyTemplate
    /// Whether the text stands in Java's serialisation of a string.
    let isJava: Bool
    /// Whether the member is the session id itself.
    var isIdentifier: Bool { !isJava && template.isPlain && template.variables == ["id"] && template.literalCount == 0 }

    private static let javaMark = "java:"
    /// Stream header and the tag of a string; two bytes of length follow.
    static let javaHead: [UInt8] = [0xac, 0xed, 0x00, 0x05, 0x74]

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
            Int(member[start - 2]) << 8 | Int(member[start - 1]) == member.count - start
        else { return false }
        guard template.match(UnsafeRawBufferPointer(rebasing: member[start...]), into: &ranges) else { return false }
        for place in ranges.indices {
            ranges[place] = ranges[place].lowerBound + start..<ranges[place].upperBound + start
        }
        return true
    }
}

extension KeyTemplate {
    fileprivate var literalCount: Int { literals.reduce(0) { $0 + $1.count } }
}

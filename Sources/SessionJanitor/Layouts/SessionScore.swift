import RedisClient

/// The score of a session's member in a sorted set, where that is one of its dates.
public struct SessionScore: Equatable, Sendable {
    let source: String
    /// The sorted set; its variables are those of the session's key.
    let key: KeyTemplate
    let member: MemberTemplate

    /// Reads `KEY` or `KEY=MEMBER`; the member is the session id by itself.
    init?(_ text: String, prefix: String) throws(KeyTemplateError) {
        source = text
        var depth = 0
        let mark = text.firstIndex { character in
            if character == "{" { depth += 1 }
            if character == "}" { depth -= 1 }
            return depth == 0 && character == "="
        }
        let (name, rest) = mark.map { (text[..<$0], text[text.index(after: $0)...]) } ?? (text[...], "{id}")
        guard !name.isEmpty, !rest.isEmpty else { return nil }
        key = try KeyTemplate(String(name), prefix: prefix)
        member = try MemberTemplate(String(rest), prefix: prefix)
    }

    /// The way from a session's key to the sorted set and the member.
    func route(from session: KeyTemplate) throws(KeyTemplateError) -> SessionRoute {
        for name in key.variables + member.template.variables where !session.variables.contains(name) {
            throw .missingVariable(template: session.source, name)
        }
        return try SessionRoute(
            to: [key, member.template], identity: [], outer: session.variables, inner: [], of: source)
    }

    /// Whether all sessions' members are in one sorted set.
    var isCommon: Bool { key.variables.isEmpty }

    /// Appends a member as it stands in the sorted set.
    func append(member text: UnsafeRawBufferPointer, to arguments: inout CommandArguments) {
        guard member.isJava else { return arguments.append(text) }
        let length = [UInt8(truncatingIfNeeded: text.count >> 8), UInt8(truncatingIfNeeded: text.count)]
        arguments.append(MemberTemplate.javaHead + length, text, [])
    }
}

import RedisClient

/// How something that names a session, such as an entry or a pointer, leads to the session's keys.
///
/// What names it has up to two layers: the variables of its own key, and those of what it holds.
struct SessionRoute: Equatable, Sendable {
    private enum Part: Equatable, Sendable {
        case outer(Int)
        case inner(Int)
    }

    /// For each variable of a session's identity.
    private let identity: [Part]
    private let keys: [SessionKey]

    private struct SessionKey: Equatable, Sendable {
        let literals: [[UInt8]]
        let parts: [Part]
    }

    typealias Values = [UnsafeRawBufferPointer]

    /// `of` is the template that is to blame when something is missing.
    init(
        to sessionKeys: [KeyTemplate], identity names: [String], outer: [String], inner: [String], of template: String
    ) throws(KeyTemplateError) {
        func part(_ name: String) -> Part? {
            inner.firstIndex(of: name).map { .inner($0) } ?? outer.firstIndex(of: name).map { .outer($0) }
        }
        var keys: [SessionKey] = []
        for key in sessionKeys {
            var parts: [Part] = []
            for name in key.variables {
                guard let part = part(name) else {
                    throw .unknownSession(template: template, sessionKey: key.source, missing: name)
                }
                parts.append(part)
            }
            keys.append(SessionKey(literals: key.literals, parts: parts))
        }
        self.keys = keys
        identity = names.compactMap(part)
    }

    /// The hash of the session's identity, the same whatever names it.
    @inline(__always)
    func hash(outer: Values, inner: Values = []) -> UInt64 {
        if identity.count == 1 { return IdentifierSet.hash(value(identity[0], outer, inner)) }
        var hasher = Hasher()
        for part in identity {
            let value = value(part, outer, inner)
            hasher.combine(value.count)
            hasher.combine(bytes: value)
        }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// Appends the names of the session's keys, one for each session key template.
    func appendKeys(to arguments: inout CommandArguments, outer: Values, inner: Values = []) {
        for key in keys {
            arguments.append(joining: key.literals) { value(key.parts[$0], outer, inner) }
        }
    }

    @inline(__always)
    private func value(_ part: Part, _ outer: Values, _ inner: Values) -> UnsafeRawBufferPointer {
        switch part {
        case .outer(let index): outer[index]
        case .inner(let index): inner[index]
        }
    }
}

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
        let template: KeyTemplate
        /// For each of its variables.
        let parts: [Part]
    }

    /// Whether one of the keys may be any session's, whatever the values are; then there is nothing to check.
    private let takesAnything: Bool

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
            keys.append(SessionKey(template: key, parts: parts))
        }
        self.keys = keys
        takesAnything = keys.contains { !$0.template.hasPatterns }
        identity = names.compactMap(part)
    }

    /// The hash of the identity of the session that something names; nil if it is foreign: by the patterns of the session
    /// keys' own variables it names no session, be there one or not.
    @inline(__always)
    func hash(outer: TemplateValues, inner: TemplateValues) -> UInt64? {
        takesAnything || keys.contains { canBe($0, outer, inner) } ? hash(ofNamed: outer, inner) : nil
    }

    private func canBe(_ key: SessionKey, _ outer: TemplateValues, _ inner: TemplateValues) -> Bool {
        zip(key.parts, key.template.patterns).allSatisfy { part, pattern in
            pattern?.matches(value(part, outer, inner)) ?? true
        }
    }

    /// The hash of a session's identity, the same whatever names it; of what is known to name one.
    @inline(__always)
    func hash(ofNamed outer: TemplateValues, _ inner: TemplateValues = .none) -> UInt64 {
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
    func appendKeys(to arguments: inout CommandArguments, outer: TemplateValues, inner: TemplateValues = .none) {
        for key in keys {
            arguments.append(joining: key.template.literals) { value(key.parts[$0], outer, inner) }
        }
    }

    @inline(__always)
    private func value(_ part: Part, _ outer: TemplateValues, _ inner: TemplateValues) -> UnsafeRawBufferPointer {
        switch part {
        case .outer(let index): outer[index]
        case .inner(let index): inner[index]
        }
    }
}

/// Where something stands that belongs to a session: in its value, but for a score.
public enum ValueSource: Equatable, Sendable {
    /// The whole string.
    case value
    /// A field of a JSON object, found along this path.
    case json([String])
    /// A field of a hash.
    case hash(String)
    /// Either of them, whichever the session is.
    case field([String])
    /// Beside the session: the score of its member in a sorted set.
    case score(SessionScore)

    /// Reads `value`, `json:PATH`, `hash:FIELD` or `field:PATH`.
    init?(_ text: some StringProtocol) {
        let parts = String(text).split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            guard text == "value" else { return nil }
            self = .value
            return
        }
        let path = parts[1].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        switch parts[0] {
        case "json" where !path.contains(""): self = .json(path)
        case "field" where !path.contains(""): self = .field(path)
        case "hash" where !parts[1].isEmpty: self = .hash(String(parts[1]))
        default: return nil
        }
    }

    /// As it is written in an option.
    var text: String {
        switch self {
        case .value: "value"
        case .json(let path): "json:\(path.joined(separator: "."))"
        case .hash(let field): "hash:\(field)"
        case .field(let path): "field:\(path.joined(separator: "."))"
        case .score(let score): "score:\(score.source)"
        }
    }

    /// Where it stands in a JSON object.
    var path: [String]? {
        switch self {
        case .json(let path), .field(let path): path
        case .value, .hash, .score: nil
        }
    }

    /// The field of a hash that it is.
    var hashField: String? {
        switch self {
        case .hash(let name): name
        case .field(let path): path.joined(separator: ".")
        case .value, .json, .score: nil
        }
    }

    /// The types that a session can have for it to be read; nil where it is beside the session.
    var sessionTypes: [String]? {
        switch self {
        case .value, .json: ["string"]
        case .hash: ["hash"]
        case .field: ["string", "hash"]
        case .score: nil
        }
    }

    var isScore: Bool { if case .score = self { true } else { false } }
}

/// What a session's date tells.
public enum SessionDate: String, CaseIterable, Sendable {
    case created
    case lastAccess = "last-access"
    case expiry
}

/// A date of a session: what it tells, where it stands, and how it is written.
public struct DateField: Equatable, Sendable {
    enum Format: String, Equatable, Sendable {
        /// Seconds or milliseconds, which its size tells, in JSON a number or a string.
        case number
        case seconds = "s"
        case milliseconds = "ms"
        /// ISO 8601; what names no zone is taken for UTC.
        case iso
        /// A `java.lang.Long` in Java's serialisation, in milliseconds.
        case java
    }

    public let clock: SessionDate
    let source: ValueSource
    /// A field beside it with a number of seconds that is added: a session's life after its last access.
    var addend: ValueSource?
    var format = Format.number

    /// All that is read of a value.
    var sources: [ValueSource] { [source] + (addend.map { [$0] } ?? []) }
}

extension DateField {
    /// Reads `CLOCK=SOURCE[+FIELD][:FORMAT]`, such as `created=json:ts` or `expiry=hash:la+ttl:s`; the source of a score is
    /// `score:KEY[=MEMBER]`.
    init?(_ text: String, prefix: String) throws(KeyTemplateError) {
        let sides = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard sides.count == 2, let clock = SessionDate(rawValue: sides[0]) else { return nil }
        var parts = sides[1].split(separator: ":", omittingEmptySubsequences: false)
        let isScore = parts[0] == "score"
        var format = Format.number
        if parts.count > 2, let named = parts.last.flatMap({ Format(rawValue: String($0)) }),
            !isScore || [.number, .seconds, .milliseconds].contains(named)
        {
            format = named
            parts.removeLast()
        }
        if isScore {
            let place = parts.dropFirst().joined(separator: ":")
            guard let score = try SessionScore(place, prefix: prefix) else { return nil }
            self.init(clock: clock, source: .score(score), format: format)
            return
        }
        guard parts.count == 2 else { return nil }
        let sources = parts[1].split(separator: "+", omittingEmptySubsequences: false).map {
            ValueSource("\(parts[0]):\($0)")
        }
        guard sources.count <= 2, sources.allSatisfy({ $0 != nil }), let source = sources[0] else { return nil }
        self.init(clock: clock, source: source, addend: sources.count == 2 ? sources[1] : nil, format: format)
    }
}

/// The score of a session's member in a sorted set, where that is one of its dates.
public struct SessionScore: Equatable, Sendable {
    let source: String
    /// The sorted set; its variables are those of the session's key.
    let key: KeyTemplate
    let member: NameForm

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
        guard !name.isEmpty, !rest.isEmpty, try NameForm(String(rest), prefix: prefix).path == nil else { return nil }
        key = try KeyTemplate(String(name), prefix: prefix)
        member = try NameForm(String(rest), prefix: prefix)
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
}

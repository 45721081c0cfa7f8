import Glibc

/// The pattern of a kind of key: literal bytes around variables, such as `appauth:sess:{id}`.
///
/// Matched as a whole, never split: a variable takes any bytes, none included, unless it has a pattern of its own, as in
/// `{id:[0-9a-f]{8}}`. `{prefix}` is replaced when the template is read; `{{` and `}}` stand for the braces themselves.
public final class KeyTemplate: Equatable, Sendable {
    /// The template as it was written.
    public let source: String
    /// The names of the variables, in order.
    public let variables: [String]
    /// The literal bytes before, between and after the variables: one more than there are variables.
    let literals: [[UInt8]]
    let patterns: [VariablePattern?]
    /// The literal bytes before the first variable and after the last.
    let head: [UInt8]
    let tail: [UInt8]
    /// Whether one of the variables takes not any bytes.
    let hasPatterns: Bool
    /// Whether head and tail alone decide what matches.
    let isPlain: Bool
    /// For each variable the number of its first state, and last how many states there are; see ``KeyDivision``.
    let states: [Int]

    /// Reads a template; it may hold `{prefix}`, and has to hold each of the variables in `requires`.
    public init(_ source: String, requires: [String] = [], prefix: String) throws(KeyTemplateError) {
        var reader = KeyTemplateReader(source: source, prefix: prefix)
        try reader.read()
        for name in requires where !reader.names.contains(name) {
            throw .missingVariable(template: source, name)
        }
        self.source = source
        variables = reader.names
        literals = reader.literals
        patterns = reader.patterns
        head = literals[0]
        tail = variables.isEmpty ? [] : literals[variables.count]
        hasPatterns = patterns.contains { $0 != nil }
        isPlain = variables.count == 1 && !hasPatterns
        states = patterns.reduce(into: [0]) { states, pattern in
            states.append(states[states.count - 1] + 1 + (pattern?.bytePattern?.items.count ?? 0))
        }
    }

    public static func == (one: KeyTemplate, other: KeyTemplate) -> Bool {
        one === other
            || (one.source == other.source && one.literals == other.literals && one.variables == other.variables
                && one.patterns == other.patterns)
    }

    /// The bytes that the variable of a plain template takes in `key`, or nil if the key is of another kind.
    func variable(in key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let length = key.count - head.count - tail.count
        guard length >= 0,
            KeyTemplate.stands(head, in: key, at: 0), KeyTemplate.stands(tail, in: key, at: key.count - tail.count)
        else { return nil }
        return UnsafeRawBufferPointer(rebasing: key[head.count..<head.count + length])
    }

    /// Whether these bytes stand at `offset`, where there are at least as many.
    @inline(__always)
    static func stands(_ literal: [UInt8], in bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        literal.withUnsafeBytes { literal in
            guard let start = literal.baseAddress, let base = bytes.baseAddress else { return literal.isEmpty }
            return memcmp(base + offset, start, literal.count) == 0
        }
    }

    // MARK: Keys

    /// The key of a template with one variable whose variable has this value.
    public func key(_ value: some Collection<UInt8>) -> [UInt8] {
        head + value + tail
    }

    /// The template as text with something in the place of each variable.
    public func key(_ value: (_ variable: String) -> String) -> [UInt8] {
        zip(variables, literals.dropFirst()).reduce(literals[0]) { $0 + value($1.0).utf8 + $1.1 }
    }

    /// A key of this kind with something else in the place of each variable's value; nil if it is of another kind.
    public func key(_ key: [UInt8], replacing: (_ variable: String, _ value: [UInt8]) -> [UInt8]) -> [UInt8]? {
        var ranges: [Range<Int>] = []
        guard key.withUnsafeBytes({ match($0, into: &ranges) }) else { return nil }
        return ranges.indices.reduce(literals[0]) { result, place in
            result + replacing(variables[place], Array(key[ranges[place]])) + literals[place + 1]
        }
    }

    /// What has to be kept of a key's name to know it again: what the variable takes, or all of it.
    func stem(of key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        variables.count == 1 ? variable(in: key) ?? key : key
    }

    /// What stands before and after a ``stem(of:)``.
    var frame: (head: [UInt8], tail: [UInt8]) {
        variables.count == 1 ? (head, tail) : ([], [])
    }

    /// The key with this stem.
    func key(stem: some Collection<UInt8>) -> [UInt8] {
        frame.head + stem + frame.tail
    }

    // MARK: Overlap

    /// Whether one key can be of both kinds.
    enum Overlap {
        case never, always
        /// Head and tail allow it, and the patterns of the variables decide; it shows in the keys that there are.
        case undecided
    }

    func overlap(_ other: KeyTemplate) -> Overlap {
        if variables.isEmpty { return head.withUnsafeBytes(other.matches) ? .always : .never }
        if other.variables.isEmpty { return other.overlap(self) }
        // Variables that take any bytes can hold the middle of the other template.
        guard zip(head, other.head).allSatisfy(==), zip(tail.reversed(), other.tail.reversed()).allSatisfy(==) else {
            return .never
        }
        let isCertain =
            switch (hasPatterns, other.hasPatterns) {
            case (false, false): true
            case (true, false): other.covers(self)
            case (false, true): covers(other)
            case (true, true): source == other.source
            }
        return isCertain ? .always : .undecided
    }

    /// Whether there is a key that both templates certainly match.
    func overlaps(_ other: KeyTemplate) -> Bool {
        if case .always = overlap(other) { true } else { false }
    }

    /// Whether every key of the other kind is one of this kind, by head and tail alone.
    private func covers(_ other: KeyTemplate) -> Bool {
        variables.count == 1 && other.head.starts(with: head) && other.tail.reversed().starts(with: tail.reversed())
    }
}

/// Takes the text of a key template apart.
private struct KeyTemplateReader {
    let source: String
    let prefix: String
    private(set) var names: [String] = []
    private(set) var literals: [[UInt8]] = [[]]
    private(set) var patterns: [VariablePattern?] = []

    init(source: String, prefix: String) {
        self.source = source
        self.prefix = prefix
    }

    mutating func read() throws(KeyTemplateError) {
        var rest = source[...]
        while let character = rest.popFirst() {
            switch character {
            case "{" where rest.first == "{", "}" where rest.first == "}":
                rest.removeFirst()
                literals[literals.count - 1] += character.utf8
            case "{": try readVariable(&rest)
            case "}": throw .unbalancedBrace(template: source)
            default: literals[literals.count - 1] += character.utf8
            }
        }
    }

    /// The opening brace is taken already. A pattern may hold braces of its own, in pairs.
    private mutating func readVariable(_ rest: inout Substring) throws(KeyTemplateError) {
        var depth = 1
        var content = ""
        while depth > 0 {
            guard let character = rest.popFirst() else { throw .unbalancedBrace(template: source) }
            if character == "{" { depth += 1 }
            if character == "}" { depth -= 1 }
            if character == "\\", let escaped = rest.popFirst() {
                content += "\\\(escaped)"
            } else if depth > 0 {
                content.append(character)
            }
        }
        let parts = content.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts[0]
        if name == "prefix", parts.count == 1 {
            literals[literals.count - 1] += prefix.utf8
            return
        }
        guard !name.isEmpty, name.utf8.allSatisfy({ (0x61...0x7a).contains($0) }), name != "prefix" else {
            throw .invalidVariable(template: source, name: name)
        }
        guard !names.contains(name) else { throw .repeatedVariable(template: source, name) }
        names.append(name)
        patterns.append(parts.count == 2 ? try VariablePattern(parts[1], template: source) : nil)
        literals.append([])
    }
}

/// Why a text is not a key template, or why templates make no layout.
public enum KeyTemplateError: Error, Equatable, Sendable {
    case unbalancedBrace(template: String)
    /// A variable's name is lower-case letters.
    case invalidVariable(template: String, name: String)
    case invalidPattern(template: String, pattern: String)
    case missingVariable(template: String, String)
    case repeatedVariable(template: String, String)
    /// Two templates match the same keys, so that a key's kind could not be told.
    case overlap(String, String)
    /// What names a session does not tell all that its key is made of.
    case unknownSession(template: String, sessionKey: String, missing: String)
    /// An option that speaks of the key template before it has none before it.
    case misplaced(LayoutOption)
    case invalidValue(LayoutOption)
    /// Presence keys need to know the user of a session.
    case unknownUser(template: String)
    /// A layout reads its sessions as JSON or as hashes, not both.
    case mixedSources(String, String)
    case tooMany(LayoutOption.Name)
}

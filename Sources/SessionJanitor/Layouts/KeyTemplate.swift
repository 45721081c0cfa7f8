import Glibc

/// The pattern of a kind of key: literal bytes around variables, such as `appauth:sess:{id}`.
///
/// Matched as a whole, never split: a variable takes any bytes, none included, unless it has a pattern of its own, as in
/// `{id:[0-9a-f]{8}}`. `{prefix}` is replaced when the template is read; `{{` and `}}` stand for the braces themselves.
public struct KeyTemplate: Equatable, Sendable {
    /// Behind one reference, as templates are handed around for every key.
    private final class Parts: Sendable {
        let source: String
        let variables: [String]
        let literals: [[UInt8]]
        let patterns: [VariablePattern?]
        let head: [UInt8]
        let tail: [UInt8]
        let isPlain: Bool
        /// For each variable the number of its first state, and last how many states there are; see ``KeyDivision``.
        let states: [Int]

        init(_ reader: KeyTemplateReader) {
            source = reader.source
            variables = reader.names
            literals = reader.literals
            patterns = reader.patterns
            head = reader.literals[0]
            tail = reader.names.isEmpty ? [] : reader.literals[reader.names.count]
            isPlain = reader.names.count == 1 && reader.patterns[0] == nil
            states = reader.patterns.reduce(into: [0]) {
                $0.append($0[$0.count - 1] + 1 + ($1?.bytePattern?.items.count ?? 0))
            }
        }
    }

    private let parts: Parts

    /// The template as it was written.
    public var source: String { parts.source }
    /// The names of the variables, in order.
    public var variables: [String] { parts.variables }
    /// The literal bytes before, between and after the variables: one more than there are variables.
    var literals: [[UInt8]] { parts.literals }
    var patterns: [VariablePattern?] { parts.patterns }
    /// The literal bytes before the first variable and after the last.
    public var head: [UInt8] { parts.head }
    public var tail: [UInt8] { parts.tail }
    /// Whether head and tail alone decide what matches.
    var isPlain: Bool { parts.isPlain }
    var states: [Int] { parts.states }

    /// Reads a template; it may hold `{prefix}`, and has to hold each of the variables in `requires`.
    public init(_ source: String, requires: [String] = [], prefix: String) throws(KeyTemplateError) {
        var reader = KeyTemplateReader(source: source, prefix: prefix)
        try reader.read()
        for name in requires where !reader.names.contains(name) {
            throw .missingVariable(template: source, name)
        }
        parts = Parts(reader)
    }

    public static func == (one: KeyTemplate, other: KeyTemplate) -> Bool {
        one.parts === other.parts
            || (one.source == other.source && one.literals == other.literals && one.variables == other.variables
                && one.patterns == other.patterns)
    }

    /// The bytes that the variable of a plain template takes in `key`, or nil if the key is of another kind.
    public func variable(in key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
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

    /// The key of a template with one variable whose variable has this value.
    public func key(_ value: some Collection<UInt8>) -> [UInt8] {
        head + value + tail
    }

    /// The template as text with something in the place of each variable.
    public func key(_ value: (_ variable: String) -> String) -> [UInt8] {
        var key = literals[0]
        for (name, literal) in zip(variables, literals.dropFirst()) {
            key += value(name).utf8
            key += literal
        }
        return key
    }

    /// A key of this kind with something else in the place of each variable's value; nil if it is of another kind.
    public func key(_ key: [UInt8], replacing: (_ variable: String, _ value: [UInt8]) -> [UInt8]) -> [UInt8]? {
        var ranges: [Range<Int>] = []
        guard key.withUnsafeBytes({ match($0, into: &ranges) }) else { return nil }
        var result = literals[0]
        for (index, name) in variables.enumerated() {
            result += replacing(name, Array(key[ranges[index]])) + literals[index + 1]
        }
        return result
    }

    // MARK: Names in a log

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
        let frame = frame
        return frame.head + stem + frame.tail
    }
}

/// The pattern of a kind of key: literal bytes around one variable, such as `appauth:sess:{id}`.
///
/// Matched as a whole, never split: the variable takes any bytes, none included. `{prefix}` is replaced when the
/// template is read; `{{` and `}}` stand for the braces themselves.
public struct KeyTemplate: Equatable, Sendable {
    /// What the variable of a template stands for.
    public enum Variable: String, Sendable {
        case id, user
    }

    /// The template as it was written.
    public let source: String
    /// The literal bytes before and after the variable.
    public let head: [UInt8]
    public let tail: [UInt8]

    /// Reads a template that holds `{variable}` once and may hold `{prefix}`.
    public init(_ source: String, variable: Variable, prefix: String) throws(KeyTemplateError) {
        var pieces: [[UInt8]] = [[]]
        var rest = source[...]
        while let character = rest.popFirst() {
            let next = rest.first
            switch character {
            case "{" where next == "{", "}" where next == "}":
                rest.removeFirst()
                pieces[pieces.count - 1].append(contentsOf: character.utf8)
            case "{":
                guard let end = rest.firstIndex(of: "}") else { throw .unbalancedBrace(template: source) }
                let name = rest[..<end]
                rest = rest[rest.index(after: end)...]
                switch name {
                case "prefix": pieces[pieces.count - 1].append(contentsOf: prefix.utf8)
                case variable.rawValue[...]: pieces.append([])
                default: throw .unknownVariable(template: source, name: String(name), expected: variable)
                }
            case "}":
                throw .unbalancedBrace(template: source)
            default:
                pieces[pieces.count - 1].append(contentsOf: character.utf8)
            }
        }
        guard pieces.count > 1 else { throw .missingVariable(template: source, variable) }
        guard pieces.count == 2 else { throw .repeatedVariable(template: source, variable) }
        self.source = source
        head = pieces[0]
        tail = pieces[1]
    }

    /// The bytes that the variable takes in `key`, or nil if the key is of another kind.
    @inlinable
    public func variable(in key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let length = key.count - head.count - tail.count
        guard length >= 0,
            KeyTemplate.equal(key.prefix(head.count), head), KeyTemplate.equal(key.suffix(tail.count), tail)
        else { return nil }
        return UnsafeRawBufferPointer(rebasing: key[head.count..<head.count + length])
    }

    @inlinable
    static func equal(_ bytes: Slice<UnsafeRawBufferPointer>, _ literal: [UInt8]) -> Bool {
        literal.withUnsafeBytes { bytes.elementsEqual($0) }
    }

    /// The key whose variable has this value.
    public func key(_ value: some Collection<UInt8>) -> [UInt8] {
        head + value + tail
    }

    /// Whether there is a key that both templates match.
    ///
    /// The variables take any bytes, so there is one as soon as neither the heads nor the tails contradict each other.
    public func overlaps(_ other: KeyTemplate) -> Bool {
        let heads = zip(head, other.head).allSatisfy(==)
        let tails = zip(tail.reversed(), other.tail.reversed()).allSatisfy(==)
        return heads && tails
    }
}

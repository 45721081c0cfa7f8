/// What a variable of a key template may take: a regular expression, compiled once and matched against all of it.
///
/// A key's bytes are matched as they are where the expression allows it; Swift's own decides the rest, and on text
/// beyond ASCII: it sees Unicode's characters, and none in bytes that are not UTF-8.
///
/// Swift's tries one division after another, so that its time can grow with a power of the length, and without a bound
/// where a group is repeated: it gets no such expression, and no value of more than ``expressionLimit`` bytes.
///
/// `@unchecked`: a compiled expression is never changed, and Swift's says nothing of threads only because it may hold
/// closures, which one that was read from text does not.
final class VariablePattern: Equatable, @unchecked Sendable {
    let source: String
    private let expression: Regex<AnyRegexOutput>
    let bytePattern: BytePattern?

    init(_ source: String, template: String) throws(KeyTemplateError) {
        guard !VariablePattern.repeatsGroup(source) else {
            throw .invalidPattern(template: template, pattern: source)
        }
        do {
            expression = try Regex(source).matchingSemantics(.unicodeScalar)
        } catch {
            throw .invalidPattern(template: template, pattern: source)
        }
        self.source = source
        bytePattern = BytePattern(source)
    }

    func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if let bytePattern {
            if bytePattern.matches(bytes) { return true }
            guard bytePattern.takesOthers, bytes.contains(where: { $0 >= 0x80 }) else { return false }
        }
        return bytes.count <= VariablePattern.expressionLimit && matchesExpression(bytes)
    }

    static let expressionLimit = 256

    /// Whether a group is followed by how often it may come.
    private static func repeatsGroup(_ source: String) -> Bool {
        var isInClass = false
        var rest = source.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\\"): rest = rest.dropFirst()
            case UInt8(ascii: "["): isInClass = true
            case UInt8(ascii: "]"): isInClass = false
            case UInt8(ascii: ")") where !isInClass:
                if let next = rest.first, "+*{".utf8.contains(next) { return true }
            default: break
            }
        }
        return false
    }

    /// What the expression itself says, by which all else is measured.
    func matchesExpression(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        return (try? expression.wholeMatch(in: text)) != nil
    }

    static func == (one: VariablePattern, other: VariablePattern) -> Bool {
        one.source == other.source
    }
}

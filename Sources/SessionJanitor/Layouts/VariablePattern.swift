/// What a variable of a key template may take: a regular expression, compiled once and matched against all of it.
///
/// A key's bytes are matched as they are where the expression allows it; Swift's own decides the rest, and on text
/// beyond ASCII: it sees Unicode's characters, and none in bytes that are not UTF-8.
///
/// `@unchecked`: a compiled expression is never changed, and Swift's says nothing of threads only because it may hold
/// closures, which one that was read from text does not.
final class VariablePattern: Equatable, @unchecked Sendable {
    let source: String
    private let expression: Regex<AnyRegexOutput>
    private let bytePattern: BytePattern?

    init(_ source: String, template: String) throws(KeyTemplateError) {
        do {
            expression = try Regex(source).matchingSemantics(.unicodeScalar)
        } catch {
            throw .invalidPattern(template: template, pattern: source)
        }
        self.source = source
        bytePattern = BytePattern(source)
    }

    func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let bytePattern else { return matchesExpression(bytes) }
        if bytePattern.matches(bytes) { return true }
        return bytePattern.takesOthers && bytes.contains { $0 >= 0x80 } && matchesExpression(bytes)
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

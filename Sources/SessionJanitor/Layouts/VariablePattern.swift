/// What a variable of a key template may take: a regular expression, compiled once and matched against all of it.
///
/// `@unchecked`: a compiled expression is never changed, and Swift's says nothing of threads only because it may hold
/// closures, which one that was read from text does not.
struct VariablePattern: Equatable, @unchecked Sendable {
    let source: String
    private let expression: Regex<AnyRegexOutput>

    init(_ source: String, template: String) throws(KeyTemplateError) {
        do {
            expression = try Regex(source).matchingSemantics(.unicodeScalar)
        } catch {
            throw .invalidPattern(template: template, pattern: source)
        }
        self.source = source
    }

    func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        return (try? expression.wholeMatch(in: text)) != nil
    }

    static func == (one: VariablePattern, other: VariablePattern) -> Bool {
        one.source == other.source
    }
}

/// A kind of key that holds the id of a session: a string, or a field of a hash.
public struct PointerKey: Equatable, Sendable {
    /// The option's value as it was written.
    public let source: String
    public let template: KeyTemplate
    /// The field of a hash that holds the id; nil where the key is a string.
    public let field: String?
    /// Where the session names this pointer: another value there, and the pointer is not current.
    var backCheck: ValueSource?

    /// The variable that the session's field has to equal.
    static let token = "token"
    /// Stands between a template and the name of a field.
    private static let fieldMark = "=hash:"

    /// Reads `TEMPLATE` or `TEMPLATE=hash:FIELD`.
    init(_ option: LayoutOption, prefix: String) throws(KeyTemplateError) {
        source = option.value
        var text = option.value
        var field: String?
        // What has a brace after it stands in a variable's pattern.
        if let mark = text.utf8Ranges(of: PointerKey.fieldMark).last, !text[mark.upperBound...].contains("}") {
            field = String(text[mark.upperBound...])
            text = String(text[..<mark.lowerBound])
        }
        guard field != "" else { throw .invalidValue(option) }
        self.field = field
        template = try KeyTemplate(text, prefix: prefix)
    }

    /// Whether one key can hold both: several fields of a hash may each be a pointer.
    func sharesKeys(with other: PointerKey) -> Bool {
        guard let field, let otherField = other.field, field != otherField else { return false }
        if case .never = template.overlap(other.template) { return false }
        return true
    }
}

extension String {
    /// Where a text of ASCII stands in this one.
    fileprivate func utf8Ranges(of text: String) -> [Range<String.Index>] {
        indices.compactMap { start in
            guard self[start...].hasPrefix(text), let end = index(start, offsetBy: text.count, limitedBy: endIndex)
            else {
                return nil
            }
            return start..<end
        }
    }
}

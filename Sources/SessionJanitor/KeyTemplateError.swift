/// Why a text is not a key template.
public enum KeyTemplateError: Error, Equatable, Sendable {
    case unbalancedBrace(template: String)
    case unknownVariable(template: String, name: String, expected: KeyTemplate.Variable)
    case missingVariable(template: String, KeyTemplate.Variable)
    case repeatedVariable(template: String, KeyTemplate.Variable)
    /// Two templates match the same keys, so that a key's kind could not be told.
    case overlap(String, String)
}

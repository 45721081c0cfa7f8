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

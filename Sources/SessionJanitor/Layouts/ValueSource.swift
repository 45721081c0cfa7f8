/// Where something stands that belongs to a session: in its value, but for a score.
public enum ValueSource: Equatable, Sendable {
    /// The whole string.
    case value
    /// A field of a JSON object, found along this path.
    case json([String])
    /// A field of a hash.
    case hash(String)
    /// Beside the session: the score of its member in a sorted set.
    case score(SessionScore)

    /// Reads `value`, `json:PATH` or `hash:FIELD`.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        switch (parts[0], parts.count == 2 ? String(parts[1]) : nil) {
        case ("value", nil): self = .value
        case ("json", let path?):
            let names = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard !names.contains("") else { return nil }
            self = .json(names)
        case ("hash", let field?) where !field.isEmpty: self = .hash(field)
        default: return nil
        }
    }
}

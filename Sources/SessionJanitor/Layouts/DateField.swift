/// A date of a session: what it tells, where it stands, and how it is written.
public struct DateField: Equatable, Sendable {
    enum Format: String, Equatable, Sendable {
        case seconds = "s"
        case milliseconds = "ms"
        case iso = "iso"
        /// A `java.lang.Long` in Java's serialisation, in milliseconds.
        case java = "java"
    }

    public let clock: SessionDate
    let source: ValueSource
    /// A field beside it with a number of seconds that is added: a session's life after its last access.
    let addend: ValueSource?
    let format: Format

    /// Reads `CLOCK=SOURCE[+FIELD][:FORMAT]`, such as `created=json:ts` or `expiry=hash:la+ttl:s`; the source of a score is
    /// `score:KEY[=MEMBER]`.
    init?(_ text: String, prefix: String) throws(KeyTemplateError) {
        let sides = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard sides.count == 2, let clock = SessionDate(rawValue: sides[0]) else { return nil }
        if sides[1].hasPrefix(DateField.scoreMark) {
            var text = String(sides[1].dropFirst(DateField.scoreMark.count))
            var format = Format.seconds
            for named in [Format.seconds, .milliseconds] where text.hasSuffix(":\(named.rawValue)") {
                text.removeLast(named.rawValue.count + 1)
                format = named
                break
            }
            guard let score = try SessionScore(text, prefix: prefix) else { return nil }
            self.init(clock: clock, source: .score(score), addend: nil, format: format)
            return
        }
        var parts = sides[1].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        var format = Format.seconds
        if parts.count > 2, let named = Format(rawValue: parts[parts.count - 1]) {
            format = named
            parts.removeLast()
        }
        guard parts.count == 2 else { return nil }
        let fields = parts[1].split(separator: "+", omittingEmptySubsequences: false)
        guard fields.count <= 2, let source = ValueSource("\(parts[0]):\(fields[0])"), source != .value else {
            return nil
        }
        var addend: ValueSource?
        if fields.count == 2 {
            guard let second = ValueSource("\(parts[0]):\(fields[1])") else { return nil }
            addend = second
        }
        self.init(clock: clock, source: source, addend: addend, format: format)
    }

    private init(clock: SessionDate, source: ValueSource, addend: ValueSource?, format: Format) {
        self.clock = clock
        self.source = source
        self.addend = addend
        self.format = format
    }

    private static let scoreMark = "score:"
}

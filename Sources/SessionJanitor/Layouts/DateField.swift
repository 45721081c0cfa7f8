/// A date of a session: what it tells, where it stands, and how it is written.
public struct DateField: Equatable, Sendable {
    enum Format: String, Equatable, Sendable {
        case seconds = "s"
        case milliseconds = "ms"
        case iso = "iso"
        /// A `java.lang.Long` in Java's serialisation, in milliseconds.
        case java = "java"
    }

    public let clock: SessionClock
    let source: ValueSource
    /// A field beside it with a number of seconds that is added: a session's life after its last access.
    let addend: ValueSource?
    let format: Format

    /// Reads `CLOCK=SOURCE[+FIELD][:FORMAT]`, such as `created=json:ts` or `expiry=hash:la+ttl:s`.
    init?(_ text: String) {
        let sides = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard sides.count == 2, let clock = SessionClock(rawValue: sides[0]) else { return nil }
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
        self.clock = clock
        self.source = source
        self.addend = addend
        self.format = format
    }
}

/// Makes other people's bytes fit for a terminal, a log line or a report.
///
/// A user name may hold terminal escapes, line breaks, or bytes that are not text; none of them comes out as such.
enum Printable {
    /// Longer texts are cut: a key may be megabytes long.
    static let longest = 200
    /// Longer passwords do not occur; longer keys do.
    private static let longestURL = 8 << 10

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var result = ""
        var length = 0
        // Mask before the end is cut off: a URL could lose the mark that shows where its password is.
        var source = Secrets.masked(Array(bytes.prefix(longestURL)), .value)[...]
        while !source.isEmpty {
            if length >= longest { return result + "…" }
            var iterator = source.makeIterator()
            var decoder = UTF8()
            let piece: String
            if case .scalarValue(let scalar) = decoder.decode(&iterator) {
                piece = escaped(scalar)
                source = source.dropFirst(UTF8.width(scalar))
            } else {
                piece = hex(source[source.startIndex])
                source = source.dropFirst()
            }
            length += piece.unicodeScalars.count
            result += piece
        }
        return result
    }

    static func text(_ string: some StringProtocol) -> String {
        text(string.utf8)
    }

    /// A word of the command line, or a variable, in quotes; if it may be a URL without its scheme, without user and
    /// password.
    static func quoted(_ string: String) -> String {
        var shown = Secrets.masked(string, .argument)
        if let mark = shown.lastIndex(of: "@"), shown[..<mark].contains(":"), !shown.contains("://"),
            // A template has patterns of its own.
            !shown.contains("{")
        {
            shown = "***" + shown[mark...]
        }
        return "'\(text(shown))'"
    }

    /// A key as a word: in double quotes unless it is one anyway.
    static func key(_ bytes: [UInt8]) -> String {
        let text = text(bytes)
        // By scalars: a quote with a combining mark after it is one character to Swift, and still a quote to a shell.
        let isWord = !text.isEmpty && !text.unicodeScalars.contains { " \"'\\".unicodeScalars.contains($0) }
        guard !isWord else { return text }
        return text.unicodeScalars.reduce(into: "\"") { result, scalar in
            if scalar == "\"" { result += "\\" }
            result.unicodeScalars.append(scalar)
        } + "\""
    }

    /// A word of a command line, in single quotes unless it is plain.
    static func shellWord(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || "-_=:.,+/".utf8.contains(byte)
        }
        return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }

    /// The beginning of a session id: an id is a credential and appears nowhere in full.
    static func shortened(id: [UInt8]) -> String {
        guard let characters = String(validating: id, as: UTF8.self) else {
            return text(id.prefix(min(8, id.count / 2))) + "…"
        }
        return text(String(characters.prefix(min(8, characters.count / 2)))) + "…"
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\\": return "\\\\"
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control where scalar.value < 0x80:
            return hex(UInt8(scalar.value))
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            return "\\u{\(String(scalar.value, radix: 16))}"
        default:
            return String(scalar)
        }
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return "\\x" + (digits.count == 1 ? "0" : "") + digits
    }
}

import RedisClient

/// How some bytes name a session: a member of an index key, or what a pointer holds.
struct NameForm: Equatable, Sendable {
    /// As it was written in an option.
    let source: String
    let template: KeyTemplate
    private let codec: Codec

    /// What stands around the text that names the session.
    private enum Codec: Equatable, Sendable {
        case plain
        /// A string of JSON in its quotes. One with an escape in it is foreign, here as in an object.
        case quoted
        /// A string in Java's serialisation.
        case java
        /// A string as PHP's `serialize` writes it.
        case php
        /// A string along this path of a JSON object.
        case json([String])
    }

    /// Stream header and the tag of a string; two bytes of length follow.
    private static let javaHead: [UInt8] = [0xac, 0xed, 0x00, 0x05, 0x74]

    /// Reads a template with the codec's mark before it: `quoted:`, `java:`, `php:`, or `json:PATH` with `=` and the template
    /// behind it, if that is not the id alone.
    init(_ source: String, prefix: String) throws(KeyTemplateError) {
        self.source = source
        let parts = source.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var text = parts.last ?? ""
        switch (parts[0], parts.count) {
        case ("quoted", 2): codec = .quoted
        case ("java", 2): codec = .java
        case ("php", 2): codec = .php
        case ("json", 2):
            let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard case .json(let path)? = ValueSource("json:" + sides[0]) else {
                throw .invalidValue(LayoutOption(.member, source))
            }
            codec = .json(path)
            text = sides.count == 2 ? sides[1] : "{id}"
        default: (codec, text) = (.plain, source)
        }
        template = try KeyTemplate(text, prefix: prefix)
    }

    /// Whether the bytes are the session id itself.
    var isIdentifier: Bool {
        codec == .plain && template.isPlain && template.variables == ["id"] && template.literals == [[], []]
    }

    /// Where the text stands in an object; nil for the other forms.
    var path: [String]? { if case .json(let path) = codec { path } else { nil } }

    /// The bytes that hold a text; there are none to be made of an object.
    func append(_ text: UnsafeRawBufferPointer, to arguments: inout CommandArguments) {
        switch codec {
        case .plain, .json: arguments.append(text)
        case .quoted: arguments.append(Array("\"".utf8), text, Array("\"".utf8))
        case .php: arguments.append(Array("s:\(text.count):\"".utf8), text, Array("\";".utf8))
        case .java:
            let length = [UInt8(truncatingIfNeeded: text.count >> 8), UInt8(truncatingIfNeeded: text.count)]
            arguments.append(NameForm.javaHead + length, text, [])
        }
    }

    /// Where the text stands in these bytes; nil if they have another form. `scanner` looks for ``path``.
    fileprivate func text(in bytes: UnsafeRawBufferPointer, _ scanner: JSONScanner?) -> Range<Int>? {
        switch codec {
        case .plain: return 0..<bytes.count
        case .quoted:
            guard bytes.count >= 2, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\""),
                bytes[1..<bytes.count - 1].allSatisfy({
                    $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
                })
            else { return nil }
            return 1..<bytes.count - 1
        case .java:
            let start = NameForm.javaHead.count + 2
            guard bytes.count >= start, bytes.starts(with: NameForm.javaHead),
                Int(bytes[start - 2]) << 8 | Int(bytes[start - 1]) == bytes.count - start
            else { return nil }
            return start..<bytes.count
        case .php:
            guard bytes.starts(with: "s:".utf8) else { return nil }
            var (start, length) = (2, 0)
            while start < min(bytes.count, 12), bytes[start] &- 0x30 < 10 {
                length = length * 10 + Int(bytes[start] - 0x30)
                start += 1
            }
            guard start > 2, start + 2 + length + 2 == bytes.count, bytes[start...].starts(with: ":\"".utf8),
                bytes.suffix(2).elementsEqual("\";".utf8)
            else { return nil }
            return start + 2..<bytes.count - 2
        case .json(let path):
            guard let scanner, scanner.scan(bytes), !scanner.hasRepetition,
                case .text(let range, hasEscapes: false) = scanner[path]
            else { return nil }
            return range
        }
    }
}

/// Reads names that have one of some forms.
struct NameReader {
    private let forms: [(form: NameForm, scanner: JSONScanner?)]

    init(_ forms: [NameForm]) {
        self.forms = forms.map { form in (form, form.path.map { JSONScanner([$0]) }) }
    }

    /// The first form that these bytes have, nil if none; `ranges` is then where the value of each of its variables stands.
    func form(of bytes: UnsafeRawBufferPointer, into ranges: inout [Range<Int>]) -> Int? {
        forms.firstIndex { form, scanner in
            guard let text = form.text(in: bytes, scanner),
                form.template.match(UnsafeRawBufferPointer(rebasing: bytes[text]), into: &ranges)
            else { return false }
            guard text.lowerBound > 0 else { return true }
            for place in ranges.indices {
                ranges[place] = ranges[place].lowerBound + text.lowerBound..<ranges[place].upperBound + text.lowerBound
            }
            return true
        }
    }
}

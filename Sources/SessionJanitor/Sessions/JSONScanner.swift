import Glibc

/// Reads JSON objects and finds what stands at certain paths in them.
///
/// Strict, as RFC 8259 has it, in one pass over the bytes, with nothing allocated for what is not wanted: all of the value
/// is checked, and what is nested deeper than ``depthLimit`` is refused.
final class JSONScanner {
    /// What stands at a path.
    enum Finding: Equatable {
        /// Nothing, or so many things that readers differ in which of them they take.
        case missing
        case number(Double)
        /// The bytes of the value between the quotes.
        case text(Range<Int>, hasEscapes: Bool)
        case other
    }

    static let depthLimit = 64

    /// A name on the way to what is wanted; the first one is the object itself.
    fileprivate struct Name {
        /// Where its text stands in ``text``.
        let text: Range<Int>
        let parent: Int
        var children = 0..<0
        var finding = Finding.missing
        var isRepeated = false
    }

    private var names = [Name(text: 0..<0, parent: 0)]
    private var text: [UInt8] = []
    private let paths: [[String]]
    /// For each path the place of its last name.
    private let places: [Int]
    /// Whether one of the names stands twice in its object.
    private(set) var hasRepetition = false

    init(_ paths: [[String]]) {
        self.paths = paths
        // Level by level, so that the names of one object stand beside each other.
        var prefixes: [ArraySlice<String>] = [[]]
        var parent = 0
        while parent < prefixes.count {
            let first = prefixes.count
            let prefix = prefixes[parent]
            for path in paths where path.count > prefix.count && path.starts(with: prefix) {
                let longer = path[...prefix.count]
                if prefixes[first...].contains(longer) { continue }
                let start = text.count
                text += path[prefix.count].utf8
                names.append(Name(text: start..<text.count, parent: parent))
                prefixes.append(longer)
            }
            names[parent].children = first..<prefixes.count
            parent += 1
        }
        places = paths.map { path in prefixes.firstIndex(of: path[...]) ?? 0 }
    }

    /// What stands at this path, one of those that are looked for, in the value that was scanned last.
    subscript(path: [String]) -> Finding {
        paths.firstIndex(of: path).map { self[$0] } ?? .missing
    }

    /// What stands at the path of this number.
    subscript(path: Int) -> Finding {
        var place = places[path]
        let finding = names[place].finding
        while place > 0 {
            if names[place].isRepeated { return .missing }
            place = names[place].parent
        }
        return finding
    }

    /// False if the bytes are not a JSON object.
    func scan(_ value: UnsafeRawBufferPointer) -> Bool {
        let bytes = value.bindMemory(to: UInt8.self)
        let (isObject, isASCII, isRepeated) = names.withUnsafeMutableBufferPointer { names in
            text.withUnsafeBufferPointer { text in
                var pass = JSONPass(bytes, names: names, text: text)
                return (pass.scan(), pass.isASCII, pass.hasRepetition)
            }
        }
        hasRepetition = isRepeated
        guard isObject, !isASCII else { return isObject }
        return (try? UTF8Span(validating: bytes.span)) != nil
    }

    /// The bytes that a string with escapes stands for; it has to be one that was scanned.
    static func unescaped(_ text: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        var pass = JSONPass(
            UnsafeRawBufferPointer(rebasing: text).bindMemory(to: UInt8.self),
            names: UnsafeMutableBufferPointer(start: nil, count: 0), text: UnsafeBufferPointer(start: nil, count: 0))
        return pass.unescaped()
    }
}

/// One pass over a value, which looks for nothing beyond ASCII. Behind pointers, so that the compiler has nothing to count or to check in it.
private struct JSONPass {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let names: UnsafeMutableBufferPointer<JSONScanner.Name>
    private let text: UnsafeBufferPointer<UInt8>
    private var position = 0
    private(set) var hasRepetition = false
    /// The bits of all bytes of strings, eight bytes at a time.
    private var bits: UInt64 = 0
    var isASCII: Bool { bits & 0x8080_8080_8080_8080 == 0 }

    init(
        _ bytes: UnsafeBufferPointer<UInt8>, names: UnsafeMutableBufferPointer<JSONScanner.Name>,
        text: UnsafeBufferPointer<UInt8>
    ) {
        self.bytes = bytes
        self.names = names
        self.text = text
    }

    mutating func scan() -> Bool {
        for place in names.indices {
            names[place].finding = .missing
            names[place].isRepeated = false
        }
        skipSpace()
        guard take("{"), object(names[0].children, depth: 1) else { return false }
        skipSpace()
        return position == bytes.count
    }

    // MARK: Values

    /// An object after its opening brace; `wanted` are the names that are looked for in it.
    private mutating func object(_ wanted: Range<Int>, depth: Int) -> Bool {
        skipSpace()
        if take("}") { return true }
        repeat {
            skipSpace()
            guard let name = string() else { return false }
            let place = find(name, wanted)
            skipSpace()
            guard take(":"), value(place, depth) else { return false }
            skipSpace()
        } while take(",")
        return take("}")
    }

    private mutating func array(depth: Int) -> Bool {
        skipSpace()
        if take("]") { return true }
        repeat {
            guard value(0, depth) else { return false }
            skipSpace()
        } while take(",")
        return take("]")
    }

    /// The value of a name that is looked for, or of any other where that is 0.
    private mutating func value(_ name: Int, _ depth: Int) -> Bool {
        skipSpace()
        var finding = JSONScanner.Finding.other
        switch next {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard depth < JSONScanner.depthLimit else { return false }
            if name > 0 { note(.other, name) }
            guard take("{") else {
                position += 1
                return array(depth: depth + 1)
            }
            return object(name > 0 ? names[name].children : 0..<0, depth: depth + 1)
        case UInt8(ascii: "\""):
            guard let text = string() else { return false }
            finding = .text(text.range, hasEscapes: text.hasEscapes)
        case UInt8(ascii: "t"): guard take("t"), take("r"), take("u"), take("e") else { return false }
        case UInt8(ascii: "f"): guard take("f"), take("a"), take("l"), take("s"), take("e") else { return false }
        case UInt8(ascii: "n"): guard take("n"), take("u"), take("l"), take("l") else { return false }
        default:
            guard let number = number(isWanted: name > 0) else { return false }
            finding = .number(number)
        }
        if name > 0 { note(finding, name) }
        return true
    }

    /// The place of a member's name among those that are looked for here; 0 if it is none of them.
    @inline(__always)
    private func find(_ name: Text, _ wanted: Range<Int>) -> Int {
        if name.hasEscapes, !wanted.isEmpty {
            let bytes = JSONScanner.unescaped(UnsafeRawBufferPointer(bytes)[name.range])
            return wanted.first { text[names[$0].text].elementsEqual(bytes) } ?? 0
        }
        for place in wanted {
            let own = names[place].text
            guard own.count == name.range.count else { continue }
            var (index, offset) = (own.lowerBound, name.range.lowerBound)
            while index < own.upperBound, text[index] == bytes[offset] {
                index += 1
                offset += 1
            }
            if index == own.upperBound { return place }
        }
        return 0
    }

    @inline(__always)
    private mutating func note(_ finding: JSONScanner.Finding, _ place: Int) {
        if names[place].finding == .missing {
            names[place].finding = finding
        } else {
            names[place].isRepeated = true
            hasRepetition = true
        }
    }

    // MARK: Characters

    /// 0 at the end, which is no character of JSON either.
    private var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

    @inline(__always)
    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    @inline(__always)
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    // MARK: Strings

    /// Where the text of a string stands, without the quotes.
    private typealias Text = (range: Range<Int>, hasEscapes: Bool)

    /// Nil if it is none.
    @inline(__always)
    private mutating func string() -> Text? {
        guard take("\""), let start = UnsafeRawPointer(bytes.baseAddress) else { return nil }
        let first = position
        var hasEscapes = false
        var bits: UInt64 = 0
        defer { self.bits |= bits }
        while true {
            // Eight bytes at a time up to the first that is a quote, an escape or a control character.
            while position + 8 <= bytes.count {
                let word = start.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                bits |= word
                let found = JSONPass.marks(word)
                position += found.trailingZeroBitCount / 8
                if found != 0 { break }
            }
            switch next {
            case UInt8(ascii: "\""):
                position += 1
                return (first..<(position - 1), hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                guard escape() != nil else { return nil }
            case ..<0x20: return nil
            default:
                bits |= UInt64(next)
                position += 1
            }
        }
    }

    /// The well-known test of the bytes of a word: the lowest bit that is set is the top bit of the first byte that is
    /// looked for.
    @inline(__always)
    private static func marks(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let word = UInt64(littleEndian: word)
        let quotes = word ^ (ones &* 0x22)
        let escapes = word ^ (ones &* 0x5c)
        let found =
            (word &- ones &* 0x20) & ~word  // below 0x20
            | (quotes &- ones) & ~quotes
            | (escapes &- ones) & ~escapes
        return found & (ones &* 0x80)
    }

    /// Takes a backslash and what belongs to it; nil if that is no character, as half a pair of surrogates is none.
    private mutating func escape() -> Unicode.Scalar? {
        position += 1
        let kind = next
        position += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(kind)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            guard let unit = hexadecimal() else { return nil }
            guard (0xd800...0xdbff).contains(unit) else { return Unicode.Scalar(unit) }
            guard take("\\"), take("u"), let low = hexadecimal(), (0xdc00...0xdfff).contains(low) else { return nil }
            return Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00))
        default: return nil
        }
    }

    private mutating func hexadecimal() -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard next < 0x80, let digit = Character(UnicodeScalar(next)).hexDigitValue else { return nil }
            value = value << 4 | UInt32(truncatingIfNeeded: digit)
            position += 1
        }
        return value
    }

    mutating func unescaped() -> [UInt8] {
        var result: [UInt8] = []
        while position < bytes.count {
            if next == UInt8(ascii: "\\") {
                result += String(escape() ?? "\u{fffd}").utf8
            } else {
                result.append(next)
                position += 1
            }
        }
        return result
    }

    // MARK: Numbers

    /// The value of a number; nil if it is none, or beyond all numbers. One that is not wanted counts as 0 where reading it
    /// would take long.
    private mutating func number(isWanted: Bool) -> Double? {
        let first = position
        let isNegative = take("-")
        var mantissa: UInt64 = 0
        // Zeros in front are no number.
        if !take("0"), digits(&mantissa) == 0 { return nil }
        var scale = 1.0
        if take(".") {
            let count = digits(&mantissa)
            guard count > 0 else { return nil }
            for _ in 0..<min(count, 18) { scale *= 10 }
        }
        let hasExponent = next | 0x20 == UInt8(ascii: "e")
        if hasExponent {
            position += 1
            if !take("+") { _ = take("-") }
            var exponent: UInt64 = 0
            guard digits(&exponent) > 0 else { return nil }
        }
        let length = position - first
        // Exact where both are whole numbers that a Double can hold: most dates are of this kind.
        if length <= 18, !isNegative, !hasExponent, mantissa < 1 << 53 { return Double(mantissa) / scale }
        guard isWanted || hasExponent || length >= 300 else { return 0 }
        // What may follow a number in JSON ends it for the library as well, so that it reads no further.
        guard ",}] \t\n\r".utf8.contains(next), let start = UnsafeRawPointer(bytes.baseAddress) else { return nil }
        let value = strtod((start + first).assumingMemoryBound(to: CChar.self), nil)
        return value.isFinite ? value : nil
    }

    /// How many digits there are; their value is added to `value`, and means nothing where they are many.
    @inline(__always)
    private mutating func digits(_ value: inout UInt64) -> Int {
        let first = position
        while position < bytes.count, bytes[position] &- 0x30 < 10 {
            value = value &* 10 &+ UInt64(bytes[position] &- 0x30)
            position += 1
        }
        return position - first
    }
}

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
    private struct Name {
        /// Where its text stands in ``text``.
        let text: Range<Int>
        let parent: Int
        var children = 0..<0
        var finding = Finding.missing
        var isRepeated = false
    }

    // Behind pointers, so that the compiler has nothing to count or to check in the pass.
    private let names: UnsafeMutableBufferPointer<Name>
    private let text: UnsafeMutableBufferPointer<UInt8>
    private let repetitions: UnsafeMutablePointer<Int>
    private let paths: [[String]]
    /// For each path the place of its last name.
    private let places: [Int]
    /// Whether one of the names stands twice in its object.
    var hasRepetition: Bool { repetitions.pointee > 0 }

    init(_ paths: [[String]]) {
        // Level by level, so that the names of one object stand beside each other.
        var names = [Name(text: 0..<0, parent: 0)]
        var text: [UInt8] = []
        var prefixes: [ArraySlice<String>] = [[]]
        var level = 0..<1
        while !level.isEmpty {
            let next = names.count
            for parent in level {
                let first = names.count
                for path in paths where path.count > prefixes[parent].count && path.starts(with: prefixes[parent]) {
                    let prefix = path[...prefixes[parent].count]
                    if prefixes.contains(prefix) { continue }
                    let start = text.count
                    text += path[prefix.endIndex - 1].utf8
                    names.append(Name(text: start..<text.count, parent: parent))
                    prefixes.append(prefix)
                }
                names[parent].children = first..<names.count
            }
            level = next..<names.count
        }
        self.names = .allocate(capacity: names.count)
        _ = self.names.initialize(from: names)
        self.text = .allocate(capacity: text.count)
        _ = self.text.initialize(from: text)
        repetitions = .allocate(capacity: 1)
        repetitions.initialize(to: 0)
        self.paths = paths
        places = paths.map { path in prefixes.firstIndex(of: path[...]) ?? 0 }
    }

    deinit {
        names.deallocate()
        text.deallocate()
        repetitions.deallocate()
    }

    /// What stands at the path of this number in the value that was scanned last.
    subscript(path: Int) -> Finding {
        var place = places[path]
        let finding = names[place].finding
        while place > 0 {
            if names[place].isRepeated { return .missing }
            place = names[place].parent
        }
        return finding
    }

    /// What stands at this path, one of those that are looked for.
    subscript(path: [String]) -> Finding {
        paths.firstIndex(of: path).map { self[$0] } ?? .missing
    }

    /// False if the bytes are not a JSON object.
    func scan(_ value: UnsafeRawBufferPointer) -> Bool {
        repetitions.pointee = 0
        for place in names.indices {
            names[place].finding = .missing
            names[place].isRepeated = false
        }
        var reader = JSONReader(value)
        return scan(&reader)
    }

    private func scan(_ reader: inout JSONReader) -> Bool {
        reader.skipSpace()
        guard reader.take("{") else { return false }
        // A bit for each level: whether it is an object.
        var objects: UInt64 = 1
        var depth = 1
        // The innermost name whose object we are in, and at which depth that is.
        var (name, nameDepth) = (0, 1)
        var isFirst = true
        while true {
            reader.skipSpace()
            var wanted = 0
            var isClosed = false
            if objects & 1 != 0 {
                if isFirst, reader.take("}") {
                    isClosed = true
                } else {
                    guard let text = reader.string() else { return false }
                    if depth == nameDepth { wanted = find(text, names[name].children, reader) }
                    reader.skipSpace()
                    guard reader.take(":") else { return false }
                    reader.skipSpace()
                }
            } else if isFirst, reader.take("]") {
                isClosed = true
            }
            isFirst = false
            if !isClosed {
                let finding: Finding
                if reader.next == UInt8(ascii: "{") || reader.next == UInt8(ascii: "[") {
                    guard depth < JSONScanner.depthLimit else { return false }
                    let isObject = reader.take("{")
                    if !isObject { _ = reader.take("[") }
                    depth += 1
                    objects = objects << 1 | (isObject ? 1 : 0)
                    isFirst = true
                    if wanted > 0 {
                        note(.other, wanted)
                        if isObject { (name, nameDepth) = (wanted, depth) }
                    }
                    continue
                } else if reader.next == UInt8(ascii: "\"") {
                    guard let text = reader.string() else { return false }
                    finding = .text(text.range, hasEscapes: text.hasEscapes)
                } else if let range = reader.number() {
                    finding = wanted > 0 ? .number(reader.value(range)) : .other
                } else {
                    guard reader.literal() else { return false }
                    finding = .other
                }
                if wanted > 0 { note(finding, wanted) }
            }
            while true {
                if isClosed {
                    if depth == nameDepth { (name, nameDepth) = (names[name].parent, nameDepth - 1) }
                    depth -= 1
                    objects >>= 1
                    if depth == 0 {
                        reader.skipSpace()
                        return reader.isAtEnd
                    }
                }
                reader.skipSpace()
                if reader.take(",") { break }
                guard reader.take(objects & 1 != 0 ? "}" : "]") else { return false }
                isClosed = true
            }
        }
    }

    /// The place of a member's name among those that are looked for here; 0 if it is none of them.
    @inline(__always)
    private func find(_ name: JSONReader.Text, _ candidates: Range<Int>, _ reader: JSONReader) -> Int {
        if name.hasEscapes {
            let bytes = JSONReader.unescaped(reader.bytes[name.range])
            return candidates.first { text[names[$0].text].elementsEqual(bytes) } ?? 0
        }
        for place in candidates {
            let wanted = names[place].text
            guard wanted.count == name.range.count else { continue }
            var (index, offset) = (wanted.lowerBound, name.range.lowerBound)
            while index < wanted.upperBound, text[index] == reader.start[offset] {
                index += 1
                offset += 1
            }
            if index == wanted.upperBound { return place }
        }
        return 0
    }

    @inline(__always)
    private func note(_ finding: Finding, _ place: Int) {
        if names[place].finding == .missing {
            names[place].finding = finding
        } else {
            names[place].isRepeated = true
            repetitions.pointee += 1
        }
    }
}

/// Reads JSON's smallest parts, one after another.
struct JSONReader {
    struct Text {
        /// Without the quotes.
        var range: Range<Int>
        var hasEscapes: Bool
    }

    let bytes: UnsafeRawBufferPointer
    fileprivate let start: UnsafePointer<UInt8>
    private let count: Int
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        count = bytes.count
        // Without an address there is nothing to read.
        start =
            bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            ?? UnsafePointer(UnsafeMutablePointer(bitPattern: 1).unsafelyUnwrapped)
    }

    var isAtEnd: Bool { position == count }
    /// 0 at the end, which is no character of JSON either.
    var next: UInt8 { position < count ? start[position] : 0 }

    @inline(__always)
    mutating func skipSpace() {
        while position < count {
            switch start[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    @inline(__always)
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character), position < count else { return false }
        position += 1
        return true
    }

    /// `true`, `false` or `null`.
    mutating func literal() -> Bool {
        switch next {
        case UInt8(ascii: "t"): take("t") && take("r") && take("u") && take("e")
        case UInt8(ascii: "f"): take("f") && take("a") && take("l") && take("s") && take("e")
        case UInt8(ascii: "n"): take("n") && take("u") && take("l") && take("l")
        default: false
        }
    }

    // MARK: Strings

    /// Nil if it is none.
    @inline(__always)
    mutating func string() -> Text? {
        guard take("\"") else { return nil }
        let first = position
        var hasEscapes = false
        while true {
            // Eight bytes at a time up to the first that is a quote, an escape, a control character or not ASCII.
            var place = position
            while place + 8 <= count {
                let found = JSONReader.marks(UnsafeRawPointer(start + place).loadUnaligned(as: UInt64.self))
                place += found.trailingZeroBitCount / 8
                if found != 0 { break }
            }
            position = place
            guard position < count else { return nil }
            let byte = start[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return Text(range: first..<(position - 1), hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                guard escape() else { return nil }
            case ..<0x20: return nil
            case 0x80...:
                guard character(byte) else { return nil }
            default: position += 1
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
            | word  // 0x80 and above
        return found & (ones &* 0x80)
    }

    /// A backslash and what belongs to it; half a pair of surrogates is no character.
    private mutating func escape() -> Bool {
        position += 1
        let kind = next
        position += 1
        switch kind {
        case UInt8(ascii: "u"):
            guard let unit = hexadecimal(), !(0xdc00...0xdfff).contains(unit) else { return false }
            guard (0xd800...0xdbff).contains(unit) else { return true }
            guard take("\\"), take("u"), let low = hexadecimal() else { return false }
            return (0xdc00...0xdfff).contains(low)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return true
        default: return false
        }
    }

    private mutating func hexadecimal() -> UInt32? {
        guard position + 4 <= count else { return nil }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(UnicodeScalar(start[position])).hexDigitValue, start[position] < 0x80 else {
                return nil
            }
            value = value << 4 | UInt32(truncatingIfNeeded: digit)
            position += 1
        }
        return value
    }

    /// A character beyond ASCII in UTF-8: of the right length, and in no other way than the shortest.
    private mutating func character(_ lead: UInt8) -> Bool {
        let length: Int
        var range: ClosedRange<UInt8> = 0x80...0xbf
        switch lead {
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, range) = (3, 0xa0...0xbf)
        case 0xed: (length, range) = (3, 0x80...0x9f)
        case 0xe1...0xef: length = 3
        case 0xf0: (length, range) = (4, 0x90...0xbf)
        case 0xf1...0xf3: length = 4
        case 0xf4: (length, range) = (4, 0x80...0x8f)
        default: return false
        }
        guard position + length <= count, range.contains(start[position + 1]) else { return false }
        for offset in 2..<max(length, 2) where start[position + offset] & 0xc0 != 0x80 { return false }
        position += length
        return true
    }

    /// The bytes that a string with escapes stands for; it has to be one that ``string()`` has read.
    static func unescaped(_ text: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        var result: [UInt8] = []
        var reader = JSONReader(UnsafeRawBufferPointer(rebasing: text))
        while !reader.isAtEnd {
            let byte = reader.next
            reader.position += 1
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            let kind = reader.next
            reader.position += 1
            switch kind {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0c)
            case UInt8(ascii: "n"): result.append(0x0a)
            case UInt8(ascii: "r"): result.append(0x0d)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = reader.hexadecimal() ?? 0
                if (0xd800...0xdbff).contains(scalar) {
                    reader.position += 2
                    scalar = 0x10000 + (scalar - 0xd800) << 10 + (reader.hexadecimal() ?? 0xdc00) - 0xdc00
                }
                result += String(Unicode.Scalar(scalar) ?? "\u{fffd}").utf8
            default: result.append(kind)
            }
        }
        return result
    }

    // MARK: Numbers

    /// The range of a number; nil, and nothing read, if it is none, or beyond all numbers.
    mutating func number() -> Range<Int>? {
        let first = position
        guard takeNumber(), position - first < 300 || value(first..<position).isFinite else {
            position = first
            return nil
        }
        return first..<position
    }

    private mutating func takeNumber() -> Bool {
        let first = position
        _ = take("-")
        // Zeros in front are no number, and neither is one that is longer than any exponent.
        if !take("0"), digits() == 0 { return false }
        if take("."), digits() == 0 { return false }
        guard next | 0x20 == UInt8(ascii: "e") else { return true }
        position += 1
        if !take("+") { _ = take("-") }
        return digits() > 0 && value(first..<position).isFinite
    }

    @inline(__always)
    private mutating func digits() -> Int {
        let first = position
        var place = first
        while place < count, start[place] &- 0x30 < 10 { place += 1 }
        position = place
        return place - first
    }

    /// The value of a number that ``number()`` has read.
    @inline(__always)
    func value(_ range: Range<Int>) -> Double {
        // Exact where both are whole numbers that a Double can hold: most dates are of this kind.
        guard range.count <= 18 else { return slowValue(range) }
        var mantissa: UInt64 = 0
        var scale = 1.0
        var place = range.lowerBound
        while place < range.upperBound, start[place] &- 0x30 < 10 {
            mantissa = mantissa &* 10 &+ UInt64(start[place] &- 0x30)
            place += 1
        }
        if place < range.upperBound, start[place] == UInt8(ascii: ".") {
            place += 1
            while place < range.upperBound, start[place] &- 0x30 < 10 {
                mantissa = mantissa &* 10 &+ UInt64(start[place] &- 0x30)
                scale *= 10
                place += 1
            }
        }
        return place == range.upperBound && mantissa < 1 << 53 ? Double(mantissa) / scale : slowValue(range)
    }

    private func slowValue(_ range: Range<Int>) -> Double {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: range.count + 1) { buffer in
            for (place, offset) in range.enumerated() { buffer[place] = CChar(bitPattern: start[offset]) }
            buffer[range.count] = 0
            return buffer.baseAddress.map { strtod($0, nil) } ?? 0
        }
    }
}

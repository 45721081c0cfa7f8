/// A quick look at a session's value that finds the many that are plainly live.
///
/// Reads only flat JSON objects of the simplest form: ASCII strings without escapes, numbers, `true`, `false`, `null`.
/// Whatever else there is, it leaves to the JSON library; and it never calls a session expired.
struct SessionGlance {
    enum Finding: Equatable {
        /// Well-formed, dated, and every date lies safely on the living side.
        case live
        /// Well-formed; old, undated or too close to call.
        case plain
        /// Perhaps well-formed, but not of the simple form.
        case odd
    }

    /// Dates are read here to about a microsecond; what lies within a second of the boundary is for the library.
    private static let margin = 1.0

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    static func look(
        at value: UnsafeRawBufferPointer, fields: SessionDateFields, policy: RetentionPolicy
    ) -> Finding {
        var glance = SessionGlance(bytes: value)
        return glance.look(fields, policy)
    }

    private init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private mutating func look(_ fields: SessionDateFields, _ policy: RetentionPolicy) -> Finding {
        var created: Double?
        var expiry: Double?
        var hasCreated = false
        var hasExpiry = false
        var doubtful = false
        skipSpace()
        guard take("{") else { return .odd }
        skipSpace()
        if !take("}") {
            while true {
                guard let name = string() else { return .odd }
                skipSpace()
                guard take(":") else { return .odd }
                skipSpace()
                let isCreated = isText(name, fields.created.utf8)
                let isExpiry = isText(name, fields.expiry.utf8)
                guard let value = scalar() else { return .odd }
                if isCreated || isExpiry {
                    // Be the first one a number or not.
                    guard !(isCreated ? hasCreated : hasExpiry) else { return .odd }
                    if isCreated { hasCreated = true } else { hasExpiry = true }
                    if let value {
                        if isCreated { created = value } else { expiry = value }
                    } else {
                        doubtful = true
                    }
                }
                skipSpace()
                if take("}") { break }
                guard take(",") else { return .odd }
                skipSpace()
            }
        }
        skipSpace()
        guard position == bytes.count else { return .odd }
        if doubtful || (created == nil && expiry == nil) { return .plain }
        if let created, created < policy.cutoff + SessionGlance.margin { return .plain }
        if let expiry, expiry < policy.now + SessionGlance.margin { return .plain }
        return .live
    }

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
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    @inline(__always)
    private func isText(_ range: Range<Int>, _ text: String.UTF8View) -> Bool {
        range.count == text.count && bytes[range].elementsEqual(text)
    }

    /// The range of a string's content; nil if it is not one, or not of the simple form.
    private mutating func string() -> Range<Int>? {
        guard take("\"") else { return nil }
        let start = position
        // Eight bytes at a time while none of them is a quote, an escape, a control character or not ASCII.
        while position + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            guard SessionGlance.isPlain(word) else { break }
            position += 8
        }
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return start..<(position - 1) }
            guard byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\\") else { return nil }
        }
        return nil
    }

    /// The well-known test of the bytes of a word: a byte's top bit is set in the result if the byte is one of those
    /// looked for (or stands above one: good enough, as the bytes are then looked at singly).
    @inline(__always)
    private static func isPlain(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        let quotes = word ^ (ones &* 0x22)
        let escapes = word ^ (ones &* 0x5c)
        let found =
            (word &- ones &* 0x20) & ~word  // below 0x20
            | (quotes &- ones) & ~quotes
            | (escapes &- ones) & ~escapes
            | word  // 0x80 and above
        return found & tops == 0
    }

    /// A value that is no container: `.some(number)` for a number, `.some(nil)` for another, nil if it is not simple.
    private mutating func scalar() -> Double?? {
        guard position < bytes.count else { return nil }
        switch bytes[position] {
        case UInt8(ascii: "\""): return string() == nil ? Double??.none : .some(nil)
        case UInt8(ascii: "t"): return literal("true") ? .some(nil) : Double??.none
        case UInt8(ascii: "f"): return literal("false") ? .some(nil) : Double??.none
        case UInt8(ascii: "n"): return literal("null") ? .some(nil) : Double??.none
        default: return number().map { .some($0) } ?? Double??.none
        }
    }

    private mutating func literal(_ text: String) -> Bool {
        let end = position + text.utf8.count
        guard end <= bytes.count, isText(position..<end, text.utf8) else { return false }
        position = end
        return true
    }

    /// A number without a sign and without an exponent, of at most 18 digits.
    private mutating func number() -> Double? {
        let start = position
        var mantissa: UInt64 = 0
        var scale = 1.0
        var digits = 0
        while let digit = digit() {
            mantissa = mantissa &* 10 &+ digit
            digits += 1
        }
        guard digits > 0, digits == 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
        if take(".") {
            let before = digits
            while let digit = digit() {
                mantissa = mantissa &* 10 &+ digit
                scale *= 10
                digits += 1
            }
            guard digits > before else { return nil }
        }
        guard digits <= 18 else { return nil }
        if position < bytes.count, [UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[position]) { return nil }
        return Double(mantissa) / scale
    }

    @inline(__always)
    private mutating func digit() -> UInt64? {
        guard position < bytes.count else { return nil }
        let value = bytes[position] &- 0x30
        guard value < 10 else { return nil }
        position += 1
        return UInt64(value)
    }
}

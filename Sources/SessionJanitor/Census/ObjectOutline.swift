import FoundationEssentials

/// The names, scalars and commas of a JSON object: what the JSON library is lenient about, and we must not be.
///
/// The library takes the first of two fields with the same name, JavaScript and Python take the last: a date that stands
/// twice is no date. It lets a comma stand before a closing brace, which is not JSON. And of two fields with the same name
/// it never looks at what the second one holds.
struct ObjectOutline {
    /// The names of the object's own fields, in order, not those of objects inside it.
    private(set) var names: [String] = []
    private(set) var hasTrailingComma = false
    /// Whether there is a number or a string that is not written as JSON wants it.
    private(set) var hasBrokenScalar = false

    /// `value` has to be something that the library takes for an object.
    init(_ value: UnsafeRawBufferPointer) {
        var depth = 0
        var position = 0
        var last = UInt8(ascii: " ")
        while position < value.count {
            let byte = value[position]
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if last == UInt8(ascii: ",") { hasTrailingComma = true }
            case UInt8(ascii: "\""):
                let start = position
                position = ObjectOutline.endOfString(value, from: start)
                if !ObjectOutline.isString(value[start..<min(position, value.count)]) { hasBrokenScalar = true }
                guard depth == 1, ObjectOutline.isName(value, after: position) else { break }
                let text = Data(value[start...min(position, value.count - 1)])
                if let name = try? JSONDecoder().decode(String.self, from: text) { names.append(name) }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let number = value[position...].prefix { !ObjectOutline.isSpace($0) && !",]}".utf8.contains($0) }
                if !ObjectOutline.isNumber(number) { hasBrokenScalar = true }
                position += number.count - 1
            default: break
            }
            if !ObjectOutline.isSpace(byte) { last = byte }
            position += 1
        }
    }

    /// Whether the object has two fields of this name.
    func repeats(_ name: String) -> Bool {
        names.count { $0 == name } > 1
    }

    /// The position of the closing quote.
    private static func endOfString(_ value: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start + 1
        while position < value.count, value[position] != UInt8(ascii: "\"") {
            position += value[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return position
    }

    /// Whether the escapes of a string are those of JSON, and no control character stands in it.
    private static func isString(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        var rest = bytes.dropFirst()
        while let byte = rest.popFirst() {
            guard byte >= 0x20 else { return false }
            guard byte == UInt8(ascii: "\\") else { continue }
            guard let kind = rest.popFirst(), "\"\\/bfnrtu".utf8.contains(kind) else { return false }
            guard kind == UInt8(ascii: "u") else { continue }
            let digits = rest.prefix(4)
            guard digits.count == 4, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
                return false
            }
        }
        return true
    }

    private static func isNumber(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        var rest = bytes[...]
        func takeDigits() -> Int {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest.dropFirst(digits.count)
            return digits.count
        }
        func take(_ characters: String) -> Bool {
            guard let byte = rest.first, characters.utf8.contains(byte) else { return false }
            rest = rest.dropFirst()
            return true
        }
        _ = take("-")
        if !take("0"), takeDigits() == 0 { return false }
        if take("."), takeDigits() == 0 { return false }
        if take("eE") {
            _ = take("+-")
            if takeDigits() == 0 { return false }
        }
        return rest.isEmpty
    }

    /// Whether a colon follows: a string with one is a name, not a value.
    private static func isName(_ value: UnsafeRawBufferPointer, after quote: Int) -> Bool {
        guard quote < value.count else { return false }
        return value[(quote + 1)...].first { !isSpace($0) } == UInt8(ascii: ":")
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        [0x20, 0x09, 0x0a, 0x0d].contains(byte)
    }
}

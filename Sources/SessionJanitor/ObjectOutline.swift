import FoundationEssentials

/// The names and commas of a JSON object: what the JSON library is lenient about, and we must not be.
///
/// The library takes the first of two fields with the same name, JavaScript and Python take the last: a date that stands
/// twice is no date. And it lets a comma stand before a closing brace, which is not JSON.
struct ObjectOutline {
    /// The names of the object's own fields, in order, not those of objects inside it.
    private(set) var names: [String] = []
    private(set) var hasTrailingComma = false

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
                guard depth == 1, ObjectOutline.isName(value, after: position) else { break }
                let text = Data(value[start...min(position, value.count - 1)])
                if let name = try? JSONDecoder().decode(String.self, from: text) { names.append(name) }
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

    /// Whether a colon follows: a string with one is a name, not a value.
    private static func isName(_ value: UnsafeRawBufferPointer, after quote: Int) -> Bool {
        guard quote < value.count else { return false }
        return value[(quote + 1)...].first { !isSpace($0) } == UInt8(ascii: ":")
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        [0x20, 0x09, 0x0a, 0x0d].contains(byte)
    }
}

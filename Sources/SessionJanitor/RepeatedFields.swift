import FoundationEssentials

/// Finds date fields that stand twice in a session's JSON object.
///
/// Which of two counts is not settled: the JSON library here takes the first, JavaScript and Python take the last. So a
/// session with such a field has no usable date.
struct RepeatedFields {
    /// Whether one of `names` is the name of two or more fields of the object itself, not of one inside it.
    ///
    /// `value` has to be well-formed JSON.
    static func found(in value: UnsafeRawBufferPointer, names: [String]) -> Bool {
        var counts: [String: Int] = [:]
        var depth = 0
        var position = 0
        while position < value.count {
            switch value[position] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                let start = position
                position = endOfString(value, from: start)
                guard depth == 1, isName(value, after: position) else { break }
                let text = Data(value[start...min(position, value.count - 1)])
                if let name = try? JSONDecoder().decode(String.self, from: text), names.contains(name) {
                    counts[name, default: 0] += 1
                }
            default: break
            }
            position += 1
        }
        return counts.values.contains { $0 > 1 }
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
        return value[(quote + 1)...].first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: ":")
    }
}

import FoundationEssentials

/// A line of a backup: a JSON object whose last field is the CRC-32 of all that stands before it.
public enum BackupLine {
    private static let mark = Array(",\"crc32\":\"".utf8)
    private static let digits = 8
    /// The mark, the digits, a quote and a brace.
    private static let tailLength = mark.count + digits + 2

    /// The line without its line break.
    static func encode(_ value: some Encodable, with encoder: JSONEncoder) throws -> [UInt8] {
        var line = Array(try encoder.encode(value).dropLast())
        let checksum = String(Checksum.crc32(line[...]), radix: 16)
        line += mark
        line += Array(repeatElement(UInt8(ascii: "0"), count: digits - checksum.utf8.count) + Array(checksum.utf8))
        return line + Array("\"}".utf8)
    }

    /// Nil for a line that is damaged, or not of this kind.
    public static func decode<Value: Decodable>(_ type: Value.Type, from line: [UInt8]) -> Value? {
        guard line.count > tailLength else { return nil }
        let body = line.dropLast(tailLength)
        let tail = line.suffix(tailLength)
        guard tail.starts(with: mark), tail.suffix(2).elementsEqual("\"}".utf8),
            let text = String(validating: tail.dropFirst(mark.count).prefix(digits), as: UTF8.self),
            let checksum = UInt32(text, radix: 16), checksum == Checksum.crc32(body)
        else { return nil }
        return try? JSONDecoder().decode(type, from: Data(line))
    }

    static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

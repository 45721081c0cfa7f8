import FoundationEssentials

/// A line of a backup: a JSON object whose last field is the CRC-32 of all that stands before it.
public enum BackupLine {
    private static let mark = Array(",\"crc32\":\"".utf8)
    private static let digits = 8
    /// The mark, the digits, a quote and a brace.
    private static let tailLength = mark.count + digits + 2

    /// The line without its line break.
    static func encode(_ value: some Encodable, with encoder: JSONEncoder) throws -> [UInt8] {
        let body = Array(try encoder.encode(value).dropLast())
        return body + tail(of: body[...])
    }

    /// Appends the line of a key with this payload, which may be large: it is copied once, into its place.
    static func append(
        _ key: BackupKey, payload: UnsafeRawBufferPointer, to lines: inout [UInt8], with encoder: JSONEncoder
    ) throws {
        // No name of a key looks like this: in a string there is a backslash before each quote.
        let mark = Array("\"payload\":\"".utf8)
        let body = Array(try encoder.encode(BackupRecord.key(key)).dropLast())
        guard let place = body.firstRange(of: mark)?.upperBound else { return }
        let start = lines.count
        lines.reserveCapacity(start + body.count + payload.count / 3 * 4 + 64)
        lines += body[..<place]
        var next = 0
        while next < payload.count {
            // A multiple of three, so that the pieces join.
            let end = min(next + 48 << 10, payload.count)
            lines += Data(payload[next..<end]).base64EncodedData()
            next = end
        }
        lines += body[place...]
        lines += tail(of: lines[start...])
    }

    /// Nil for a line that is damaged, or not of this kind.
    public static func decode<Value: Decodable>(_ type: Value.Type, from line: [UInt8]) -> Value? {
        guard line.count > tailLength, line.suffix(tailLength).elementsEqual(tail(of: line.dropLast(tailLength)))
        else { return nil }
        return try? JSONDecoder().decode(type, from: Data(line))
    }

    private static func tail(of body: ArraySlice<UInt8>) -> [UInt8] {
        let checksum = Array(String(Checksum.crc32(body), radix: 16).utf8)
        let zeros = repeatElement(UInt8(ascii: "0"), count: digits - checksum.count)
        return mark + zeros + checksum + Array("\"}".utf8)
    }

    static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

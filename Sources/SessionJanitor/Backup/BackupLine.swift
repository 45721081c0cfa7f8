import FoundationEssentials
public import RedisClient

/// A line of a backup: a JSON object whose last field is the CRC-32 of all that stands before it.
enum BackupLine {
    private static let mark = Array(",\"crc32\":\"".utf8)
    private static let digits = 8
    /// The mark, the digits, a quote and a brace.
    private static let tailLength = mark.count + digits + 2

    /// The line without its line break.
    static func encode(_ value: some Encodable, with encoder: JSONEncoder) throws -> [UInt8] {
        let body = Array(try encoder.encode(value).dropLast())
        return body + tail(of: body[...])
    }

    /// Appends the line of a record whose own payload is empty, with this one in its place: it may be large, and is copied
    /// once.
    static func append(
        _ record: BackupRecord, payload: UnsafeRawBufferPointer, to lines: inout [UInt8], with encoder: JSONEncoder
    ) throws {
        // No name of a key looks like this: in a string there is a backslash before each quote.
        let mark = Array("\"payload\":\"".utf8)
        let body = Array(try encoder.encode(record).dropLast())
        guard let place = body.firstRange(of: mark)?.upperBound else { return }
        let start = lines.count
        lines.reserveCapacity(start + body.count + payload.count / 3 * 4 + 64)
        lines += body[..<place]
        // A multiple of three, so that the pieces join.
        let step = 48 << 10
        for next in stride(from: 0, to: payload.count, by: step) {
            lines += Data(payload[next..<min(next + step, payload.count)]).base64EncodedData()
        }
        lines += body[place...]
        lines += tail(of: lines[start...])
    }

    /// Nil for a line that is damaged, or not of this kind.
    static func decode<Value: Decodable>(_ type: Value.Type, from line: [UInt8]) -> Value? {
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

/// What the first line of a backup or a plan has in every version.
struct FileForm: Decodable {
    var format: String
    var version: Int
}

/// The first line of a backup: what wrote it, when, and from which server.
public struct BackupHeader: Codable, Equatable, Sendable {
    static let format = "session-janitor-backup"
    static let version = 2

    var format = BackupHeader.format
    var version = BackupHeader.version
    var toolVersion: String
    /// ISO 8601, UTC.
    public var startedAt: String
    /// The server's address, without who we were to it.
    public var server: String
    /// Redis's `run_id`: the same process under another name is still the same server.
    public var runIdentifier: String?
    public var database: Int
    /// The key that keeps another run away while the backup is restored.
    public var lockKey: BackupBytes
    var layout: BackupLayout

    enum CodingKeys: String, CodingKey {
        case format, version
        case toolVersion = "tool_version"
        case startedAt = "started_at"
        case server
        case runIdentifier = "run_id"
        case database
        case lockKey = "lock_key"
        case layout
    }
}

extension BackupHeader {
    public init(toolVersion: String, startedAt: String, connection: any RedisPipeline, options: CleanupOptions) {
        self.init(
            toolVersion: toolVersion, startedAt: startedAt, server: connection.endpoint.location,
            runIdentifier: connection.server.runIdentifier, database: connection.endpoint.database,
            lockKey: BackupBytes(options.layout.lockKey), layout: BackupLayout(options))
    }
}

/// CRC-32 as zip and PNG have it: finds lines that were damaged, is no protection against forgery.
enum Checksum {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1 }
    }

    static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var value: UInt32 = ~0
        table.withUnsafeBufferPointer { table in
            for byte in bytes { value = table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ (value >> 8) }
        }
        return ~value
    }
}

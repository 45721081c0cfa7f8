import TestSupport
import Testing

@testable import SessionJanitor

struct BackupLineFuzzTests {
    private static let records: [BackupRecord] = [
        .entry(
            BackupEntry(
                indexKey: BackupBytes("appauth:usess:a@example.org".utf8), member: BackupBytes([0xff, 0x00, 0x0a]),
                score: "1700000000.5", sessionKeys: [BackupBytes("appauth:sess:é\n".utf8)])),
        .key(BackupKey(role: .session, key: [0xfe], payload: [0, 1, 255], expiresAt: 1_700_000_000_123)),
        .ttl(BackupTTL(key: BackupBytes("ann".utf8), expiresAt: 1_700_000_000_123)),
        .list(
            BackupList(
                indexKey: BackupBytes("l".utf8), indexExpiresAt: 5,
                entries: [
                    BackupList.Entry(member: BackupBytes([0x80]), position: 3, sessionKeys: [BackupBytes("s".utf8)])
                ])),
    ]
    private static let pieces = [
        "{", "}", "[", "]", "\"", ",", ":", "null", "-1", "1e99", "9223372036854775808", "\"kind\":\"key\",",
        "\"kind\":\"entry\",",
        "\"base64\":\"", "{\"base64\":\"/w==\"}", "\"score\":null,", "\\u0000", "\\ud800", "\"crc32\":\"", "\0", "é",
    ].map(\.bytes)

    @Test func `a damaged line of a backup is noticed`() throws {
        var random = SplitMix64(seed: Fuzz.seed)
        let encoder = BackupLine.encoder()
        let lines = try Self.records.map { try BackupLine.encode($0, with: encoder) }
        var wrong: [String] = []
        for number in 0..<Fuzz.inputs() {
            let kind = number % lines.count
            let line = Fuzz.damaged(lines[kind], with: Self.pieces, &random)
            let record = BackupLine.decode(BackupRecord.self, from: line)
            // A digit of the checksum in upper case is the same digit: what it covers is whole.
            let isRight = record == Self.records[kind] || (record == nil && line != lines[kind])
            if !isRight { wrong.append("\(Bytes(line))") }
        }
        #expect(wrong.prefix(5) == [], "\(Fuzz.hint)")
    }

    /// Somebody who writes a backup of his own gets the checksum right.
    @Test func `a line with the right checksum is refused, or can be written as it was read`() throws {
        var random = SplitMix64(seed: Fuzz.seed)
        let encoder = BackupLine.encoder()
        let bodies = try Self.records.map { Array(try BackupLine.encode($0, with: encoder).dropLast(20)) }
        var wrong: [String] = []
        var accepted = 0
        let count = Fuzz.inputs()
        for number in 0..<count {
            let body = Fuzz.damaged(bodies[number % bodies.count], with: Self.pieces, &random)
            let checksum = String(Checksum.crc32(body[...]), radix: 16)
            let digits = String(repeating: "0", count: 8 - checksum.utf8.count) + checksum
            let line = body + ",\"crc32\":\"\(digits)\"}".bytes
            guard let record = BackupLine.decode(BackupRecord.self, from: line) else { continue }
            accepted += 1
            let again = try BackupLine.encode(record, with: encoder)
            if BackupLine.decode(BackupRecord.self, from: again) != record { wrong.append("\(Bytes(line))") }
        }
        #expect(wrong.prefix(5) == [], "\(Fuzz.hint)")
        #expect(accepted > count / 20 && accepted < count)
    }
}

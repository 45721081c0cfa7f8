import Foundation
import Testing

@testable import SessionJanitor

struct BackupLineTests {
    private static let entry = BackupRecord(
        "appauth:usess:a@example.org".utf8, expiresAt: nil,
        .entry(
            BackupRecord.Entry(
                member: BackupBytes([0xff, 0x00, 0x0a]), score: "1700000000.5",
                sessionKeys: [BackupBytes("\"{}\\\n\u{1b}é e\u{301}".utf8)])))

    private static let records: [BackupRecord] = [
        entry,
        BackupRecord([0xfe], expiresAt: 1_700_000_000_123, .key(.session, payload: Data([0, 1, 255]))),
        BackupRecord([], expiresAt: nil, .key(.session, payload: Data())),
        BackupRecord([0xfe], expiresAt: 1_700_000_000_123, .expiry(payload: nil)),
        BackupRecord(
            [], expiresAt: 5,
            .list([
                BackupRecord.Entry(member: BackupBytes([0x80]), position: 3, sessionKeys: [BackupBytes("s".utf8)])
            ])),
    ]

    private func line(_ record: BackupRecord) throws -> [UInt8] {
        try BackupLine.encode(record, with: BackupLine.encoder())
    }

    @Test(arguments: [("123456789", UInt32(0xcbf4_3926)), ("", 0)])
    func `the checksum is the CRC-32 of zip`(text: String, expected: UInt32) {
        #expect(Checksum.crc32(Array(text.utf8)[...]) == expected)
    }

    @Test(arguments: records)
    func `what is written is read again, whatever its bytes`(record: BackupRecord) throws {
        let line = try line(record)
        #expect(BackupLine.decode(BackupRecord.self, from: line) == record)
        #expect(!line.contains(UInt8(ascii: "\n")))
        #expect(try JSONSerialization.jsonObject(with: Data(line)) is [String: Any])
    }

    /// Backups outlive the version that wrote them.
    @Test(arguments: [
        (
            BackupRecord([0xfe], expiresAt: 7, .key(.companion, payload: Data([0, 1, 255]))),
            #"{"expires_at_ms":7,"key":{"base64":"/g=="},"kind":"key","payload":"AAH/","role":"companion""#
        ),
        (
            BackupRecord(
                "i:a".utf8, expiresAt: 5,
                .entry(
                    BackupRecord.Entry(
                        member: BackupBytes("1".utf8), score: "1.5", sessionKeys: [BackupBytes("s:1".utf8)]))),
            #"{"index_expires_at_ms":5,"index_key":"i:a","kind":"entry","member":"1","score":"1.5","#
                + #""session_keys":["s:1"]"#
        ),
        (
            BackupRecord(
                "i:a".utf8, expiresAt: nil,
                .list([BackupRecord.Entry(member: BackupBytes("1".utf8), position: 3, sessionKeys: [])])),
            #"{"entries":[{"member":"1","position":3,"session_keys":[]}],"index_key":"i:a","kind":"list_entries""#
        ),
        (
            BackupRecord("h:a".utf8, expiresAt: nil, .field("f", value: BackupBytes("1".utf8))),
            #"{"field":"f","key":"h:a","kind":"field","value":"1""#
        ),
        (
            BackupRecord("s:1".utf8, expiresAt: 8, .expiry(payload: Data([0]))),
            #"{"expires_at_ms":8,"key":"s:1","kind":"ttl","payload":"AA==""#
        ),
        (
            BackupRecord("s:1".utf8, expiresAt: 8, .expiry(payload: nil)),
            #"{"expires_at_ms":8,"key":"s:1","kind":"ttl""#
        ),
    ])
    func `a line reads as it always did`(record: BackupRecord, text: String) throws {
        let line = try line(record)
        #expect(String(decoding: line.dropLast(20), as: UTF8.self) == text)
        #expect(BackupLine.decode(BackupRecord.self, from: line) == record)
    }

    @Test
    func `every single changed bit is noticed`() throws {
        let line = try line(Self.entry)
        for index in line.indices {
            for bit in 0..<8 {
                var damaged = line
                damaged[index] ^= 1 << bit
                #expect(BackupLine.decode(BackupRecord.self, from: damaged) == nil, "at \(index)")
            }
        }
    }

    @Test
    func `a line that is cut off anywhere is noticed`() throws {
        let line = try line(Self.entry)
        for length in line.indices {
            #expect(BackupLine.decode(BackupRecord.self, from: Array(line[..<length])) == nil)
        }
    }

    @Test
    func `a header is no record, and a record no header`() throws {
        let header = BackupHeader(
            toolVersion: "1", startedAt: "now", server: "redis://h:1/0", runIdentifier: nil, database: 0,
            lockKey: BackupBytes([1]),
            layout: BackupLayout(CleanupOptions(layout: try Layout())))
        let line = try BackupLine.encode(header, with: BackupLine.encoder())
        #expect(BackupLine.decode(BackupHeader.self, from: line) == header)
        #expect(BackupLine.decode(BackupRecord.self, from: line) == nil)
        #expect(BackupLine.decode(BackupHeader.self, from: try self.line(Self.entry)) == nil)
    }

    @Test(arguments: [0.1, -1e300, .infinity, Double.leastNonzeroMagnitude, 17, -0.0])
    func `a score is the same number when it is read again`(score: Double) {
        let text = RedisScore.text(score)
        let again = Array(text.utf8).withUnsafeBytes { RedisScore.number($0) }
        #expect(again?.bitPattern == score.bitPattern)
        #expect(strtod(text, nil).bitPattern == score.bitPattern)
    }
}

import Foundation
import Testing

@testable import SessionJanitor

@Suite struct BackupLineTests {
    private static let entry = BackupRecord.entry(
        BackupEntry(
            indexKey: BackupBytes("appauth:usess:a@example.org".utf8), member: BackupBytes([0xff, 0x00, 0x0a]),
            score: "1700000000.5", sessionKeys: [BackupBytes("\"{}\\\n\u{1b}é e\u{301}".utf8)]))

    private static let records: [BackupRecord] = [
        entry,
        .key(BackupKey(role: .session, key: [0xfe], payload: [0, 1, 255], expiresAt: 1_700_000_000_123)),
        .key(BackupKey(role: .session, key: [], payload: [], expiresAt: nil)),
        .ttl(BackupTTL(key: BackupBytes([0xfe]), expiresAt: 1_700_000_000_123)),
        .list(
            BackupList(
                indexKey: BackupBytes([]), indexExpiresAt: 5,
                entries: [
                    BackupList.Entry(
                        member: BackupBytes([0x80]), position: 3, sessionKeys: [BackupBytes("s".utf8)])
                ])),
    ]

    private func line(_ record: BackupRecord) throws -> [UInt8] {
        try BackupLine.encode(record, with: BackupLine.encoder())
    }

    @Test("The checksum is the CRC-32 of zip", arguments: [("123456789", UInt32(0xcbf4_3926)), ("", 0)])
    func checksum(text: String, expected: UInt32) {
        #expect(Checksum.crc32(Array(text.utf8)[...]) == expected)
    }

    @Test("What is written is read again, whatever its bytes", arguments: records)
    func roundTrip(record: BackupRecord) throws {
        let line = try line(record)
        #expect(BackupLine.decode(BackupRecord.self, from: line) == record)
        #expect(!line.contains(UInt8(ascii: "\n")))
        #expect(try JSONSerialization.jsonObject(with: Data(line)) is [String: Any])
    }

    @Test("Every single changed bit is noticed")
    func damage() throws {
        let line = try line(Self.entry)
        for index in line.indices {
            for bit in 0..<8 {
                var damaged = line
                damaged[index] ^= 1 << bit
                #expect(BackupLine.decode(BackupRecord.self, from: damaged) == nil, "at \(index)")
            }
        }
    }

    @Test("A line that is cut off anywhere is noticed")
    func cut() throws {
        let line = try line(Self.entry)
        for length in line.indices {
            #expect(BackupLine.decode(BackupRecord.self, from: Array(line[..<length])) == nil)
        }
    }

    @Test("A header is no record, and a record no header")
    func kinds() throws {
        let header = BackupHeader(
            toolVersion: "1", startedAt: "now", server: "redis://h:1/0", runIdentifier: nil, database: 0, lockKey: [1],
            layout: BackupLayout(CleanupOptions(layout: try Layout())))
        let line = try BackupLine.encode(header, with: BackupLine.encoder())
        #expect(BackupLine.decode(BackupHeader.self, from: line) == header)
        #expect(BackupLine.decode(BackupRecord.self, from: line) == nil)
        #expect(BackupLine.decode(BackupHeader.self, from: try self.line(Self.entry)) == nil)
    }

    @Test(
        "A score is the same number when it is read again",
        arguments: [0.1, -1e300, .infinity, Double.leastNonzeroMagnitude, 17, -0.0])
    func scores(score: Double) {
        let text = RedisScore.text(score)
        let again = Array(text.utf8).withUnsafeBytes { RedisScore.number($0) }
        #expect(again?.bitPattern == score.bitPattern)
        #expect(strtod(text, nil).bitPattern == score.bitPattern)
    }
}

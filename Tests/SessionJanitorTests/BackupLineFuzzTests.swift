import Foundation
import TestSupport
import Testing

@testable import SessionJanitor

struct BackupLineFuzzTests {
    private static let records: [BackupRecord] = [
        BackupRecord(
            "appauth:usess:a@example.org".utf8, expiresAt: nil,
            .entry(
                BackupRecord.Entry(
                    member: BackupBytes([0xff, 0x00, 0x0a]), score: "1700000000.5",
                    sessionKeys: [BackupBytes("appauth:sess:é\n".utf8)]))),
        BackupRecord([0xfe], expiresAt: 1_700_000_000_123, .key(.session, payload: Data([0, 1, 255]))),
        BackupRecord("ann".utf8, expiresAt: 1_700_000_000_123, .expiry(payload: nil)),
        BackupRecord(
            "l".utf8, expiresAt: 5,
            .list([
                BackupRecord.Entry(member: BackupBytes([0x80]), position: 3, sessionKeys: [BackupBytes("s".utf8)])
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
            let line = Self.line(Fuzz.damaged(bodies[number % bodies.count], with: Self.pieces, &random))
            guard let record = BackupLine.decode(BackupRecord.self, from: line) else { continue }
            accepted += 1
            let again = try BackupLine.encode(record, with: encoder)
            if BackupLine.decode(BackupRecord.self, from: again) != record { wrong.append("\(Bytes(line))") }
        }
        #expect(wrong.prefix(5) == [], "\(Fuzz.hint)")
        #expect(accepted > count / 20 && accepted < count)
    }

    private static func line(_ body: [UInt8]) -> [UInt8] {
        let checksum = String(Checksum.crc32(body[...]), radix: 16)
        let digits = String(repeating: "0", count: 8 - checksum.utf8.count) + checksum
        return body + ",\"crc32\":\"\(digits)\"}".bytes
    }

    private static let layout: [LayoutOption] = [
        LayoutOption(.sessionKey, "s:{id}"), LayoutOption(.indexKey, "i:{user}"),
        LayoutOption(.pointerKey, "p:{user}"), LayoutOption(.pointerKey, "h:{user}=hash:f"),
        LayoutOption(.companionKey, "c:{id}"), LayoutOption(.date, "created=json:ts"),
    ]

    private static let lines: [BackupRecord] = [
        BackupRecord("s:1".bytes, expiresAt: 7, .key(.session, payload: Data(repeating: 0, count: 12))),
        BackupRecord("p:1".bytes, expiresAt: nil, .key(.pointer, payload: Data(repeating: 0, count: 12))),
        BackupRecord("c:1".bytes, expiresAt: 9, .key(.companion, payload: Data(repeating: 4, count: 12))),
        BackupRecord(
            "i:a".bytes, expiresAt: nil,
            .entry(
                BackupRecord.Entry(
                    member: BackupBytes("1".utf8), score: "1.5", sessionKeys: [BackupBytes("s:1".utf8)]))),
        BackupRecord(
            "i:a".bytes, expiresAt: 5,
            .list(
                (0..<3).map {
                    BackupRecord.Entry(
                        member: BackupBytes("1".utf8), position: $0, sessionKeys: [BackupBytes("s:1".utf8)])
                })),
        BackupRecord("s:1".bytes, expiresAt: 8, .expiry(payload: nil)),
        BackupRecord("h:1".bytes, expiresAt: nil, .field("f", value: BackupBytes("1".utf8))),
    ]

    @Test func `a line with the right checksum does nothing that the layout of its header does not allow`() throws {
        var random = SplitMix64(seed: Fuzz.seed)
        let encoder = BackupLine.encoder()
        let rules = try BackupRules(BackupLayout(CleanupOptions(layout: Layout(.custom, options: Self.layout))))
        let bodies = try Self.lines.map { Array(try BackupLine.encode($0, with: encoder).dropLast(20)) }
        for record in Self.lines { #expect(rules.allow(record)) }
        let pieces =
            Self.pieces + ["s:", "i:", "p:", "h:", "c:", "-9223372036854775808", "\"nan\"", "\"INCR\""].map(\.bytes)
        var wrong: [String] = []
        for number in 0..<Fuzz.inputs() {
            let line = Self.line(Fuzz.damaged(bodies[number % bodies.count], with: pieces, &random))
            guard let record = BackupLine.decode(BackupRecord.self, from: line), rules.allow(record) else { continue }
            if !Self.isHarmless(record) { wrong.append("\(Bytes(line))") }
        }
        #expect(wrong.prefix(5) == [], "\(Fuzz.hint)")
    }

    private static func isHarmless(_ record: BackupRecord) -> Bool {
        func begins(_ heads: String...) -> Bool {
            heads.contains { record.key.bytes.starts(with: $0.utf8) }
        }
        let isLater = record.expiresAt.map { $0 >= 1 } ?? true
        switch record.target {
        case .key(let role, let payload):
            let head = [BackupRecord.Role.session: "s:", .pointer: "p:", .companion: "c:"][role]
            let isOfType = role == .companion || payload.first == 0
            return head.map { begins($0) } == true && isOfType && isLater
        case .entry(let entry):
            return begins("i:") && isLater && entry.score.map { Double($0).map { $0 == $0 } ?? false } ?? true
        case .list(let entries):
            let positions = entries.compactMap(\.position)
            return begins("i:") && isLater && positions.count == entries.count && positions == Set(positions).sorted()
                && positions.allSatisfy { $0 >= 0 }
        case .expiry: return begins("s:") && record.expiresAt != nil && isLater
        case .field(let field, _): return begins("h:") && field == "f" && isLater
        }
    }
}

import TestSupport
import Testing

/// Spring Session with its index, in Java's serialisation and plain.
@Suite(.waiting) struct SpringSessionTests {
    private let store: Store
    private static let index: Bytes =
        "spring:session:index:org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME:"

    private static let living: Bytes = "0f6f5a8e-0000-4000-8000-000000000001"
    private static let expired: Bytes = "0f6f5a8e-0000-4000-8000-000000000002"
    private static let gone: Bytes = "0f6f5a8e-0000-4000-8000-000000000003"
    private static let lost: Bytes = "0f6f5a8e-0000-4000-8000-000000000004"

    /// A string in Java's serialisation.
    private static func java(_ text: Bytes) -> Bytes {
        Bytes([0xac, 0xed, 0, 5, 0x74, UInt8(text.count >> 8), UInt8(text.count & 0xff)]) + text
    }

    /// The number's class description is of no matter here; its length is as Java's.
    private static func java(_ number: Int, bytes: Int, of width: Int) -> Bytes {
        let head = [0xac, 0xed, 0, 5] + [UInt8](repeating: 0x73, count: bytes - 4 - width)
        return Bytes(head + (0..<width).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
    }

    private static func session(_ id: Bytes, lastAccess: Int) -> [[Bytes]] {
        [
            [
                "HSET", "spring:session:sessions:" + id, "creationTime", java(1_600_000_000_000, bytes: 82, of: 8),
                "lastAccessedTime", java(lastAccess, bytes: 82, of: 8), "maxInactiveInterval",
                java(1_800, bytes: 81, of: 4), "sessionAttr:x", java("y"),
            ],
            ["EXPIRE", "spring:session:sessions:" + id, "2100"],
            ["SET", "spring:session:sessions:expires:" + id, "", "EX", "1800"],
        ]
    }

    init() throws {
        store = try Store("--layout", "spring-session")
        try store.client.run(SpringSessionTests.session(SpringSessionTests.living, lastAccess: 4_000_000_000_000))
        try store.client.run(SpringSessionTests.session(SpringSessionTests.expired, lastAccess: 1_700_000_000_000))
    }

    private func writeIndexes(_ member: (Bytes) -> Bytes) throws {
        typealias Own = SpringSessionTests
        let all = [Own.living, Own.expired, Own.gone]
        try store.write(
            ["SADD", Own.index + "ann"] + all.map(member), ["SADD", Own.index + "bob", member(Own.lost)],
            ["SADD", "spring:session:expirations:1700000060000"] + all.map { member("expires:" + $0) },
            ["ZADD", "spring:session:sessions:expirations"] + all.flatMap { ["1700000060000", member($0)] },
            ["SET", "spring:session:sessions:expires:" + Own.gone, ""], ["SET", "spring:session:other", "x"])
    }

    @Test(arguments: [true, false])
    func `entries and expiry keys without their hash go, in Java's serialisation and plain`(isJava: Bool) throws {
        typealias Own = SpringSessionTests
        let member: (Bytes) -> Bytes = { isJava ? Own.java($0) : $0 }
        try writeIndexes(member)
        let numbers = try store.cleanTwice()
        #expect(
            numbers == [
                "user_sessions_checked": 4, "total_sessions_checked": 10, "valid_sessions_found": 6,
                "orphaned_sessions_found": 4, "orphaned_sessions_removed": 4, "user_sessions_cleaned": 4,
                "empty_user_sessions_found": 1, "empty_user_sessions_removed": 1, "sessions_checked": 2,
                "orphaned_companions_found": 1, "orphaned_companions_removed": 1,
            ])
        let kept = [Own.living, Own.expired]
        #expect(try store.members(Own.index + "ann") == Set(kept.map(member)))
        #expect(
            try store.members("spring:session:expirations:1700000060000") == Set(kept.map { member("expires:" + $0) }))
        #expect(try store.ranked("spring:session:sessions:expirations") == Set(kept.map(member)))
        #expect(try store.keys().contains("spring:session:other"))
        #expect(try !store.keys().contains("spring:session:sessions:expires:" + Own.gone))
    }

    @Test func `with verbose an entry is named by its session's id, not by what stands before it`() throws {
        typealias Own = SpringSessionTests
        try writeIndexes(Own.java)
        for words in [["--dry-run"], []] {
            let lines = try store.lines("-v", words.first ?? "-v")
            #expect(lines.contains { $0.hasSuffix("PRINCIPAL_NAME_INDEX_NAME:bob: 0f6f5a8e…") }, "\(lines)")
            #expect(!lines.contains { $0.contains("\\xac") }, "\(lines)")
        }
    }

    @Test func `a session whose longest inactivity is over takes all its keys along`() throws {
        typealias Own = SpringSessionTests
        try writeIndexes(Own.java)
        let numbers = try store.cleanTwice("--include-expired")
        #expect(numbers["expired_sessions_removed"] == 1)
        #expect(numbers["expired_entries_removed"] == 3)
        #expect(numbers["expired_dependents_removed"] == 1)
        #expect(
            try store.keys() == [
                "spring:session:sessions:" + Own.living, "spring:session:sessions:expires:" + Own.living,
                Own.index + "ann", "spring:session:expirations:1700000060000", "spring:session:sessions:expirations",
                "spring:session:other",
            ])
    }

    @Test func `members that name no session are left alone and told of`() throws {
        typealias Own = SpringSessionTests
        let odd = Bytes([0xac, 0xed, 0, 5, 0x74, 0, 9]) + "short"
        try store.write([
            "SADD", "spring:session:expirations:1700000060000", odd, "expires:" + Own.gone, "expires:" + Own.living,
        ])
        let (status, report) = try store.clean()
        #expect(status == .exited(0))
        #expect(report.stat("total_sessions_checked") == 2)
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(report.warnings.contains { $0.contains("cannot name a session") })
        #expect(try store.members("spring:session:expirations:1700000060000") == [odd, "expires:" + Own.living])
    }

    @Test func `members in another serialisation stay: their sessions may be alive`() throws {
        typealias Own = SpringSessionTests
        let json = ["\"" + Own.living + "\"", Own.java(Own.living) + "x"]
        try store.write(
            ["SADD", Own.index + "ann"] + json, ["ZADD", "spring:session:sessions:expirations", "1", json[0]])
        let (_, report) = try store.clean()
        #expect(report.stat("orphaned_sessions_found") == 0)
        #expect(report.warnings.contains { $0.contains("cannot name a session") })
        #expect(try store.members(Own.index + "ann") == Set(json))
        #expect(try store.ranked("spring:session:sessions:expirations") == [json[0]])
    }
}

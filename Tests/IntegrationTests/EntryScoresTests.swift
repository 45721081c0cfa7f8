import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

@Suite(.waiting) struct EntryScoresTests {
    private static let key: Bytes = "a@example.org"
    private static let count = 3_000
    private let appauth: Store

    init() throws {
        appauth = try Store()
        try appauth.client.call(
            ["ZADD", Appauth.index(EntryScoresTests.key)]
                + (0..<EntryScoresTests.count).flatMap { ["\($0).25", "id-\($0)"] as [Bytes] })
    }

    /// All entries, in an index key of this type.
    private func log(_ type: IndexType) -> RemovalLog {
        let log = RemovalLog()
        func append(_ text: String, _ body: (UnsafeRawBufferPointer) -> Void) { Array(text.utf8).withUnsafeBytes(body) }
        append("a@example.org") { log.append(indexKey: $0, type: type, keepsEntries: false) }
        for number in 0..<EntryScoresTests.count {
            append("id-\(number)") { log.append(Removal(kind: .entry, reason: .orphaned, template: 0, stem: $0)) }
        }
        return log
    }

    private func scores(_ log: RemovalLog) throws -> EntryScores {
        let connection = try RedisConnection(to: appauth.redis.endpoint(), mode: .readOnly, timeout: .seconds(20))
        return try EntryScores(
            of: log, layout: Layout(), connection: connection,
            pacer: Pacer(chunkTime: .milliseconds(1), niceRatio: 0)
        ) {}
    }

    @Test func `each entry has its own score, and one that is gone has none`() throws {
        try appauth.client.call("ZREM", Appauth.index(EntryScoresTests.key), "id-0", "id-1999", "id-2999")
        var scores = try scores(log(.sortedSet))
        for number in 0..<EntryScoresTests.count {
            let isGone = [0, 1_999, 2_999].contains(number)
            #expect(scores.next() == (isGone ? .gone : .score(Double(number) + 0.25)))
        }
        #expect(scores.next() == .gone)
    }

    @Test func `an entry's grace time begins when its own score was read`() throws {
        let start = ContinuousClock.now
        var scores = try scores(log(.sortedSet))
        let end = ContinuousClock.now
        #expect(scores.lastRead == nil)
        var times: [ContinuousClock.Instant] = []
        for _ in 0..<EntryScoresTests.count {
            _ = scores.next()
            times.append(try #require(scores.lastRead))
        }
        #expect(times.allSatisfy { (start...end).contains($0) })
        #expect(times == times.sorted())
        // Several batches, none of which is counted for another.
        #expect(times.first != times.last)
    }

    @Test func `entries of a key that has become another type are told from those that are gone`() throws {
        try appauth.client.run([
            ["DEL", Appauth.index(EntryScoresTests.key)], ["SADD", Appauth.index(EntryScoresTests.key), "id-0"],
        ])
        var scores = try scores(log(.sortedSet))
        #expect(scores.next() == .retyped)
    }

    @Test func `sets and lists have no scores`() throws {
        #expect(try scores(log(.set)).lastRead == nil)
    }
}

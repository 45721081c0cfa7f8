import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// A plan that is carried out has the scores of its entries, read with the second look.
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

    /// Of each entry its member and score, as planned.
    private func scores(_ suspects: RemovalLog, readsScores: Bool = true) throws -> [(String, Double?)] {
        let connection = try RedisConnection(to: appauth.redis.endpoint(), mode: .readOnly, timeout: .seconds(20))
        let layout = try Layout()
        let look = SecondLook(
            connection, layout: layout, sessions: ExpiredSessions(ByteLog(), layout), readsScores: readsScores,
            pacer: Pacer(chunkTime: .milliseconds(1), niceRatio: 0)
        ) { _ in }
        try look.run(suspects)
        var scores: [(String, Double?)] = []
        var cursor = ByteLog.Cursor()
        while let item = look.confirmed.next(&cursor) {
            guard case .removal(let removal) = item else { continue }
            let score = removal.mark.map { Double(bitPattern: $0) }
            scores.append((String(decoding: removal.stem, as: UTF8.self), score))
        }
        return scores
    }

    @Test func `each entry has its own score, and one that is gone has none`() throws {
        try appauth.client.call("ZREM", Appauth.index(EntryScoresTests.key), "id-0", "id-1999", "id-2999")
        let scores = try scores(log(.sortedSet))
        #expect(scores.map(\.0) == (0..<EntryScoresTests.count).map { "id-\($0)" })
        for (number, entry) in scores.enumerated() {
            let isGone = [0, 1_999, 2_999].contains(number)
            #expect(isGone ? entry.1?.isNaN == true : entry.1 == Double(number) + 0.25)
        }
    }

    @Test func `entries keep their order and their scores where sessions among theirs are there`() throws {
        // Some sessions are there, so that their batches are asked about twice, and settled in their order all the same.
        try appauth.write(sessions: "id-0", "id-700", "id-701", "id-2999")
        let scores = try scores(log(.sortedSet))
        let expected = (0..<EntryScoresTests.count).filter { ![0, 700, 701, 2_999].contains($0) }
        #expect(scores.map(\.0) == expected.map { "id-\($0)" })
        #expect(scores.map(\.1) == expected.map { Double($0) + 0.25 })
    }

    @Test func `entries of a key that has become another type have none`() throws {
        try appauth.client.run([
            ["DEL", Appauth.index(EntryScoresTests.key)], ["SADD", Appauth.index(EntryScoresTests.key), "id-0"],
        ])
        #expect(try scores(log(.sortedSet)).allSatisfy { $0.1?.isNaN == true })
    }

    @Test func `sets and lists have no scores, and a dry run asks for none`() throws {
        #expect(try scores(log(.set)).count == EntryScoresTests.count)
        #expect(try scores(log(.sortedSet), readsScores: false).allSatisfy { $0.1 == nil })
        let statistics = try appauth.client.call("INFO", "commandstats").text ?? ""
        #expect(!statistics.contains("cmdstat_zscore"))
    }
}

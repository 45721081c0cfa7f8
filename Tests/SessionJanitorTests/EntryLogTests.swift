import Testing

@testable import SessionJanitor

@Suite struct EntryLogTests {
    private enum Item: Equatable {
        case key([UInt8], IndexType, Int = 0, keeps: Bool)
        case entry([UInt8], RemovalReason)
    }

    private func items(_ log: EntryLog) -> [Item] {
        var cursor = ByteLog.Cursor()
        var items: [Item] = []
        while let item = log.next(&cursor) {
            switch item {
            case .indexKey(let stem, let type, let template, let keeps):
                items.append(.key(Array(stem), type, template, keeps: keeps))
            case .entry(let id, let reason): items.append(.entry(Array(id), reason))
            }
        }
        return items
    }

    @discardableResult
    private func append(_ item: Item, to log: EntryLog) -> ByteLog.Cursor? {
        switch item {
        case .key(let stem, let type, let template, let keeps):
            return stem.withUnsafeBytes {
                log.append(indexKey: $0, type: type, template: template, keepsEntries: keeps)
            }
        case .entry(let id, let reason):
            id.withUnsafeBytes { log.append(entry: $0, reason: reason) }
            return nil
        }
    }

    @Test("Keys and entries come out in order with all that was said of them")
    func order() {
        let log = EntryLog()
        #expect(log.isEmpty)
        var expected: [Item] = []
        for type in IndexType.allCases {
            for keeps in [true, false] {
                expected.append(.key("user-\(type)".bytes, type, keeps: keeps))
                expected.append(.entry("a".bytes, .orphaned))
                expected.append(.entry([], .expired))
                expected.append(.entry([0, 255, 10], .orphaned))
            }
        }
        for item in expected { append(item, to: log) }
        #expect(items(log) == expected)
        #expect(!log.isEmpty)
    }

    @Test("It counts keys and entries by reason")
    func counts() {
        let log = EntryLog()
        append(.key("u".bytes, .set, keeps: false), to: log)
        for _ in 0..<3 { append(.entry("x".bytes, .orphaned), to: log) }
        append(.key([], .list, keeps: true), to: log)
        for _ in 0..<2 { append(.entry("y".bytes, .expired), to: log) }
        #expect(log.indexKeys == 2)
        #expect(log.orphaned == 3)
        #expect(log.expired == 2)
    }

    @Test("That a key keeps entries can be said afterwards", arguments: IndexType.allCases)
    func keptEntries(type: IndexType) throws {
        let log = EntryLog()
        append(.key("before".bytes, .set, keeps: false), to: log)
        let place = try #require(append(.key("u".bytes, type, keeps: false), to: log))
        append(.entry("id".bytes, .orphaned), to: log)
        log.noteKeptEntries(of: type, at: place)
        #expect(
            items(log) == [
                .key("before".bytes, .set, keeps: false), .key("u".bytes, type, keeps: true),
                .entry("id".bytes, .orphaned),
            ])
    }
}

import Testing

@testable import SessionJanitor

struct RemovalLogTests {
    private enum Item: Equatable {
        case key([UInt8], IndexType, Int = 0, keeps: Bool)
        case removal(Removal.Kind, Removal.Reason, [UInt8], value: [UInt8] = [], template: Int = 0, session: Int? = nil)

        static func entry(_ id: [UInt8], _ reason: Removal.Reason, session: Int? = nil) -> Item {
            .removal(.entry, reason, id, session: session)
        }
    }

    private func item(_ item: RemovalLog.Item) -> Item {
        switch item {
        case .indexKey(let stem, let type, let template, let keeps): .key(Array(stem), type, template, keeps: keeps)
        case .removal(let removal):
            .removal(
                removal.kind, removal.reason, Array(removal.stem), value: Array(removal.value),
                template: removal.template, session: removal.session)
        }
    }

    private func items(_ log: RemovalLog) -> [Item] {
        var cursor = ByteLog.Cursor()
        var items: [Item] = []
        while let next = log.next(&cursor) { items.append(item(next)) }
        return items
    }

    @discardableResult
    private func append(_ item: Item, to log: RemovalLog) -> ByteLog.Cursor? {
        switch item {
        case .key(let stem, let type, let template, let keeps):
            return stem.withUnsafeBytes {
                log.append(indexKey: $0, type: type, template: template, keepsEntries: keeps)
            }
        case .removal(let kind, let reason, let stem, let value, let template, let session):
            stem.withUnsafeBytes { stem in
                value.withUnsafeBytes {
                    log.append(
                        Removal(
                            kind: kind, reason: reason, template: template, stem: stem, value: $0, session: session))
                }
            }
            return nil
        }
    }

    @Test(arguments: [false, true])
    func `keys and removals come out in order with all that was said of them`(holdsMarks: Bool) {
        let log = RemovalLog(holdsMarks: holdsMarks)
        #expect(log.isEmpty)
        var expected: [Item] = []
        for type in IndexType.allCases {
            for keeps in [true, false] {
                expected.append(.key("user-\(type)".bytes, type, keeps: keeps))
                expected.append(.entry("a".bytes, .orphaned))
                expected.append(.entry([], .expired, session: 7))
                expected.append(.entry("b".bytes, .expired))
                expected.append(.entry([0, 255, 10], .orphaned))
            }
        }
        for kind in Removal.Kind.dependents {
            for reason in [Removal.Reason.orphaned, .expired] {
                let value = kind == .pointer ? [UInt8](repeating: 1, count: 300) : []
                expected.append(.removal(kind, reason, "stem".bytes, value: value, template: 15))
                expected.append(.removal(kind, reason, [], template: 1, session: reason == .expired ? 1 << 31 : nil))
            }
        }
        for item in expected { append(item, to: log) }
        #expect(items(log) == expected)
        #expect(!log.isEmpty)
    }

    @Test
    func `it counts keys, and removals by kind, reason and template`() {
        let log = RemovalLog()
        append(.key("u".bytes, .set, 3, keeps: false), to: log)
        for _ in 0..<3 { append(.entry("x".bytes, .orphaned), to: log) }
        append(.key([], .list, keeps: true), to: log)
        for _ in 0..<2 { append(.entry("y".bytes, .expired), to: log) }
        append(.removal(.pointer, .expired, "p".bytes, template: 2), to: log)
        #expect(log.indexKeys == 2)
        #expect(log.count(.entry, .orphaned) == 3)
        #expect(log.count(.entry, .expired) == 2)
        #expect(log.count(.pointer, .expired) == 1)
        #expect(log.counts.count(Removal.Kind.allCases, .planned) == 6)
        #expect([log.entriesByTemplate[0], log.entriesByTemplate[3], log.pointersByTemplate[2]] == [2, 3, 1])
    }

    @Test(arguments: IndexType.allCases)
    func `that a key keeps entries can be said afterwards`(type: IndexType) throws {
        let log = RemovalLog()
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

    @Test
    func `what goes with a session is found by its place, each entry with its index key, over many chunks`() {
        let log = RemovalLog()
        let sessions = 20_000
        for number in 0..<sessions {
            let padding = String(repeating: "x", count: 30)
            append(.key("user-\(number)-\(padding)".bytes, .set, keeps: false), to: log)
            append(.entry("orphan".bytes, .orphaned), to: log)
            append(.entry("last".bytes, .expired, session: sessions - 1 - number), to: log)
            if number % 2 == 0 { append(.entry([], .expired, session: number), to: log) }
            if number % 5 == 0 { append(.removal(.companion, .expired, "c".bytes, session: number), to: log) }
            append(.removal(.presence, .expired, "p".bytes, session: number), to: log)
        }
        var attachments = log.attachments()
        for number in 0..<sessions where number % 3 == 0 {
            var found: [Item] = []
            attachments.forEach(of: number, in: log) { holder, removal in
                if let holder, case .key(let stem, _, _, _) = item(holder) {
                    #expect(stem.starts(with: "user-".bytes))
                    if removal.stem.isEmpty { #expect(stem.starts(with: "user-\(number)-".bytes)) }
                }
                found.append(item(.removal(removal)))
            }
            var expected = [Item.entry("last".bytes, .expired, session: number)]
            if number % 2 == 0 { expected.append(.entry([], .expired, session: number)) }
            if number % 5 == 0 { expected.append(.removal(.companion, .expired, "c".bytes, session: number)) }
            #expect(found.count == expected.count)
            #expect(expected.allSatisfy(found.contains))
        }
    }
}

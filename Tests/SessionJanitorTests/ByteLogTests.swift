import Testing

@testable import SessionJanitor

struct ByteLogTests {
    private struct Entry: Equatable {
        var tag: UInt8
        var bytes: [UInt8]
    }

    private func filled(_ entries: [Entry]) -> ByteLog {
        let log = ByteLog()
        for entry in entries { entry.bytes.withUnsafeBytes { _ = log.append(tag: entry.tag, $0) } }
        return log
    }

    private func rest(of log: ByteLog, from cursor: ByteLog.Cursor) -> [Entry] {
        var cursor = cursor
        var entries: [Entry] = []
        while let record = log.next(&cursor) { entries.append(Entry(tag: record.tag, bytes: Array(record.bytes))) }
        return entries
    }

    private func entry(_ number: Int, length: Int) -> Entry {
        Entry(
            tag: UInt8(truncatingIfNeeded: number),
            bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: length))
    }

    private func entries(_ lengths: [Int]) -> [Entry] {
        lengths.enumerated().map { entry($0.offset + 1, length: $0.element) }
    }

    @Test
    func `an empty log has nothing to read`() {
        let log = ByteLog()
        var cursor = ByteLog.Cursor()
        #expect(log.isEmpty)
        #expect(log.count == 0)
        #expect(!log.hasNext(cursor))
        #expect(log.next(&cursor) == nil)
    }

    @Test(arguments: [
        [0], [0, 0, 0], [254, 255, 256, 0, 1], [1 << 20], [5, 1 << 20, 5], [262_142, 1], [262_138, 1],
        [262_136, 1],
        [262_137, 0, 0], [1 << 18, 1 << 18, 0], [Int](repeating: 1_000, count: 600),
        [Int](repeating: 0, count: 3_000),
    ])
    func `records of every length come out as they went in`(lengths: [Int]) {
        let entries = entries(lengths)
        let log = filled(entries)
        #expect(log.count == lengths.count)
        #expect(!log.isEmpty)
        #expect(rest(of: log, from: ByteLog.Cursor()) == entries)
    }

    @Test(arguments: [0, 1, 246, 247, 248, 400])
    func `a number before the bytes is read back from the record's first eight`(length: Int) {
        let log = ByteLog()
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        for number in [0, 1, UInt64.max, 0x0123_4567_89ab_cdef] {
            bytes.withUnsafeBytes { _ = log.append(tag: 9, prefix: UInt128(number), count: 8, $0) }
        }
        var cursor = ByteLog.Cursor()
        for number in [0, 1, UInt64.max, 0x0123_4567_89ab_cdef] {
            let record = log.next(&cursor)
            #expect(record?.tag == 9)
            #expect(record?.bytes.loadUnaligned(as: UInt64.self) == number)
            #expect(record.map { Array($0.bytes.dropFirst(8)) } == bytes)
        }
        #expect(log.next(&cursor) == nil)
    }

    @Test
    func `appending gives the place before the record, in any chunk`() {
        let log = ByteLog()
        let entries = entries([Int](repeating: 700, count: 1_000))
        let cursors = entries.map { entry in entry.bytes.withUnsafeBytes { log.append(tag: entry.tag, $0) } }
        for (index, cursor) in cursors.enumerated() {
            var cursor = cursor
            #expect(log.hasNext(cursor))
            #expect(log.next(&cursor).map { Entry(tag: $0.tag, bytes: Array($0.bytes)) } == entries[index])
        }
    }

    @Test(arguments: [
        // Chunks that are full to the last byte, and records that are larger than a chunk.
        [Int](repeating: 1_018, count: 1_500), [10, 1 << 20, 20, 1 << 18, 30, (1 << 18) - 6, 40, 1 << 21, 1 << 21, 50],
    ])
    func `the place before a record leads to it, whatever ended the chunk before`(lengths: [Int]) {
        let expected = entries(lengths)
        let log = filled(expected)
        var cursor = ByteLog.Cursor()
        for entry in expected {
            let found = cursor.packed.flatMap(log.record)
            #expect(found.map { Entry(tag: $0.tag, bytes: Array($0.bytes)) } == entry)
            _ = log.next(&cursor)
        }
    }

    @Test
    func `cursors read independently, and go on where they stopped when more is appended`() {
        let log = filled(entries([10, 20]))
        var first = ByteLog.Cursor()
        var second = ByteLog.Cursor()
        #expect(log.next(&first)?.bytes.count == 10)
        #expect(log.next(&first)?.bytes.count == 20)
        #expect(log.next(&first) == nil)
        #expect(log.next(&second)?.bytes.count == 10)
        for entry in entries([1 << 18, 30]) { entry.bytes.withUnsafeBytes { _ = log.append(tag: entry.tag, $0) } }
        #expect(log.hasNext(first))
        #expect(log.next(&first)?.bytes.count == 1 << 18)
        #expect(log.next(&second)?.bytes.count == 20)
        #expect(log.next(&first)?.bytes.count == 30)
        #expect(!log.hasNext(first))
    }

    @Test
    func `looking whether there is more does not move the cursor`() {
        let log = filled(entries([1]))
        var cursor = ByteLog.Cursor()
        #expect(log.hasNext(cursor))
        #expect(log.hasNext(cursor))
        #expect(log.next(&cursor)?.bytes.count == 1)
        #expect(!log.hasNext(cursor))
    }

    @Test
    func `what lies behind a cursor stays when what lies before it is given back`() {
        let entries = entries([Int](repeating: 1_000, count: 2_000))
        let log = filled(entries)
        var cursor = ByteLog.Cursor()
        for index in entries.indices {
            log.release(before: cursor)
            let record = log.next(&cursor)
            #expect(record.map { Entry(tag: $0.tag, bytes: Array($0.bytes)) } == entries[index])
        }
        log.release(before: cursor)
        #expect(log.next(&cursor) == nil)
        #expect(log.count == entries.count)
    }

    @Test
    func `after giving back, records can be appended and an old cursor goes on with what is left`() {
        let log = filled(entries([1 << 18, 1 << 18, 1 << 18]))
        var cursor = ByteLog.Cursor()
        for _ in 0..<3 { _ = log.next(&cursor) }
        log.release(before: cursor)
        let last = entry(77, length: 9)
        let place = last.bytes.withUnsafeBytes { log.append(tag: last.tag, $0) }
        #expect(rest(of: log, from: cursor) == [last])
        #expect(rest(of: log, from: place) == [last])
        // From the very beginning: all that has not been given back.
        #expect(rest(of: log, from: ByteLog.Cursor()).last == last)
    }

    @Test
    func `bytes handed out stay where they are while the log grows`() {
        let log = filled(entries([500]))
        var cursor = ByteLog.Cursor()
        let record = log.next(&cursor)
        for index in 0..<1_000 { entry(index, length: 2_000).bytes.withUnsafeBytes { _ = log.append(tag: 0, $0) } }
        #expect(record.map { Array($0.bytes) } == [UInt8](repeating: 1, count: 500))
    }

    @Test
    func `a tag can be changed afterwards, and nothing else changes`() {
        let log = ByteLog()
        var expected = entries([Int](repeating: 300, count: 2_000))
        let cursors = expected.map { entry in entry.bytes.withUnsafeBytes { log.append(tag: entry.tag, $0) } }
        for index in stride(from: 0, to: expected.count, by: 7) {
            expected[index].tag = 200
            log.retag(cursors[index], 200)
        }
        #expect(rest(of: log, from: ByteLog.Cursor()) == expected)
        // After the first chunks are gone, places are still counted from the first there ever was.
        log.release(before: cursors[1_999])
        log.retag(cursors[1_999], 201)
        #expect(rest(of: log, from: cursors[1_999]).map(\.tag) == [201])
    }
}

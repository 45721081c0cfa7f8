/// Tagged byte strings in the order in which they were appended, kept in chunks: 2 bytes a string beside its own.
///
/// Read by cursors, any number of them; what lies before a cursor can be given back while the rest is still in use.
/// Bytes handed out are valid until they are given back.
final class ByteLog {
    /// A place between two records.
    struct Cursor {
        fileprivate var chunk = 0
        fileprivate var offset = 0

        /// In half the size of an `Int`; nil beyond 4 GB.
        ///
        /// Behind the last record of a chunk it is the beginning of the next one: a chunk may be full to the last byte, and one
        /// that is larger than the others holds a single record.
        var packed: UInt32? {
            let isBehind = offset >= ByteLog.chunkSize
            return UInt32(exactly: (isBehind ? chunk + 1 : chunk) << ByteLog.chunkBits | (isBehind ? 0 : offset))
        }
    }

    struct Record {
        var tag: UInt8
        var bytes: UnsafeRawBufferPointer
    }

    private struct Chunk {
        var memory: UnsafeMutableRawBufferPointer
        var used = 0
    }

    private static let chunkBits = 18
    private static let chunkSize = 1 << chunkBits
    private var chunks: [Chunk] = []
    /// How many chunks were given back; a cursor counts from the first there ever was.
    private var released = 0
    private(set) var count = 0

    /// All records of these logs, or those whose tags are wanted; the logs are given back on the way, unless there is but
    /// one and all of it is wanted.
    static func joining(_ logs: [ByteLog], only tags: Set<UInt8>? = nil) -> ByteLog {
        guard logs.count != 1 || tags != nil else { return logs[0] }
        let joined = ByteLog()
        for log in logs {
            var cursor = Cursor()
            while let record = log.next(&cursor) {
                if tags?.contains(record.tag) ?? true { joined.append(tag: record.tag, record.bytes) }
                log.release(before: cursor)
            }
        }
        return joined
    }

    deinit {
        for chunk in chunks { chunk.memory.deallocate() }
    }

    var isEmpty: Bool { count == 0 }

    /// Appends a record; the cursor is the place before it.
    @discardableResult
    func append(tag: UInt8, _ bytes: UnsafeRawBufferPointer) -> Cursor {
        append(tag: tag, prefix: 0, count: 0, bytes)
    }

    /// Appends a record whose bytes are the lowest `prefixCount` of a number, least first, and then `bytes` and `further` ones.
    @discardableResult
    func append(
        tag: UInt8, prefix: UInt128, count prefixCount: Int, _ bytes: UnsafeRawBufferPointer,
        _ further: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) -> Cursor {
        let length = bytes.count + further.count + prefixCount
        let header = length < 255 ? 2 : 6
        if chunks.last.map({ $0.memory.count - $0.used < header + length }) ?? true {
            let size = max(ByteLog.chunkSize, header + length)
            chunks.append(Chunk(memory: .allocate(byteCount: size, alignment: 1)))
        }
        let last = chunks.count - 1
        let cursor = Cursor(chunk: released + last, offset: chunks[last].used)
        let target = UnsafeMutableRawBufferPointer(rebasing: chunks[last].memory[chunks[last].used...])
        target[0] = tag
        target[1] = length < 255 ? UInt8(length) : 255
        if length >= 255 { target.storeBytes(of: UInt32(length), toByteOffset: 2, as: UInt32.self) }
        var offset = header
        withUnsafeBytes(of: prefix.littleEndian) {
            UnsafeMutableRawBufferPointer(rebasing: target[offset..<offset + prefixCount])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: $0.prefix(prefixCount)))
        }
        offset += prefixCount
        UnsafeMutableRawBufferPointer(rebasing: target[offset..<offset + bytes.count]).copyMemory(from: bytes)
        offset += bytes.count
        UnsafeMutableRawBufferPointer(rebasing: target[offset..<header + length]).copyMemory(from: further)
        chunks[last].used += header + length
        count += 1
        return cursor
    }

    /// The record after the cursor, which moves behind it; nil at the end.
    func next(_ cursor: inout Cursor) -> Record? {
        if cursor.chunk < released { cursor = Cursor(chunk: released) }
        while cursor.chunk - released < chunks.count {
            let chunk = chunks[cursor.chunk - released]
            if cursor.offset < chunk.used {
                let source = UnsafeRawBufferPointer(rebasing: chunk.memory[cursor.offset..<chunk.used])
                var length = Int(source[1])
                var header = 2
                if length == 255 {
                    length = Int(source.loadUnaligned(fromByteOffset: 2, as: UInt32.self))
                    header = 6
                }
                cursor.offset += header + length
                return Record(
                    tag: source[0], bytes: UnsafeRawBufferPointer(rebasing: source[header..<(header + length)]))
            }
            guard cursor.chunk - released + 1 < chunks.count else { return nil }
            cursor = Cursor(chunk: cursor.chunk + 1)
        }
        return nil
    }

    /// The record after a packed cursor; nil where there is none.
    func record(at place: UInt32) -> Record? {
        var cursor = Cursor(chunk: Int(place >> ByteLog.chunkBits), offset: Int(place) & (ByteLog.chunkSize - 1))
        return cursor.chunk < released ? nil : next(&cursor)
    }

    /// Whether there is a record after the cursor.
    func hasNext(_ cursor: Cursor) -> Bool {
        var copy = cursor
        return next(&copy) != nil
    }

    /// Changes the tag of the record after the cursor.
    func retag(_ cursor: Cursor, _ tag: UInt8) {
        chunks[cursor.chunk - released].memory[cursor.offset] = tag
    }

    /// Gives back the chunks that lie wholly before the cursor.
    func release(before cursor: Cursor) {
        while released < cursor.chunk, !chunks.isEmpty {
            chunks.removeFirst().memory.deallocate()
            released += 1
        }
    }
}

/// Index keys with some of their entries, in order and compactly: first what may go, in the end the plan itself.
final class EntryLog {
    /// What stands in the log: an index key, followed by its entries.
    enum Item {
        /// `stem` is what is kept of the index key's name. `keepsEntries` says that the key has a valid entry.
        case indexKey(stem: UnsafeRawBufferPointer, type: IndexType, template: Int, keepsEntries: Bool)
        case entry(id: UnsafeRawBufferPointer, reason: RemovalReason)
    }

    private let log = ByteLog()
    private(set) var indexKeys = 0
    private(set) var orphaned = 0
    private(set) var expired = 0

    private static let keyBit: UInt8 = 0x80
    private static let keepsEntriesBit: UInt8 = 0x40

    var isEmpty: Bool { log.isEmpty }

    /// Begins an index key; the entries that follow belong to it.
    @discardableResult
    func append(
        indexKey stem: UnsafeRawBufferPointer, type: IndexType, template: Int = 0, keepsEntries: Bool
    ) -> ByteLog.Cursor {
        indexKeys += 1
        return log.append(tag: EntryLog.tag(type, template, keepsEntries), stem)
    }

    func append(entry id: UnsafeRawBufferPointer, reason: RemovalReason) {
        switch reason {
        case .orphaned: orphaned += 1
        case .expired: expired += 1
        }
        log.append(tag: reason.rawValue, id)
    }

    /// Says afterwards that the index key at `cursor` has a valid entry.
    func noteKeptEntries(of type: IndexType, template: Int = 0, at cursor: ByteLog.Cursor) {
        log.retag(cursor, EntryLog.tag(type, template, true))
    }

    func next(_ cursor: inout ByteLog.Cursor) -> Item? {
        log.next(&cursor).map { record in
            if record.tag & EntryLog.keyBit != 0 {
                let key = SurveyedKey(tag: record.tag & ~(EntryLog.keyBit | EntryLog.keepsEntriesBit))
                let keeps = record.tag & EntryLog.keepsEntriesBit != 0
                return .indexKey(stem: record.bytes, type: key.type, template: key.template, keepsEntries: keeps)
            }
            return .entry(id: record.bytes, reason: RemovalReason(rawValue: record.tag) ?? .orphaned)
        }
    }

    /// Whether there is anything after the cursor.
    func hasNext(_ cursor: ByteLog.Cursor) -> Bool {
        log.hasNext(cursor)
    }

    func release(before cursor: ByteLog.Cursor) {
        log.release(before: cursor)
    }

    private static func tag(_ type: IndexType, _ template: Int, _ keepsEntries: Bool) -> UInt8 {
        keyBit | (keepsEntries ? keepsEntriesBit : 0) | SurveyedKey(type: type, template: template).tag
    }
}

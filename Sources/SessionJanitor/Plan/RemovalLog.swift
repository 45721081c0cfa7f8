/// What a run may remove, compactly and in order: index keys, each followed by its entries, and keys that depend on sessions.
///
/// What goes with an expired session has that session's place: 10 bytes for an entry that holds just the session's id, and 8
/// more where it can be carried out.
final class RemovalLog {
    enum Item {
        /// `stem` is the variable part of the index key's name. `keepsEntries` says that the key has a valid entry.
        case indexKey(stem: UnsafeRawBufferPointer, type: IndexType, template: Int, keepsEntries: Bool)
        case removal(Removal)
    }

    /// Whether removals have marks, without which none is carried out.
    let holdsMarks: Bool

    private let log = ByteLog()
    private(set) var counts = RemovalTally()
    private(set) var indexKeys = 0
    /// How many index keys have an entry that goes for each reason.
    private(set) var indexKeysByReason: [Removal.Reason: Int] = [:]
    /// How many entries and pointers there are of each template.
    private(set) var entriesByTemplate = [Int](repeating: 0, count: 16)
    private(set) var pointersByTemplate = [Int](repeating: 0, count: 16)
    /// The place of the last index key, and its template.
    private var holder: UInt32 = 0
    private var holderTemplate = 0
    private var holderReasons: UInt8 = 0

    private static let keyBit: UInt8 = 0x80
    private static let keepsEntriesBit: UInt8 = 0x40
    /// Stands for no session, or for one with so large a number: what names it goes after all sessions.
    private static let noSession = UInt32.max

    init(holdsMarks: Bool = false) {
        self.holdsMarks = holdsMarks
    }

    var isEmpty: Bool { log.isEmpty }

    func count(_ kind: Removal.Kind, _ reason: Removal.Reason) -> Int { counts[kind, reason, .planned] }

    // MARK: Appending

    /// Begins an index key; the entries that follow belong to it.
    @discardableResult
    func append(
        indexKey stem: UnsafeRawBufferPointer, type: IndexType, template: Int = 0, keepsEntries: Bool
    ) -> ByteLog.Cursor {
        indexKeys += 1
        let cursor = log.append(tag: RemovalLog.tag(type, template, keepsEntries), stem)
        holder = cursor.packed ?? RemovalLog.noSession
        holderTemplate = template
        holderReasons = 0
        return cursor
    }

    /// Says afterwards that the index key at `cursor` has a valid entry.
    func noteKeptEntries(of type: IndexType, template: Int = 0, at cursor: ByteLog.Cursor) {
        log.retag(cursor, RemovalLog.tag(type, template, true))
    }

    func append(_ removal: Removal) {
        counts[removal.kind, removal.reason, .planned] += 1
        if removal.kind == .entry {
            entriesByTemplate[holderTemplate] += 1
            let bit: UInt8 = 1 << removal.reason.rawValue
            if holderReasons & bit == 0 { indexKeysByReason[removal.reason, default: 0] += 1 }
            holderReasons |= bit
        }
        if removal.kind == .pointer { pointersByTemplate[removal.template] += 1 }
        let tag = removal.kind.rawValue | removal.reason.rawValue << 2 | UInt8(removal.template) << 3
        var (prefix, count) = (UInt128(0), 0)
        func append(_ number: some BinaryInteger, _ bytes: Int) {
            prefix |= UInt128(truncatingIfNeeded: number) << (count * 8)
            count += bytes
        }
        if removal.reason == .expired {
            append(removal.session.flatMap { UInt32(exactly: $0) } ?? RemovalLog.noSession, 4)
            if removal.kind == .entry { append(holder, 4) }
        }
        if removal.kind == .pointer { append(removal.stem.count, 4) }
        if holdsMarks { append(removal.mark ?? 0, 8) }
        log.append(tag: tag, prefix: prefix, count: count, removal.stem, removal.value)
    }

    private static func tag(_ type: IndexType, _ template: Int, _ keepsEntries: Bool) -> UInt8 {
        keyBit | (keepsEntries ? keepsEntriesBit : 0) | SurveyedKey(type: type, template: template).tag
    }

    // MARK: Reading

    func next(_ cursor: inout ByteLog.Cursor) -> Item? {
        log.next(&cursor).map(item)
    }

    private func item(_ record: ByteLog.Record) -> Item {
        if record.tag & RemovalLog.keyBit != 0 {
            let key = SurveyedKey(tag: record.tag & ~(RemovalLog.keyBit | RemovalLog.keepsEntriesBit))
            let keeps = record.tag & RemovalLog.keepsEntriesBit != 0
            return .indexKey(stem: record.bytes, type: key.type, template: key.template, keepsEntries: keeps)
        }
        var removal = Removal(
            kind: Removal.Kind(rawValue: record.tag & 3) ?? .entry,
            reason: Removal.Reason(rawValue: record.tag >> 2 & 1) ?? .orphaned, template: Int(record.tag >> 3),
            stem: record.bytes)
        var start = 0
        func next<Number: FixedWidthInteger>(_: Number.Type) -> Number {
            defer { start += MemoryLayout<Number>.size }
            return record.bytes.loadUnaligned(fromByteOffset: start, as: Number.self)
        }
        if removal.reason == .expired {
            let session = next(UInt32.self)
            removal.session = session == RemovalLog.noSession ? nil : Int(session)
            if removal.kind == .entry { _ = next(UInt32.self) }
        }
        let length = removal.kind == .pointer ? Int(next(UInt32.self)) : nil
        if holdsMarks { removal.mark = next(UInt64.self) }
        let end = length.map { start + $0 } ?? record.bytes.count
        removal.stem = UnsafeRawBufferPointer(rebasing: record.bytes[start..<end])
        removal.value = UnsafeRawBufferPointer(rebasing: record.bytes[end...])
        return .removal(removal)
    }

    func release(before cursor: ByteLog.Cursor) {
        log.release(before: cursor)
    }

    // MARK: What goes with sessions

    /// What goes with expired sessions, in the order of these: 8 bytes each.
    struct Attachments {
        fileprivate var places: [UInt64] = []
        private var next = 0

        var isEmpty: Bool { places.isEmpty }

        /// Calls `body` for all that goes with the session in this place; to be asked for in their order.
        mutating func forEach(
            of session: Int, in log: RemovalLog, _ body: (_ indexKey: Item?, _ removal: Removal) throws -> Void
        ) rethrows {
            while next < places.count, places[next] >> 32 < session { next += 1 }
            while next < places.count, places[next] >> 32 == session {
                let place = UInt32(truncatingIfNeeded: places[next])
                next += 1
                guard let record = log.log.record(at: place), case .removal(let removal) = log.item(record) else {
                    continue
                }
                let holder =
                    removal.kind == .entry
                    ? log.log.record(at: record.bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)) : nil
                try body(holder.map(log.item), removal)
            }
        }
    }

    /// Made when they are needed. What has no place here goes after all sessions.
    func attachments() -> Attachments {
        var attachments = Attachments()
        var cursor = ByteLog.Cursor()
        while true {
            let place = cursor.packed
            guard let item = next(&cursor) else { break }
            guard case .removal(let removal) = item, RemovalLog.isAttached(removal), let session = removal.session,
                let place
            else { continue }
            attachments.places.append(UInt64(session) << 32 | UInt64(place))
        }
        attachments.places.sort()
        return attachments
    }

    /// Whether it goes in one step with its session. Nothing leads from a user to all sessions of this user, so that a
    /// presence key has a census of its own.
    static func isAttached(_ removal: Removal) -> Bool { removal.session != nil && removal.kind != .presence }
}

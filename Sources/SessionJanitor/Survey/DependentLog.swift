/// Keys that depend on sessions and may go, compactly: each with its kind, its reason and, of a pointer, its value.
final class DependentLog {
    struct Item {
        let kind: DependentKind
        let template: Int
        let reason: RemovalReason
        let stem: UnsafeRawBufferPointer
        /// The session id that a pointer held when it was judged.
        let value: UnsafeRawBufferPointer

        /// The kind and the reason as a number.
        fileprivate static func number(_ kind: DependentKind, _ reason: RemovalReason) -> UInt8 {
            kind.rawValue | reason.rawValue << 2
        }
    }

    private let log = ByteLog()
    /// By the number of kind and reason.
    private var counts = [Int](repeating: 0, count: 8)

    var count: Int { log.count }

    func count(_ kind: DependentKind, _ reason: RemovalReason) -> Int {
        counts[Int(Item.number(kind, reason))]
    }

    var hasPresenceKeys: Bool { count(.presence, .orphaned) + count(.presence, .expired) > 0 }

    func append(
        _ kind: DependentKind, _ template: Int, _ reason: RemovalReason, stem: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) {
        let number = Item.number(kind, reason)
        counts[Int(number)] += 1
        log.append(tag: number | UInt8(template) << 3, number: UInt64(stem.count), stem, value)
    }

    func append(_ item: Item) {
        append(item.kind, item.template, item.reason, stem: item.stem, value: item.value)
    }

    func next(_ cursor: inout ByteLog.Cursor) -> Item? {
        log.next(&cursor).map { record in
            let length = Int(record.bytes.loadUnaligned(as: UInt64.self))
            return Item(
                kind: DependentKind(rawValue: record.tag & 3) ?? .pointer, template: Int(record.tag >> 3),
                reason: RemovalReason(rawValue: record.tag >> 2 & 1) ?? .orphaned,
                stem: UnsafeRawBufferPointer(rebasing: record.bytes[8..<8 + length]),
                value: UnsafeRawBufferPointer(rebasing: record.bytes[(8 + length)...]))
        }
    }
}

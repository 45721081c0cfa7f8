/// Keys that depend on sessions and may go, compactly: each with its kind, its reason and, of a pointer, its value.
final class DependentLog {
    struct Item {
        let kind: DependentKind
        let template: Int
        let reason: RemovalReason
        let stem: UnsafeRawBufferPointer
        /// The session id that a pointer held when it was judged.
        let value: UnsafeRawBufferPointer
    }

    private let log = ByteLog()
    private var counts: [RemovalReason: [DependentKind: Int]] = [:]

    var count: Int { log.count }

    func count(_ kind: DependentKind, _ reason: RemovalReason) -> Int {
        counts[reason]?[kind] ?? 0
    }

    var hasPresenceKeys: Bool { count(.presence, .orphaned) + count(.presence, .expired) > 0 }

    func append(
        _ kind: DependentKind, _ template: Int, _ reason: RemovalReason, stem: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) {
        counts[reason, default: [:]][kind, default: 0] += 1
        let tag = kind.rawValue | reason.rawValue << 2 | UInt8(template) << 3
        if value.isEmpty {
            log.append(tag: tag, number: UInt64(stem.count), stem)
        } else {
            Array([stem, value].joined()).withUnsafeBytes {
                _ = log.append(tag: tag, number: UInt64(stem.count), $0)
            }
        }
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

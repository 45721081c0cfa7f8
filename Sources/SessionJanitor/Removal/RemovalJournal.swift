import FoundationEssentials
import RedisClient

/// Writes down what is about to be removed, as it was just read, and returns once it is on disk.
///
/// What it holds and is not removed after all, a restore finds there and leaves alone; see ``Restoration`` for what that
/// cannot know. Sessions have to come before the entries that name them, as a restore puts lines back in their order.
final class RemovalJournal {
    private let writer: BackupWriter

    init(_ writer: BackupWriter) {
        self.writer = writer
    }

    /// Records the items in these places of which nothing is known yet; `now` is when they were read, in epoch milliseconds.
    func record(_ items: [RemovalItem], _ places: Range<Int>, at now: Int) throws {
        var lists: [[UInt8]: BackupRecord] = [:]
        for item in items[places] where item.outcome == nil && item.score?.isNaN != true {
            let expiry = item.lifetime.flatMap { $0 >= 0 ? now.adding(clamped: $0) : nil }
            func record(_ target: BackupRecord.Target) -> BackupRecord {
                BackupRecord(item.key, expiresAt: expiry, target)
            }
            switch item.target {
            case .member(.list):
                // Positions are those before any of it is removed, so all that goes from a list until the next commit is one
                // line.
                var list = lists[item.key] ?? record(.list([]))
                list.target = .list(list.entries + item.positions.map { entry(item, position: $0) })
                lists[item.key] = list
            case .member: try writer.append(record(.entry(entry(item))))
            case .field(let field): try writer.append(record(.field(field, value: BackupBytes(item.value))))
            case .expiry(let time, _):
                try writer.append(
                    BackupRecord(item.key, expiresAt: time, .expiry(payload: item.payload.map { Data($0) })))
            case .key:
                try item.payload?.withUnsafeBytes {
                    try writer.append(
                        record(.key(BackupRecord.Role(item.kind), payload: Data())), payload: $0)
                }
            }
        }
        for var list in lists.values where !list.entries.isEmpty {
            list.target = .list(list.entries.sorted { $0.position ?? 0 < $1.position ?? 0 })
            try writer.append(list)
        }
        try writer.commit()
    }

    private func entry(_ item: RemovalItem, position: Int? = nil) -> BackupRecord.Entry {
        var value: BackupBytes?
        if case .member(.hash) = item.target { value = BackupBytes(item.value) }
        return BackupRecord.Entry(
            member: BackupBytes(item.member), score: item.score.map(RedisScore.text), value: value, position: position,
            sessionKeys: (0..<item.sessions.count).map { item.sessions.withArgument($0) { BackupBytes($0) } })
    }
}

extension BackupRecord.Role {
    fileprivate init(_ kind: Removal.Kind) {
        switch kind {
        case .pointer: self = .pointer
        case .companion: self = .companion
        case .presence: self = .presence
        case .entry, .session, .ttl: self = .session
        }
    }
}

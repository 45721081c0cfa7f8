/// Whose what is in a backup: which sessions its entries say that a user has.
public struct BackupShare {
    /// How many entries and sessions of one user there are; nil stands for those that name no user.
    public typealias User = (name: [UInt8]?, entries: Int, sessions: Int)

    public private(set) var counts = BackupCounts()
    public private(set) var damaged = 0
    public var users: [User] {
        numbers.map { ($0.key, $0.value.entries, $0.value.sessions) }
    }

    private let rules: BackupRules
    private var numbers: [[UInt8]?: (entries: Int, sessions: Int)] = [:]
    /// The users whose entries name a session: one, as a rule.
    private var owners: [[UInt8]: Set<[UInt8]>] = [:]

    /// Reads the file to its end: a session may stand before the entry that says whose it is.
    public init(path: String) throws(BackupError) {
        let reader = try BackupReader(path: path)
        rules = reader.rules
        var nameless: [(ids: [[UInt8]], entries: Int, sessions: Int)] = []
        while let item = try reader.next() {
            guard case .record(let record) = item else {
                damaged += 1
                continue
            }
            counts.add(record)
            let (user, ids) = rules.names(of: record)
            let entries = record.entries.count
            var sessions = 0
            if case .key(.session, _) = record.target { sessions = 1 }
            if let user {
                for id in ids { owners[id, default: []].insert(user) }
                count(user, entries, sessions)
            } else {
                nameless.append((ids, entries, sessions))
            }
        }
        for (ids, entries, sessions) in nameless {
            count(ids.lazy.compactMap { [owners] in owners[$0]?.first }.first, entries, sessions)
        }
    }

    private mutating func count(_ user: [UInt8]?, _ entries: Int, _ sessions: Int) {
        numbers[user, default: (0, 0)].entries += entries
        numbers[user, default: (0, 0)].sessions += sessions
    }

    private func belongs(_ record: BackupRecord, to name: [UInt8]) -> Bool {
        let (user, ids) = rules.names(of: record)
        return user.map { $0 == name } ?? ids.contains { owners[$0]?.contains(name) == true }
    }

    /// What of a record belongs to a user; nil if nothing does.
    func part(of record: BackupRecord, for user: [UInt8]) -> BackupRecord? {
        // An index key of many users holds entries of each.
        guard case .list(let entries) = record.target, rules.names(of: record).user == nil else {
            return belongs(record, to: user) ? record : nil
        }
        return record.keeping(
            entries.map { entry in
                belongs(BackupRecord(record.key.bytes, expiresAt: record.expiresAt, .list([entry])), to: user)
            })
    }
}

extension BackupRecord {
    /// The record of a list with only some of its entries; nil if none is left.
    func keeping(_ isKept: [Bool]) -> BackupRecord? {
        var kept: [Entry] = []
        for (index, var entry) in entries.enumerated() where isKept[index] {
            // Moved up where others before it stay away.
            entry.position = entry.position.map { $0 - (index - kept.count) }
            kept.append(entry)
        }
        guard !kept.isEmpty, case .list = target else { return kept.isEmpty ? nil : self }
        return BackupRecord(key.bytes, expiresAt: expiresAt, .list(kept))
    }
}

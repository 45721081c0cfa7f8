import RedisClient
import TestSupport

@testable import SessionJanitor

/// A removal that is tried on its own, without all that a run does before.
struct TriedRemoval {
    let script: RemovalScript
    private let connection: any RedisPipeline

    init(_ connection: any RedisPipeline, reading: Reading = .string) {
        self.connection = connection
        script = RemovalScript(connection, judged: ExpiryBasis(reading: reading))
    }

    func run(_ item: RemovalItem, _ mode: RemovalScript.Mode = .whole) -> RemovalScript.Answer {
        script.run([item], [0], mode)
    }

    /// Reads what a backup or a way back needs.
    func reading(_ item: RemovalItem) throws -> RemovalItem {
        var items = [item]
        var preparation = RemovalPreparation(connection, bound: .standard, isRecorded: false)
        try preparation.read(&items, 0..<1)
        return items[0]
    }

    static func item(
        _ kind: Removal.Kind, _ key: Bytes, _ target: RemovalItem.Target = .key, session: Bytes? = nil,
        member: Bytes = "", score: Double? = nil, value: Bytes = ""
    ) -> RemovalItem {
        var item = RemovalItem(kind: kind, reason: .orphaned, template: 0, key: key.raw)
        item.target = target
        item.member = member.raw
        item.score = score
        item.value = value.raw
        if let session { item.sessions.append(session.raw) } else { item.asksForSession = false }
        return item
    }

    /// What a run on websocket's layout has to remove where these users' presence keys seem orphaned.
    static func presenceKeys(of users: [Bytes], on connection: any RedisPipeline) throws -> Remover {
        let layout = try Layout(.websocket)
        let log = RemovalLog()
        for user in users {
            user.raw.withUnsafeBytes {
                log.append(Removal(kind: .presence, reason: .orphaned, template: 0, stem: $0))
            }
        }
        let plan = CleanupPlan(log, sessions: ExpiredSessions(ByteLog(), layout))
        return Remover(
            connection, plan, layout: layout, pacer: Pacer(chunkTime: .milliseconds(1), niceRatio: 0),
            observer: SilentObserver())
    }
}

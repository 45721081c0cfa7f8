import Synchronization

/// Counts what takes place in a race; used from all its threads.
final class RaceTally: Sendable {
    enum Count: Hashable, Sendable {
        case runs, completed, killed, restores
        /// What the janitor says that it has removed: entries, and what else hangs on sessions.
        case entriesRemoved, dependentsRemoved
        /// What there is of these, but for what the janitor removes.
        case entriesWritten, dependentsWritten
        case idleRemoved, expiredRemoved, ttlsSet
        /// Things of live sessions that were out for a moment.
        case putBack
        /// Logins that took so long that nothing can be said of them; writes that a full server refused.
        case brokenPromises, refusals
        /// Requests that may have been carried out twice.
        case resent
        case missedLogOuts
        case disturbance(RaceScene.Disturbance)
    }

    private let counts = Mutex<[Count: Int]>([:])
    private let said = Mutex<(complaints: [String], excuses: [String: Int])>(([], [:]))

    subscript(_ count: Count) -> Int { counts.withLock { $0[count, default: 0] } }

    func add(_ count: Count, _ number: Int = 1) {
        counts.withLock { $0[count, default: 0] += number }
    }

    /// Something that must not be.
    func complain(_ text: String) {
        said.withLock { $0.complaints.append(text) }
    }

    /// Why a run did not do all of its work.
    func excuse(_ text: String) {
        said.withLock { $0.excuses[text, default: 0] += 1 }
    }

    var complaints: [String] { said.withLock { $0.complaints } }
    var excuses: [String] { said.withLock { $0.excuses.map { "\($1) × \($0)" }.sorted() } }

    func line(_ scene: RaceScene, seed: UInt64, operations: Int, took: Duration) -> String {
        let removed = self[.entriesRemoved] + self[.dependentsRemoved]
        var parts = [
            "\(operations) operations in \(Int(took / .seconds(1))) s",
            "\(self[.runs]) runs (\(self[.completed]) complete, \(self[.killed]) killed)",
            "\(removed) things removed", "\(self[.expiredRemoved] + self[.idleRemoved]) sessions removed",
            "\(self[.putBack]) things seen to come back", "\(self[.restores]) restores",
            "\(self[.refusals]) writes refused", "\(self[.brokenPromises]) logins too slow to count",
        ]
        parts += scene.disturbances.map { "\(self[.disturbance($0)]) \($0.rawValue)" }
        return "stress, \(scene.description), seed \(seed): " + parts.joined(separator: ", ")
    }
}

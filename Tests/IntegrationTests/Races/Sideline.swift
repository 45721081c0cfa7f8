import Foundation
import Synchronization
import TestSupport

/// Does something again and again on a thread of its own, until it is stopped or fails.
final class Sideline: Sendable {
    private struct State {
        var rounds = 0
        var sum = 0
        var failure: String?
        var isStopped = false
        var isOver = false
    }

    private let state = Mutex(State())

    /// Starts; `body` returns what is added up.
    init(_ body: @escaping @Sendable () throws -> Int) {
        Thread.detachNewThread { [self] in
            do {
                while !state.withLock({ $0.isStopped }) {
                    let count = try body()
                    state.withLock {
                        $0.rounds += 1
                        $0.sum += count
                    }
                }
            } catch {
                state.withLock { $0.failure = "\(error)" }
            }
            state.withLock { $0.isOver = true }
        }
    }

    var rounds: Int { state.withLock { $0.rounds } }
    var sum: Int { state.withLock { $0.sum } }
    var isOver: Bool { state.withLock { $0.isOver } }

    /// Waits for the end of the round in hand; returns what failed, if anything did.
    func stop() throws -> String? {
        state.withLock { $0.isStopped = true }
        try Deadline.wait(for: "the end of the last round", within: .seconds(60)) { isOver }
        return state.withLock { $0.failure }
    }
}

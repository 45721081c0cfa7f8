import Foundation
import Synchronization
import TestSupport
import Testing

/// The application and the janitor at work on the same server at the same time.
///
/// `STRESS_OPERATIONS` and `STRESS_RUNS` make it long, as `make stress` does; `SESSION_JANITOR_SEED` repeats what the
/// application does.
struct ApplicationRaceTests {
    private static func variable(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    private static let seed = variable("SESSION_JANITOR_SEED").map(UInt64.init) ?? .random(in: 0..<1_000_000_000)
    private static let operations = variable("STRESS_OPERATIONS") ?? 5_000
    private static let runs = variable("STRESS_RUNS") ?? 8
    private static let isLong = operations > 5_000
    private static let grace = Duration.milliseconds(isLong ? 600 : 250)

    /// The janitor's side of the game, and what the two sides tell each other.
    private final class Game: Sendable {
        let loop: Mutex<JanitorLoop>
        let operations = Mutex(0)
        let failure = Mutex<String?>(nil)
        let isOver = Mutex(false)

        init(_ loop: JanitorLoop) { self.loop = Mutex(loop) }

        func runJanitors() {
            do {
                try loop.withLock { loop in
                    while loop.runs < runs || loop.killed == 0
                        || operations.withLock({ $0 }) < ApplicationRaceTests.operations
                    {
                        try loop.runOnce()
                    }
                }
            } catch {
                failure.withLock { $0 = "\(error)" }
            }
            isOver.withLock { $0 = true }
        }
    }

    @Test func `no live session loses its entry while the application goes on`() throws {
        let appauth = try Appauth()
        let now = Int(try appauth.client.call("TIME").strings[0].text) ?? 0
        let clients = try (0..<4).map { _ in try appauth.redis.client() }
        let application = RaceApplication(
            clients: clients, seed: ApplicationRaceTests.seed, grace: ApplicationRaceTests.grace,
            population: ApplicationRaceTests.isLong ? 12_000 : 2_000, now: now)
        let loop = try play(
            application, JanitorLoop(appauth, seed: ApplicationRaceTests.seed, grace: ApplicationRaceTests.grace))
        try application.settle()
        try application.checkAll()

        // All is quiet: one run more leaves nothing to do, and has taken nothing that it should not.
        let (status, quiet) = try appauth.report(["--include-expired"])
        #expect(status == .exited(0))
        #expect(quiet.stat("orphaned_sessions_removed") == quiet.stat("orphaned_sessions_found"))
        try application.checkAll()
        let (_, after) = try appauth.report(["--dry-run", "--include-expired"])
        #expect(after.consistency == "good")
        #expect(after.stat("orphaned_sessions_found") == 0)
        #expect(after.stat("expired_sessions_found") == 0)
        #expect(after.stat("unindexed_sessions_found") == 0)
        #expect(after.stat("valid_sessions_found") == application.sessions.count)
        #expect(after.stat("sessions_checked") == application.sessions.count)

        let complaints = application.complaints + loop.complaints
        #expect(
            complaints.isEmpty,
            "SESSION_JANITOR_SEED=\(ApplicationRaceTests.seed) repeats this:\n\(complaints.joined(separator: "\n"))")
        // A game in which nothing happens would let everything pass.
        #expect(application.operations >= ApplicationRaceTests.operations)
        #expect(loop.runs >= ApplicationRaceTests.runs)
        #expect(loop.killed > 0)
        #expect(loop.removals > 0)
        #expect(application.brokenPromises <= application.operations / 10)
        if ApplicationRaceTests.isLong {
            print(
                "stress: seed \(ApplicationRaceTests.seed), \(application.operations) operations, \(loop.runs) runs, "
                    + "\(loop.killed) of them killed, \(loop.removals) entries removed, "
                    + "\(application.sessions.count) sessions at the end, \(application.brokenPromises) logins too slow "
                    + "to count")
        }
    }

    /// The application plays on this thread, the janitor runs on another one.
    private func play(_ application: RaceApplication, _ loop: JanitorLoop) throws -> JanitorLoop {
        let game = Game(loop)
        Thread.detachNewThread { game.runJanitors() }
        // If it is the application that ends the game, the janitor is not to wait for more operations.
        defer { game.operations.withLock { $0 = .max } }
        try application.play { operations in
            game.operations.withLock { $0 = operations }
            return operations >= ApplicationRaceTests.operations && game.isOver.withLock { $0 }
        }
        game.operations.withLock { $0 = .max }
        try Deadline.wait(for: "the end of the last run", within: .seconds(600)) { game.isOver.withLock { $0 } }
        if let failure = game.failure.withLock({ $0 }) { throw SupportError(failure) }
        return game.loop.withLock { $0 }
    }
}

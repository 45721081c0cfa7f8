import Foundation
import Synchronization
import TestSupport
import Testing

@testable import RedisClient

/// Slots that move, and primaries that change, while the janitor is at work.
@Suite(.waiting, .needs(.clusterPort)) struct ClusterChangeTests {
    private static let users = 200
    private static let sessions = 3_000
    private static let orphans = 300
    /// So slow that something can happen in the middle.
    private static let slowly = ["--chunk-time", "0.05ms", "--nice-ratio", "10"]

    private func check(_ report: RunReport, _ status: ChildProcess.Ending, orphans: Int) {
        let complete = report.outcome == "completed"
        #expect(status == .exited(complete ? 0 : 3), "\(report)")
        // Nothing is counted twice, and nothing is missed without a word.
        #expect((report.stat("sessions_checked") ?? .max) <= Self.sessions)
        #expect((report.stat("total_sessions_checked") ?? .max) <= Self.sessions + orphans)
        #expect((report.stat("user_sessions_checked") ?? .max) <= Self.users)
        if complete {
            #expect(report.stat("sessions_checked") == Self.sessions)
            #expect(report.stat("valid_sessions_found") == Self.sessions)
            #expect(report.stat("orphaned_sessions_found") == orphans)
        } else {
            #expect(report.warnings.contains { $0.contains("of the cluster") }, "\(report.warnings)")
        }
    }

    private func checkLiving(_ appauth: ClusterStore) throws {
        let listed = try appauth.listed(users: Self.users)
        #expect(listed.filter { $0.text.hasPrefix("live-") }.count == Self.sessions)
    }

    @Test func `slots that move during runs lose no live entry, and no key is counted twice`() throws {
        let appauth = try ClusterStore()
        try appauth.fill(sessions: Self.sessions, orphans: Self.orphans, users: Self.users)
        let isDone = Mutex(false)
        let moves = Mutex(0)
        let failure = Mutex<String?>(nil)
        let mover = Thread {
            var random = SplitMix64(seed: 5)
            while !isDone.withLock({ $0 }) {
                let key = Appauth.session("live-\(Int.random(in: 0..<Self.sessions, using: &random))")
                do {
                    try appauth.cluster.move(
                        slot: HashSlot.of(key.raw), to: appauth.cluster.primaries.randomElement(using: &random)!)
                    moves.withLock { $0 += 1 }
                } catch {
                    failure.withLock { $0 = "\(error)" }
                    return
                }
            }
            isDone.withLock { $0 = false }
        }
        mover.start()
        for _ in 0..<4 {
            let (status, report) = try appauth.clean("--dry-run")
            check(report, status, orphans: Self.orphans)
        }
        let (status, report) = try appauth.clean()
        check(report, status, orphans: Self.orphans)
        #expect(report.stat("orphaned_sessions_removed") == report.stat("orphaned_sessions_found"))
        try checkLiving(appauth)
        isDone.withLock { $0 = true }
        try Deadline.wait(for: "the last move") { !isDone.withLock { $0 } || failure.withLock { $0 != nil } }
        #expect(failure.withLock { $0 } == nil)
        #expect(moves.withLock { $0 } > 5)
    }

    @Test(arguments: ["scan", "zrange"])
    func `a primary that hands over during a run loses no live entry`(command: String) throws {
        let appauth = try ClusterStore([], withReplicas: true)
        try appauth.fill(sessions: Self.sessions, orphans: Self.orphans, users: Self.users)
        let janitor = try JanitorProcess(
            ["--json", "--grace", "0"] + Self.slowly, environment: ["REDIS_URL": appauth.cluster.url()])
        let primary = appauth.cluster.primaries[1]
        let before = try primary.calls(of: command)
        try Deadline.wait(for: "the first \(command)") {
            try primary.calls(of: command) > before
        }
        try appauth.cluster.failOver(1)
        let result = try janitor.finish()
        let report = try RunReport(result)
        check(report, result.status, orphans: Self.orphans)
        try checkLiving(appauth)
        let (status, second) = try appauth.clean()
        check(second, status, orphans: Self.orphans - (report.stat("orphaned_sessions_removed") ?? 0))
    }

    @Test func `a primary that dies during a run is succeeded by its replica`() throws {
        let appauth = try ClusterStore([], withReplicas: true)
        try appauth.fill(sessions: Self.sessions, orphans: Self.orphans, users: Self.users)
        let primary = appauth.cluster.primaries[2]
        for _ in 0..<3 { _ = try primary.client().call("WAIT", "1", "5000") }
        let janitor = try JanitorProcess(
            ["--json", "--grace", "0"] + Self.slowly, environment: ["REDIS_URL": appauth.cluster.url()])
        try Deadline.wait(for: "the walk") { try primary.calls(of: "scan") > 0 }
        primary.stop()
        let result = try janitor.finish()
        let report = try RunReport(result)
        check(report, result.status, orphans: Self.orphans)
        try checkLiving(appauth)
    }

    @Test func `a primary that stalls, is replaced and goes on is not believed`() throws {
        let users = 30
        // Nobody takes over by himself.
        let appauth = try ClusterStore([], withReplicas: true, arguments: ["--cluster-node-timeout", "30000"])
        try appauth.fill(sessions: 60, orphans: 600, users: users)
        for node in appauth.cluster.primaries { try node.client().call("WAIT", "1", "5000") }
        let old = appauth.cluster.primaries[1]
        let janitor = try appauth.start(
            "--no-lock", "--timeout", "60s", "--chunk-time", "0.001ms", "--nice-ratio", "20")
        try Deadline.wait(for: "the removal", within: .seconds(60)) { try old.calls(of: "evalsha") > 0 }
        old.freeze()
        try appauth.cluster.takeOver(1)
        old.thaw()
        let result = try janitor.finish(within: .seconds(150))
        let report = try RunReport(result)
        let left = try appauth.listed(users: users)
        #expect(left.count { $0.text.hasPrefix("live-") } == 60)
        // What is there was not reported as removed, unless the run says that it does not know.
        let removed = report.stat("orphaned_sessions_removed") ?? .max
        let isKnown = report.error == nil && !report.warnings.contains { $0.contains("under way") }
        #expect(!isKnown || removed <= 660 - left.count, "\(result), \(left.count) are left")
        #expect(try appauth.clean("--no-lock").status == .exited(0))
        #expect(try appauth.listed(users: users).count == 60)
    }
}

import Foundation
import TestSupport
import Testing

@testable import RedisClient
@testable import SessionJanitor

/// Parts of a cluster that are out of reach once the census is taken: the rest is done, and they are named.
@Suite(.waiting, .needs(.clusterPort)) struct ClusterReachTests {
    private static let users = 40
    private static let sessions = 400
    private static let orphans = 200

    private func isListed(_ id: Bytes, under user: Bytes, _ appauth: ClusterStore) throws -> Bool {
        try appauth.client.call("ZSCORE", Appauth.index(user), id) != .null
    }

    /// Leaves a slot on its way from its primary to another one.
    private func open(slot: Int, of cluster: PrivateCluster) throws {
        let source = try cluster.owner(ofSlot: slot)
        let target = try #require(cluster.primaries.first { $0 !== source })
        try target.client().call(
            "CLUSTER", "SETSLOT", Bytes(slot), "IMPORTING", try cluster.identifier(of: source))
        try source.client().call(
            "CLUSTER", "SETSLOT", Bytes(slot), "MIGRATING", try cluster.identifier(of: target))
    }

    @Test(arguments: [false, true])
    func `entries in a slot that stays on its way stay, and the others go`(isBackedUp: Bool) throws {
        let appauth = try ClusterStore()
        for tag in ["{x}", "{y}"] as [Bytes] {
            for user in 0..<5 {
                let name = tag + "user-\(user)"
                try appauth.client.call("SET", Appauth.session(tag + "live-\(user)"), Appauth.living)
                try appauth.client.call(
                    "ZADD", Appauth.index(name), "1", tag + "live-\(user)", "2", tag + "gone-\(user)")
            }
        }
        try open(slot: HashSlot.of(("x" as Bytes).raw), of: appauth.cluster)
        let folder = try TemporaryFolder()
        let result = try JanitorProcess.run(
            ["--json", "--grace", "0"] + (isBackedUp ? ["--backup", folder.file("backup")] : []),
            environment: ["REDIS_URL": appauth.cluster.url()])
        let report = try RunReport(result)
        #expect(result.status == .exited(3), "\(result)")
        #expect(report.outcome == "partial")
        #expect(report.consistency == "needs_repair")
        #expect(report.stat("orphaned_sessions_found") == 10)
        #expect(report.stat("orphaned_sessions_removed") == 5)
        #expect(report.warnings.contains { $0.contains("out of reach") && $0.contains("5 entries") }, "\(report)")
        for user in 0..<5 {
            for tag in ["{x}", "{y}"] as [Bytes] {
                #expect(try isListed(tag + "live-\(user)", under: tag + "user-\(user)", appauth))
            }
            #expect(try isListed("{x}gone-\(user)", under: "{x}user-\(user)", appauth))
            #expect(try !isListed("{y}gone-\(user)", under: "{y}user-\(user)", appauth))
        }
    }

    @Test func `a lock whose node is lost is no reason to stop, as nobody else can take it`() throws {
        let cluster = try PrivateCluster(arguments: ["--cluster-require-full-coverage", "no"])
        let key: Bytes = "appauth:janitor:lock"
        let owner = try cluster.owner(ofSlot: HashSlot.of(key.raw))
        let place = try #require(cluster.primaries.firstIndex { $0 !== owner })
        let lock = try JanitorLock.take(
            key: key.raw, holder: LockHolder(host: "here", pid: 1, since: "now"), renewalPause: .zero
        ) {
            try Redis.connect(to: try Endpoint(url: cluster.url(place)), mode: .readWrite, timeout: .seconds(1))
        }
        try lock.renewIfDue()
        owner.stop()
        try lock.renewIfDue()
        #expect(lock.release() == nil)
    }

    /// When a primary is lost, and how.
    enum Loss: String, CaseIterable {
        case killedInSurvey, killedBeforeSecondLook, frozenBeforeSecondLook, killedInRemoval, frozenInRemoval

        var isFrozen: Bool { rawValue.hasPrefix("frozen") }
        /// What the primary does a first time just before.
        var command: String { rawValue.hasSuffix("Removal") ? "evalsha" : "zrange" }
        /// The first primary is also the one that is asked what any of them can answer.
        var isOfHome: Bool { self == .frozenBeforeSecondLook || self == .killedInRemoval }
        var isInGrace: Bool { rawValue.hasSuffix("SecondLook") }
    }

    @Test(arguments: Loss.allCases)
    func `a primary that is lost after the census costs its own keys alone`(loss: Loss) throws {
        let appauth = try ClusterStore([], arguments: ["--cluster-require-full-coverage", "no"])
        try appauth.fill(sessions: Self.sessions, orphans: Self.orphans, users: Self.users)
        let lost = appauth.cluster.primaries[loss.isOfHome ? 0 : 2]
        let isLost = { (key: Bytes) throws in try appauth.owner(of: key) === lost }
        let lostUsers = try (0..<Self.users).filter { try isLost(Appauth.index("user-\($0)")) }
        let lostEntries = try (0..<Self.orphans).filter { number in
            try lostUsers.contains(number % Self.users) || isLost(Appauth.session("gone-\(number)"))
        }
        let folder = try TemporaryFolder()
        let janitor = try JanitorProcess(
            ["--json", "--grace", loss.isInGrace ? "3s" : "0", "--timeout", "1s", "--backup", folder.file("backup")]
                + ["--chunk-time", "0.05ms", "--nice-ratio", "1"],
            environment: ["REDIS_URL": appauth.cluster.url(1)])
        // Once all index keys are read, the grace time passes.
        let calls = loss.isInGrace ? lostUsers.count : 1
        try Deadline.wait(for: "the first \(loss.command)") {
            try lost.calls(of: loss.command) >= calls
        }
        if loss.isFrozen { lost.freeze() } else { lost.stop() }
        let result = try janitor.finish(within: .seconds(120))
        let report = try RunReport(result)
        #expect(result.status == .exited(3), "\(result)")
        #expect(report.outcome == "partial")
        #expect(
            report.warnings.contains { $0.contains("out of reach (127.0.0.1:\(lost.port ?? 0) was lost)") },
            "\(report.warnings)")
        // What the lost one had done by then is not known here.
        let removed = report.stat("orphaned_sessions_removed") ?? -1
        #expect((Self.orphans - lostEntries.count...Self.orphans).contains(removed), "\(report)")
        if loss.isFrozen { lost.thaw() }
        let users = (0..<Self.users).filter { loss.isFrozen || !lostUsers.contains($0) }
        for user in users {
            let listed = try appauth.client.call("ZRANGE", Appauth.index("user-\(user)"), "0", "-1").strings
            #expect(listed.count { $0.text.hasPrefix("live-") } == Self.sessions / Self.users)
        }
        guard loss.isFrozen else { return }
        // The lost one may still have the lock.
        let (status, second) = try appauth.clean("--no-lock")
        #expect(status == .exited(0), "\(second)")
        #expect(second.stat("orphaned_sessions_removed") == second.stat("orphaned_sessions_found"))
        #expect(try appauth.listed(users: Self.users).count == Self.sessions)
    }
}

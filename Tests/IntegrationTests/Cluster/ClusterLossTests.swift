import Foundation
import TestSupport
import Testing

@testable import RedisClient
@testable import SessionJanitor

/// Primaries that are lost while the census goes on.
@Suite(.waiting, .needs(.clusterPort)) struct ClusterLossTests {
    @Test func `a primary that dies while its sessions are judged is succeeded by its replica`() throws {
        let store = try ClusterStore(["--layout", "user-sessions"], withReplicas: true)
        for number in 0..<300 {
            let date: Bytes = number % 3 == 0 ? "2020-01-01T00:00:00Z" : "2199-01-01T00:00:00Z"
            try store.write(
                ["HSET", "user_session:\(number)", "token", "t\(number)", "expires_at", date],
                ["SET", "token:t\(number)", Bytes(number)], ["SET", "token:old\(number)", Bytes(number)])
        }
        let primary = store.cluster.primaries[1]
        for node in store.cluster.primaries { try node.client().call("WAIT", "1", "5000") }
        let janitor = try store.start(
            "--include-expired", "--chunk-time", "0.05ms", "--nice-ratio", "10", "--progress", "always")
        try Deadline.wait(for: "the walk") { try primary.calls(of: "hmget") > 0 }
        primary.stop()
        let result = try janitor.finish(within: .seconds(150))
        let report = try RunReport(result)
        #expect(result.status == .exited(report.outcome == "completed" ? 0 : 3), "\(result)")
        #expect(report.stat("sessions_checked") == 300)
        #expect(report.stat("expired_sessions_found") == 100)
        #expect(report.stat("expired_sessions_removed") == 100)
        #expect(report.stat("orphaned_pointers_removed") == 200)
        #expect(report.stat("expired_dependents_removed") == 200)
        for number in 0..<300 {
            let token = try store.client.call("GET", "token:t\(number)")
            #expect(token.text == (number % 3 == 0 ? nil : "\(number)"))
        }
    }

    @Test func `a primary without a replica that dies during the census costs its own keys alone`() throws {
        let (sessions, orphans, users) = (400, 80, 40)
        let appauth = try ClusterStore([], arguments: ["--cluster-require-full-coverage", "no"])
        try appauth.fill(sessions: sessions, orphans: orphans, users: users)
        let lost = appauth.cluster.primaries[1]
        let reachable = try (0..<users).filter { try appauth.owner(of: Appauth.index("user-\($0)")) !== lost }
        let removable = try (0..<orphans).count { number in
            try reachable.contains(number % users) && appauth.owner(of: Appauth.session("gone-\(number)")) !== lost
        }
        let janitor = try appauth.start("--include-expired", "--chunk-time", "0.05ms", "--nice-ratio", "10")
        try Deadline.wait(for: "the first mget") { try lost.calls(of: "mget") > 0 }
        lost.stop()
        let result = try janitor.finish(within: .seconds(150))
        let report = try RunReport(result)
        #expect(result.status == .exited(3), "\(result)")
        #expect(report.outcome == "partial")
        #expect(report.consistency != "good")
        #expect(report.warnings.contains { $0.contains("slots of the cluster") }, "\(report.warnings)")
        #expect(report.warnings.contains { $0.contains("127.0.0.1:\(lost.port ?? 0) was lost") }, "\(report.warnings)")
        #expect(report.stat("orphaned_sessions_removed") == removable)
        for user in reachable {
            let listed = try appauth.client.call("ZRANGE", Appauth.index("user-\(user)"), "0", "-1").strings
            #expect(listed.count { $0.text.hasPrefix("live-") } == sessions / users)
        }
    }

    /// What a primary does a first time just before it dies.
    @Test(arguments: ["mget", "zrange"])
    func `a primary that dies while sessions are judged by age, or index keys are read, is succeeded`(
        command: String
    ) throws {
        let (sessions, old, orphans, users) = (400, 120, 60, 40)
        let appauth = try ClusterStore([], withReplicas: true)
        try appauth.fill(sessions: sessions, orphans: orphans, users: users)
        for number in 0..<old {
            try appauth.client.call(
                "SET", Appauth.session("old-\(number)"), #"{"ts":1000000000.5,"email":"a@example.org"}"#)
            try appauth.client.call("ZADD", Appauth.index("user-\(number % users)"), "\(number)", "old-\(number)")
        }
        for number in 0..<20 { try appauth.client.call("HSET", Appauth.session("odd-\(number)"), "field", "value") }
        let primary = appauth.cluster.primaries[1]
        for node in appauth.cluster.primaries { try node.client().call("WAIT", "1", "5000") }
        let janitor = try appauth.start("--include-expired", "--chunk-time", "0.05ms", "--nice-ratio", "10")
        try Deadline.wait(for: "the first \(command)") { try primary.calls(of: command) > 0 }
        primary.stop()
        let result = try janitor.finish(within: .seconds(150))
        let report = try RunReport(result)
        let isComplete = report.outcome == "completed"
        #expect(result.status == .exited(isComplete ? 0 : 3), "\(result)")
        #expect(report.stat("sessions_checked") == sessions + old + 20)
        #expect(report.stat("expired_sessions_found") == old)
        if isComplete {
            #expect(report.stat("unreadable_sessions_found") == 20)
            #expect(report.stat("total_sessions_checked") == sessions + old + orphans)
            #expect(report.stat("orphaned_sessions_removed") == orphans)
            #expect(report.stat("expired_entries_removed") == old)
            #expect(report.stat("expired_sessions_removed") == old)
            #expect(report.stat("unindexed_sessions_found") == 20)
        } else {
            #expect(report.warnings.contains { $0.contains("of the cluster") }, "\(report.warnings)")
        }
        let listed = try appauth.listed(users: users)
        #expect(listed.count { $0.text.hasPrefix("live-") } == sessions)
    }
}

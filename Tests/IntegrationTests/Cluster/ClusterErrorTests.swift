import TestSupport
import Testing

@testable import RedisClient

/// What is said of a cluster, and of one that is not well.
@Suite(.waiting, .needs(.clusterPort)) struct ClusterErrorTests {
    private let appauth: ClusterStore

    init() throws {
        appauth = try ClusterStore()
        try appauth.fill(sessions: 20, orphans: 5, users: 4)
    }

    @Test func `reports say that it is a cluster, whichever node was named`() throws {
        for place in 0..<3 {
            let environment = ["REDIS_URL": appauth.cluster.url(place)]
            let json = try JanitorProcess.run(["--dry-run", "--json"], environment: environment)
            #expect(
                json.output.contains("\"topology\" : \"cluster\"") || json.output.contains("\"topology\":\"cluster\""))
            #expect(try RunReport(json).stat("sessions_checked") == 20)
            let text = try JanitorProcess.run(["--dry-run"], environment: environment)
            #expect(text.output.contains("Cluster with 3 primaries"))
        }
    }

    @Test func `a cluster has no second database`() throws {
        let result = try JanitorProcess.run(["--dry-run"], environment: ["REDIS_URL": appauth.cluster.url() + "/1"])
        #expect(result.status == .exited(1))
        #expect(result.error.contains("a cluster has only database 0"))
    }

    @Test func `a cluster that is down is an error that says so`() throws {
        for primary in appauth.cluster.primaries { try primary.client().call("CLUSTER", "DELSLOTS", "0", "1", "2") }
        try Deadline.wait(for: "the cluster to be down") {
            try appauth.cluster.primaries.allSatisfy {
                try $0.client().call("CLUSTER", "INFO").text?.contains("cluster_state:fail") == true
            }
        }
        let result = try JanitorProcess.run(["--json"], environment: ["REDIS_URL": appauth.cluster.url(1)])
        #expect(result.status == .exited(1))
        #expect(try RunReport(result).error?.code == "CLUSTERDOWN")
        #expect(result.error.contains("redis-cli --cluster check"))
        #expect(try RunReport(result).stat("orphaned_sessions_removed") == 0)
    }

    @Test func `a primary that cannot be reached is named`() throws {
        let lost = appauth.cluster.primaries[2]
        lost.stop()
        let result = try JanitorProcess.run(["--dry-run"], environment: ["REDIS_URL": appauth.cluster.url()])
        #expect(result.status == .exited(3))
        let told = result.output + result.error
        #expect(told.contains("127.0.0.1:\(lost.port ?? 0) was lost"), "\(told)")
    }
}

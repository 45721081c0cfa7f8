import RedisClient
import Testing

@testable import JanitorCommand

struct ReplicaOptionsTests {
    private func replica(_ words: String...) throws -> ReplicaOptions? {
        try Options(Arguments(["clean"] + words), environment: ["REDIS_URL": "redis://primary"]).replica
    }

    @Test func `the primary is read unless a replica is asked for`() throws {
        #expect(try replica() == nil)
        #expect(try replica("--read-from", "primary") == nil)
        #expect(try replica("--read-from=replica") == ReplicaOptions(endpoint: nil, longestLag: .seconds(10)))
    }

    @Test func `the address of a replica implies that it is read`() throws {
        let chosen = try replica("--replica-url", "redis://replica:7000", "--max-lag", "1m")
        #expect(chosen == ReplicaOptions(endpoint: try Endpoint(url: "redis://replica:7000"), longestLag: .seconds(60)))
    }

    @Test(arguments: [["--read-from", "nowhere"], ["--replica-url", "replica"], ["--max-lag", "0"]])
    func `what cannot be meant is a usage error`(words: [String]) throws {
        #expect(throws: UsageError.self) {
            try Options(Arguments(["clean"] + words), environment: ["REDIS_URL": "redis://primary"])
        }
    }
}

import TestSupport
import Testing

/// The tests' own means to have a server with a wrong clock.
@Suite(.waiting) struct ShiftedClockTests {
    private func seconds(_ redis: PrivateRedis) throws -> Int {
        Int(try redis.client().call("TIME").strings[0].text) ?? 0
    }

    @Test func `a server can have another time than its neighbour, and its clock can jump`() throws {
        let usual = try PrivateRedis()
        let ahead = try PrivateRedis(clockOffset: .seconds(7_200))
        #expect(abs(try seconds(ahead) - seconds(usual) - 7_200) <= 5)
        try ahead.setClock(ahead: .seconds(-3_600))
        #expect(abs(try seconds(ahead) - seconds(usual) + 3_600) <= 5)
    }

    @Test(.needs(.clusterPort)) func `a cluster's nodes agree although one of them is ahead`() throws {
        let cluster = try PrivateCluster(clockOffsets: [1: .seconds(7_200)])
        let times = try cluster.primaries.map(seconds)
        #expect(abs(times[1] - times[0] - 7_200) <= 5)
        #expect(abs(times[2] - times[0]) <= 5)
    }
}

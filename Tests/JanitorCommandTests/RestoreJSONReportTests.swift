import Foundation
import SessionJanitor
import Testing

@testable import JanitorCommand
@testable import RedisClient

struct RestoreJSONReportTests {
    @Test(arguments: [(Int?.none, "standalone"), (3, "cluster")])
    func `the report says what kind of server was restored`(primaries: Int?, expected: String) throws {
        var server = ServerInfo(reply: "redis_version:7.2.4")
        server.primaries = primaries
        let record = RestoreRecord(
            options: try Sample.options(["restore", "purged.jsonl"]), server: server, started: .now, finished: .now,
            report: RestoreReport())
        let text = try record.json()
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(
            object["server"] as? [String: String] == [
                "address": "redis://user:***@db.example.org:7000/3", "version": "7.2.4", "topology": expected,
            ])
    }
}

import Foundation
import RedisClient
import SessionJanitor
import Testing

@testable import JanitorCommand

struct JSONReportTests {
    private func object(_ record: RunRecord) throws -> [String: Any] {
        let text = try record.json()
        #expect(text.hasSuffix("}\n"))
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    private static let always: Set<String> = [
        "tool", "version", "command", "mode", "server", "layout", "prefix", "include_expired", "max_age_days",
        "started_at", "finished_at", "duration_seconds", "stats", "consistency", "outcome", "warnings",
    ]

    @Test
    func `all of the contract's fields are there with their values`() throws {
        let report = Sample.report(.completed, .repaired, Sample.found, warnings: [.undatedSessions(3)])
        let object = try object(try Sample.record(["--max-age-days=7", "--prefix=shop"], report: report))
        #expect(Set(object.keys) == Self.always)
        #expect(object["tool"] as? String == "session-janitor")
        #expect(object["version"] as? String == Version.number)
        #expect(object["command"] as? String == "clean")
        #expect(object["mode"] as? String == "clean")
        #expect(object["layout"] as? String == "appauth")
        #expect(object["prefix"] as? String == "shop")
        #expect(object["include_expired"] as? Bool == false)
        #expect(object["max_age_days"] as? Int == 7)
        #expect(object["started_at"] as? String == "2023-11-14T22:13:20Z")
        #expect((object["finished_at"] as? String)?.hasPrefix("2023-11-14T22:13:21") == true)
        #expect(object["duration_seconds"] as? Double == 1.5)
        #expect(object["consistency"] as? String == "repaired")
        #expect(object["outcome"] as? String == "completed")
        #expect(object["warnings"] as? [String] == [Sample.text(.undatedSessions(3))])
        let server = try #require(object["server"] as? [String: String])
        #expect(
            server == [
                "address": "redis://user:***@db.example.org:7000/3", "version": "7.2.4", "topology": "standalone",
            ])
        let stats = try #require(object["stats"] as? [String: Int])
        #expect(stats.count == Sample.found.numbers.count)
        #expect(stats["orphaned_sessions_found"] == 200_000)
        #expect(stats["write_commands_sent"] == 0)
    }

    @Test
    func `mode, layout and what is included follow the options`() throws {
        let report = Sample.report(.completed, .good)
        let object = try object(try Sample.record(["-n", "--include-expired", "--session-key=s:{id}"], report: report))
        #expect(object["mode"] as? String == "dry-run")
        #expect(object["include_expired"] as? Bool == true)
        #expect(object["layout"] as? String == "custom")
        #expect(object["warnings"] as? [String] == [])
    }

    @Test(arguments: [
        (CleanupOutcome.completed, Consistency.good, "completed", "good"),
        (.partial, .repaired, "partial", "repaired"), (.refused, .needsRepair, "refused", "needs_repair"),
        (.failed, .needsRepair, "failed", "needs_repair"), (.failed, .unknown, "failed", "unknown"),
    ])
    func `outcome and consistency have the contract's words`(
        outcome: CleanupOutcome, consistency: Consistency, expected: String, consistent: String
    ) throws {
        let object = try object(try Sample.record(report: Sample.report(outcome, consistency)))
        #expect(object["outcome"] as? String == expected)
        #expect(object["consistency"] as? String == consistent)
    }

    @Test
    func `a failed run has an error with a code and a message`() throws {
        let error = RedisError.server(command: .scan, code: "NOPERM", message: "NOPERM no permissions")
        let record = try Sample.record(report: CleanupReport(failed: .redis(error)), version: nil)
        let object = try object(record)
        #expect(Set(object.keys) == Self.always.union(["error"]))
        let failure = try #require(object["error"] as? [String: String])
        #expect(failure == ["code": "NOPERM", "message": Sample.text(error, record.options)])
        #expect(object["outcome"] as? String == "failed")
    }

    @Test
    func `a refused run says why in the same place`() throws {
        let refusal = Refusal.noSessionExists(entries: 5_000)
        let object = try object(try Sample.record(report: Sample.report(.refused, .needsRepair, refusal: refusal)))
        #expect(object["error"] as? [String: String] == ["code": "refused", "message": refusal.message.english])
    }

    @Test
    func `text from others comes through as it is and does not break the object`() throws {
        let prefix = "a\"b\\\n\u{1b}\u{0}é{}\u{202e}"
        let record = try Sample.record(
            ["--prefix", prefix], report: Sample.report(.completed, .good, warnings: try Sample.warnings()))
        let object = try object(record)
        #expect(object["prefix"] as? String == prefix)
        let warnings = try #require(object["warnings"] as? [String])
        #expect(warnings.count == (try Sample.warnings().count))
        #expect(warnings.allSatisfy { $0.isOneTameLine })
    }

    @Test
    func `Valkey's version says whose it is`() throws {
        let report = Sample.report(.completed, .good)
        let record = try Sample.record(report: report, version: "7.2.4\nvalkey_version:8.1.1")
        #expect((try object(record)["server"] as? [String: String])?["version"] == "Valkey 8.1.1")
    }
}

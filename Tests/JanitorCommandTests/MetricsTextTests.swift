import SessionJanitor
import Testing

@testable import JanitorCommand

struct MetricsTextTests {
    private func text(
        _ words: [String] = [], status: JanitorCommand.ExitStatus = .done, former: String = "",
        _ report: CleanupReport? = nil
    ) throws -> String {
        let record = try Sample.record(words, report: report ?? Sample.report(.completed, .repaired, Sample.found))
        return try MetricsText(record: record, status: status, former: former).text()
    }

    private static let labels = "server=\"redis://user:***@db.example.org:7000/3\",prefix=\"appauth\""

    @Test
    func `each metric has its help, its type and its samples`() throws {
        let text = try text()
        #expect(
            text.hasPrefix(
                """
                # HELP session_janitor_last_run_timestamp_seconds When the last run ended.
                # TYPE session_janitor_last_run_timestamp_seconds gauge
                session_janitor_last_run_timestamp_seconds{\(Self.labels)} 1700000002

                """))
        #expect(text.contains("\nsession_janitor_last_run_duration_seconds{\(Self.labels)} 1.5\n"))
        #expect(text.contains("\nsession_janitor_last_run_outcome{\(Self.labels),outcome=\"completed\"} 1\n"))
        #expect(text.contains("\nsession_janitor_last_run_outcome{\(Self.labels),outcome=\"failed\"} 0\n"))
        #expect(text.contains("\nsession_janitor_total_sessions_checked{\(Self.labels)} 1234567\n"))
        #expect(text.hasSuffix("\n"))
    }

    private static let name = "\nsession_janitor_last_success_timestamp_seconds{\(labels)} "

    @Test
    func `the last success is this run's end, or what was there before`() throws {
        let name = Self.name
        #expect(try text(former: name + "5\n").contains(name + "1700000002\n"))
        for status in [JanitorCommand.ExitStatus.failed, .partial, .refused, .locked] {
            #expect(try text(status: status, former: name + "1600000000\n").contains(name + "1600000000\n"))
            #expect(try text(status: status).contains(name + "0\n"))
        }
    }

    @Test
    func `a dry run is no success, and leaves the last one`() throws {
        let name = Self.name
        #expect(try text(["-n"]).contains(name + "0\n"))
        #expect(try text(["-n"], former: name + "1600000000\n").contains(name + "1600000000\n"))
    }

    @Test(arguments: [
        (labels.replacing("example.org", with: "example.com"), "1600000000"),
        (labels.replacing("7000/3", with: "7000/4"), "1600000000"),
        (labels.replacing("appauth", with: "shop"), "1600000000"), ("", "1600000000"),
        (labels + ",x=\"y\"", "1600000000"), (labels, "1e300"), (labels, "inf"), (labels, "nan"), (labels, "-5"),
        (labels, "4000000000"), (labels, ""), (labels, "x"),
    ])
    func `the success of another server, database or prefix is none of this one's, nor is what cannot be one`(
        labels: String, value: String
    ) throws {
        let former = "session_janitor_last_success_timestamp_seconds{\(labels)} \(value)\n"
        #expect(try text(status: .failed, former: former).contains(Self.name + "0\n"))
    }

    /// What Prometheus asks for: backslash, double quote and line feed are escaped, whatever stands beside them.
    private static let prefixes: [(String, String)] = [
        ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\nb", "a\\nb"), ("\\n", "\\\\n"), ("\"\\\n", "\\\"\\\\\\n"),
        ("a\r\nb", "a\r\\nb"), ("\"\u{301}", "\\\"\u{301}"), ("\\\u{301}", "\\\\\u{301}"), ("é", "é"), ("", ""),
    ]

    @Test(arguments: prefixes)
    func `labels are escaped, byte by byte`(prefix: String, expected: String) throws {
        let bytes = try text(["--prefix", prefix]).bytes
        #expect(bytes.firstRange(of: ",prefix=\"\(expected)\"} ".bytes) != nil)
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        #expect(lines.allSatisfy { $0.starts(with: "# ".utf8) || $0.starts(with: "session_janitor_".utf8) })
    }
}

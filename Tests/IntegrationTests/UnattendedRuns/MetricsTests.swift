import Foundation
import TestSupport
import Testing

/// What stands in the metrics file.
@Suite(.waiting) struct MetricsTests {
    private let scene: MetricsScene
    private var appauth: Store { scene.appauth }
    private var folder: TemporaryFolder { scene.folder }
    private var path: String { scene.path }

    init() throws {
        scene = try MetricsScene()
    }

    private func run(
        _ arguments: String..., command: String = "clean", url: String? = nil
    ) throws -> ChildProcess.Ending {
        try scene.run(arguments, command: command, url: url).status
    }

    /// A way for a run to end.
    enum Kind: String, CaseIterable {
        case good, dry, failed, unconnected, refused, partial, locked

        var status: Int32 {
            switch self {
            case .good, .dry: 0
            case .failed, .unconnected: 1
            case .partial: 3
            case .refused: 4
            case .locked: 5
            }
        }

        var outcome: String {
            switch self {
            case .good, .dry: "completed"
            case .failed, .unconnected, .locked: "failed"
            case .partial: "partial"
            case .refused: "refused"
            }
        }
    }

    private func end(_ kind: Kind, command: String = "clean") throws -> ChildProcess.Ending {
        switch kind {
        case .good: return try run("--include-expired", command: command)
        case .dry: return try run("--dry-run", command: command)
        case .unconnected: return try run(command: command, url: "unix://\(folder.file("no.sock"))")
        case .refused: return try run("--max-removals", "0", command: command)
        case .failed: return try run("--backup", folder.file("missing/backup"), command: command)
        case .partial:
            try appauth.client.call("HSET", Appauth.index("odd"), "field", "value")
            return try run(command: command)
        case .locked:
            try appauth.client.call("SET", Unattended.lockKey, Unattended.foreignLock)
            return try run(command: command)
        }
    }

    @Test(
        .enabled(if: Promtool.isInstalled, "needs promtool, of Debian's package prometheus"), arguments: Kind.allCases)
    func `promtool has nothing against it`(kind: Kind) throws {
        #expect(try end(kind) == .exited(kind.status))
        let verdict = try Promtool.check(metrics: path)
        #expect(verdict.status == .exited(0), "\(verdict.output + verdict.error)")
        #expect(verdict.error.isEmpty)
    }

    @Test(
        .enabled(if: Promtool.isInstalled, "needs promtool, of Debian's package prometheus"),
        arguments: [
            "a\"b", "a\\", "a\nb", "a\r\nb", "\"\u{301}", "\\\u{301}", "a} 1\n", "{}", "é\u{202e}", "", " ",
            "a\tb\u{1b}",
            "a\u{2028}b\u{85}",
        ])
    func `a hostile prefix does not break it`(prefix: String) throws {
        #expect(try run("--prefix", prefix) == .exited(0))
        let verdict = try Promtool.check(metrics: path)
        #expect(verdict.status == .exited(0), "\(verdict.output + verdict.error)")
        // Each sample is a line of its own.
        let bytes = try Data(contentsOf: URL(filePath: path))
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        #expect(lines.allSatisfy { $0.starts(with: "#".utf8) || $0.starts(with: "session_janitor_".utf8) })
        // A later run still finds the last success there.
        #expect(try run("--prefix", prefix, "--dry-run") == .exited(0))
        let text = try Unattended.text(path)
        #expect(
            !text.unicodeScalars.split(separator: "\n").contains { line in
                String(line).hasPrefix("session_janitor_last_success") && String(line).hasSuffix("} 0")
            })
    }

    @Test(arguments: Kind.allCases)
    func `every number and the outcome are there, whatever the outcome is`(kind: Kind) throws {
        #expect(try end(kind, command: "scheduled") == .exited(kind.status))
        let metrics = try MetricsReading(path)
        for name in MetricsReading.numbers { #expect(metrics[name] != nil, "\(name)") }
        #expect(metrics["last_run_exit_status"] == Double(kind.status))
        for outcome in ["completed", "partial", "refused", "failed"] {
            #expect(metrics["last_run_outcome.\(outcome)"] == (outcome == kind.outcome ? 1 : 0), "\(outcome)")
        }
        #expect(metrics["last_run_duration_seconds"] != nil)
        let now = Date.now.timeIntervalSince1970
        let lastRun = try #require(metrics["last_run_timestamp_seconds"])
        #expect((now - 600...now + 600).contains(lastRun))
        #expect(metrics["last_success_timestamp_seconds"] == (kind == .good ? lastRun : 0))
    }

    @Test func `the numbers are those of the report`() throws {
        try appauth.write(sessions: "outdated", value: Appauth.expired)
        try appauth.write(sessions: "undated", value: "{}")
        try appauth.list("outdated", under: "b@example.org")
        let result = try appauth.run(
            "--json", "--grace", "0", "--include-expired", "--metrics-file", path)
        let report = try RunReport(result)
        let metrics = try MetricsReading(path)
        #expect(Set(report.stats.keys) == Set(MetricsReading.numbers + ["sessions_without_ttl_found"]))
        for (name, number) in report.stats { #expect(metrics[name] == Double(number), "\(name)") }
        #expect(metrics["orphaned_sessions_removed"] == 1)
        #expect(metrics["expired_sessions_removed"] == 1)
    }

    @Test func `what a run did not find out is not a number, and not absent; what it did not do is 0`() throws {
        #expect(try end(.unconnected) == .exited(1))
        let metrics = try MetricsReading(path)
        for name in MetricsReading.numbers {
            let number = try #require(metrics[name], "\(name)")
            let isDone = name.hasSuffix("_removed") || ["ttls_set", "write_commands_sent"].contains(name)
            #expect(isDone ? number == 0 : number.isNaN, "\(name)")
        }
    }

    @Test(arguments: [Kind.dry, .failed, .refused, .partial, .locked])
    func `the last success outlives a run without success, and a success sets it`(kind: Kind) throws {
        #expect(try end(.good) == .exited(0))
        let text = try Unattended.text(path)
        let success = try #require(try MetricsReading(path)["last_success_timestamp_seconds"])
        #expect(success > 1_700_000_000)
        // As if it had been long ago.
        try text.replacing(String(Int(success)), with: "1600000000").write(
            toFile: path, atomically: true, encoding: .utf8)
        try appauth.list("next orphan")
        for _ in 0..<2 {
            #expect(try end(kind) == .exited(kind.status))
            #expect(try MetricsReading(path)["last_success_timestamp_seconds"] == 1_600_000_000)
            #expect(try MetricsReading(path)["last_run_timestamp_seconds"] ?? 0 >= success)
        }
        try appauth.client.call("DEL", Unattended.lockKey, Appauth.index("odd"))
        #expect(try end(.good) == .exited(0))
        #expect(try MetricsReading(path)["last_success_timestamp_seconds"] ?? 0 >= success)
    }

    @Test func `the last success of another server is not published under this one's name`() throws {
        #expect(try end(.good) == .exited(0))
        #expect(try end(.unconnected) == .exited(1))
        #expect(try MetricsReading(path)["last_success_timestamp_seconds"] == 0)
    }

    @Test(.needs(.accessLists)) func `server and prefix are labels, without the password`() throws {
        try appauth.client.call("ACL", "SETUSER", "nightly", "on", ">hunter2", "~*", "+@all")
        #expect(try run(url: appauth.redis.url(user: "nightly", password: "hunter2")) == .exited(0))
        let labels = try MetricsReading(path).labels
        let expected = "server=\"unix://nightly:***@\(appauth.redis.socketPath)?db=0\",prefix=\"appauth\""
        #expect(!labels.isEmpty && labels.allSatisfy { $0.hasPrefix(expected) })
        #expect(try !Unattended.text(path).contains("hunter2"))
    }
}

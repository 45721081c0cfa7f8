import Foundation
import TestSupport
import Testing

/// Start and end of a run, told to a monitor.
@Suite(.waiting, .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl"), "needs curl"))
struct PingTests {
    private let appauth: Store
    private let folder: TemporaryFolder

    init() throws {
        appauth = try Store.withOrphan()
        folder = try TemporaryFolder()
    }

    private func run(
        _ arguments: String..., monitor: String, environment: [String: String] = [:], url: String? = nil
    ) throws -> JanitorResult {
        try JanitorProcess.run(
            arguments + ["--grace", "0", "--ping-url", monitor],
            environment: environment.merging(["REDIS_URL": url ?? appauth.redis.url]) { $1 })
    }

    @Test(arguments: ["clean", "scheduled"], ["", "/"])
    func `a good run is told at its start and at its end`(command: String, slash: String) throws {
        let (client, states) = (appauth.client, Collector<Int>())
        let monitor = try WebListener { _ in
            let count = (try? client.call("ZCARD", Appauth.index("a@example.org")))?.integer
            states.append(count ?? -1)
        }
        let result = try run(command, monitor: monitor.url + "/ping/a-secret" + slash)
        #expect(result.status == .exited(0))
        #expect(result.error.isEmpty)
        #expect(monitor.targets == ["/ping/a-secret/start", "/ping/a-secret/0"])
        // Before anything was removed, and after it.
        #expect(states.values == [2, 1])
    }

    @Test(arguments: ["clean", "scheduled"])
    func `whatever the run comes to is told`(command: String) throws {
        let monitor = try WebListener()
        let url = monitor.url + "/x"
        #expect(try run(command, monitor: url, url: "unix:///nonexistent.sock").status == .exited(1))
        #expect(try run(command, "--max-removals", "0", monitor: url).status == .exited(4))
        try appauth.client.call("SET", Unattended.lockKey, Unattended.foreignLock)
        #expect(try run(command, monitor: url).status == .exited(5))
        try appauth.client.call("DEL", Unattended.lockKey)
        try appauth.client.call("HSET", Appauth.index("odd"), "field", "value")
        #expect(try run(command, monitor: url).status == .exited(3))
        let expected = ["1", "4", "5", "3"].flatMap { ["/x/start", "/x/\($0)"] }
        #expect(monitor.targets == expected)
    }

    @Test func `metrics that cannot be written are told as a failure`() throws {
        let monitor = try WebListener()
        let result = try run("--metrics-file", folder.file("missing/m.prom"), monitor: monitor.url)
        #expect(result.status == .exited(1))
        #expect(monitor.targets == ["/start", "/1"])
    }

    private static let warning = "session-janitor: warning: the monitor at --ping-url was not reached: "

    @Test func `a monitor that is not there is only warned of`() throws {
        let port = try PrivateRedis.freePort()
        let result = try run("clean", monitor: "http://127.0.0.1:\(port)/a-secret")
        #expect(result.status == .exited(0))
        #expect(result.errorLines.count == 2)
        #expect(result.errorLines.allSatisfy { $0.hasPrefix(PingTests.warning) })
        #expect(!result.error.contains("a-secret"))
        #expect(try appauth.listed() == ["living"])
    }

    @Test func `a monitor that is not there does not change the status of a failure`() throws {
        let port = try PrivateRedis.freePort()
        let result = try run("--max-removals", "0", monitor: "http://127.0.0.1:\(port)/x")
        #expect(result.status == .exited(4))
    }

    @Test func `a monitor that says no is only warned of`() throws {
        let monitor = try WebListener(status: 404)
        let result = try run("clean", monitor: monitor.url + "/a-secret")
        #expect(result.status == .exited(0))
        #expect(result.errorLines.count == 2)
        #expect(result.errorLines.allSatisfy { $0.hasPrefix(PingTests.warning) && $0.contains("404") })
        #expect(!result.error.contains("a-secret"))
    }

    @Test func `of a monitor that is not there scheduled only writes in its log`() throws {
        let port = try PrivateRedis.freePort()
        let log = folder.file("log")
        let result = try run("scheduled", "--log-file", log, monitor: "http://127.0.0.1:\(port)/a-secret")
        #expect(result.status == .exited(0))
        #expect(result.isSilent)
        let warnings = try Unattended.lines(log).filter { $0.contains(" warning session cleanup: ") }
        #expect(warnings.count == 2)
        #expect(try !Unattended.text(log).contains("a-secret"))
    }

    @Test func `without curl the run goes on`() throws {
        let monitor = try WebListener()
        let result = try run("clean", monitor: monitor.url, environment: ["PATH": folder.path])
        #expect(result.status == .exited(0))
        #expect(result.errorLines.count == 2)
        #expect(result.errorLines.allSatisfy { $0.hasPrefix(PingTests.warning) && $0.contains("curl") })
        #expect(monitor.targets.isEmpty)
    }

    @Test func `the address is not in curl's command line`() throws {
        let commands = Collector<String>()
        let monitor = try WebListener { _ in
            for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] where Int(name) != nil {
                let status = (try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8)) ?? ""
                guard status.contains("(curl)") else { continue }
                let words = (try? String(contentsOfFile: "/proc/\(name)/cmdline", encoding: .utf8)) ?? ""
                let parent = status.split(separator: ")").last?.split(separator: " ").dropFirst().first ?? ""
                commands.append("\(parent): " + words.replacing("\0", with: " "))
            }
        }
        let janitor = try JanitorProcess(
            ["--grace", "0", "--ping-url", monitor.url + "/a-secret"], environment: ["REDIS_URL": appauth.redis.url])
        #expect(try janitor.finish().status == .exited(0))
        let own = commands.values.filter { $0.hasPrefix("\(janitor.processIdentifier): ") }
        #expect(own.count == 2)
        #expect(own.allSatisfy { !$0.contains("a-secret") && !$0.contains("127.0.0.1") })
    }
}

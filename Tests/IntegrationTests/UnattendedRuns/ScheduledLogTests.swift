import Foundation
import TestSupport
import Testing

/// The log file of `scheduled`.
@Suite(.waiting) struct ScheduledLogTests {
    private let appauth: Store
    private let folder: TemporaryFolder
    private var log: String { folder.file("cleanup.log") }

    init() throws {
        appauth = try Store.withOrphan()
        folder = try TemporaryFolder()
    }

    private func run(
        _ arguments: String..., prelude: String? = nil, url: String? = nil
    ) throws -> JanitorResult {
        try JanitorProcess.run(
            ["scheduled", "--grace", "0", "--log-file", log] + arguments,
            environment: ["REDIS_URL": url ?? appauth.redis.url], prelude: prelude)
    }

    /// Every line has a time stamp, a level, and what the administrator's grep looks for.
    private func expectTameLines(_ lines: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        for line in lines {
            #expect(
                line.wholeMatch(
                    of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (info|warning|error) session cleanup: \P{Cc}+/) != nil,
                "\(line)", sourceLocation: sourceLocation)
            #expect(line.contains(/session.*cleanup/), sourceLocation: sourceLocation)
        }
    }

    @Test func `a run leaves two lines`() throws {
        #expect(try run().isSilent)
        let lines = try Unattended.lines(log)
        #expect(lines.count == 2)
        expectTameLines(lines)
        #expect(
            lines.first?.hasSuffix(
                " info session cleanup: started server=\(appauth.redis.url)?db=0 prefix=appauth mode=clean "
                    + "include_expired=false max_age_days=30") == true)
        let last = try #require(lines.last)
        #expect(
            last.contains(" info session cleanup: finished outcome=completed exit_status=0 "))
        #expect(last.contains(" consistency=repaired duration_seconds="))
        #expect(last.count < 400)
        for number in ["orphaned_sessions_found=1", "orphaned_sessions_removed=1", "valid_sessions_found=1"] {
            #expect(last.split(separator: " ").contains(Substring(number)))
        }
    }

    @Test func `a later run appends`() throws {
        try "kept from before\n".write(toFile: log, atomically: false, encoding: .utf8)
        _ = try run()
        let first = try Unattended.text(log)
        _ = try run()
        let second = try Unattended.text(log)
        #expect(first.hasPrefix("kept from before\n"))
        #expect(second.hasPrefix(first))
        #expect(try Unattended.lines(log).count == 5)
    }

    @Test(arguments: ["022", "077", "000"])
    func `the file is readable for its group and for nobody else`(umask: String) throws {
        #expect(try run(prelude: "umask \(umask)").status == .exited(0))
        #expect(try Unattended.mode(log) == 0o640)
    }

    @Test func `an administrator's own mode of the file stays`() throws {
        _ = FileManager.default.createFile(atPath: log, contents: nil, attributes: [.posixPermissions: 0o604])
        _ = try run()
        #expect(try Unattended.mode(log) == 0o604)
    }

    @Test func `hostile names do not break lines`() throws {
        try appauth.client.call("HSET", Appauth.index("a\nsession cleanup: forged\r\u{1b}[2J\u{85}\u{2028}"), "f", "v")
        let result = try run("--include-expired")
        #expect(result.status == .exited(3))
        let lines = try Unattended.lines(log)
        // Started, the warning, that the run was partial, finished.
        #expect(lines.count == 4)
        expectTameLines(lines)
        #expect(lines.contains { $0.contains("warning session cleanup: 1 index key") })
        #expect(result.errorLines.count == 1)
    }

    @Test func `a hostile prefix does not break lines`() throws {
        let result = try run("--prefix", "a b\nsession cleanup: forged\r\n\"")
        // No key has it.
        #expect(result.status == .exited(3))
        expectTameLines(try Unattended.lines(log))
    }

    @Test(arguments: [("failed", 1), ("refused", 4), ("locked", 5)] as [(String, Int32)])
    func `what is wrong stands in the log as an error`(kind: String, status: Int32) throws {
        let result: JanitorResult
        switch kind {
        case "failed":
            result = try run(url: "unix://\(folder.file("no.sock"))")
        case "refused":
            result = try run("--max-removals", "0")
        default:
            try appauth.client.call("SET", Unattended.lockKey, Unattended.foreignLock)
            result = try run()
        }
        #expect(result.status == .exited(status))
        let lines = try Unattended.lines(log)
        expectTameLines(lines)
        let errors = lines.filter { $0.contains(" error session cleanup: ") }
        let line = try #require(result.errorLines.first)
        #expect(errors.first?.hasSuffix(" error session cleanup: " + line.dropFirst("session-janitor: ".count)) == true)
        #expect(errors.last?.contains("finished outcome=\(kind == "locked" ? "failed" : kind) ") == true)
        #expect(errors.last?.contains(" exit_status=\(status) ") == true)
    }

    @Test func `a log that is rotated during the run is followed`() throws {
        let (log, rotated) = (log, folder.file("cleanup.log.1"))
        let proxy = try RedisProxy(to: appauth.redis) { command, count in
            if command[0].text == "SCAN", count == 1 {
                try FileManager.default.moveItem(atPath: log, toPath: rotated)
            }
            return .forward
        }
        #expect(try run(url: proxy.url).isSilent)
        #expect(try Unattended.lines(rotated).count == 1)
        #expect(try Unattended.text(rotated).contains("session cleanup: started"))
        #expect(try Unattended.lines(log).count == 1)
        #expect(try Unattended.text(log).contains("session cleanup: finished"))
        #expect(try Unattended.mode(log) == 0o640)
    }

    @Test(arguments: ["missing/cleanup.log", "."])
    func `a log that cannot be written is an error before anything is sent`(name: String) throws {
        let before = try appauth.snapshot()
        let connections = try Unattended.connections(appauth.client)
        let path = folder.file(name)
        let result = try JanitorProcess.run(
            ["scheduled", "--log-file", path], environment: ["REDIS_URL": appauth.redis.url])
        expectFailure(
            result,
            "the log file \(path) cannot be written: \(name == "." ? "Is a directory" : "No such file or directory")")
        #expect(result.output.isEmpty)
        #expect(try Unattended.connections(appauth.client) == connections)
        #expect(try appauth.snapshot() == before)
    }

    @Test func `the variable names the file, too, and the option wins over it`() throws {
        let environment = ["REDIS_URL": appauth.redis.url, "CLEANUP_LOG_FILE": folder.file("by-variable.log")]
        let byVariable = try JanitorProcess.run(["scheduled", "--grace", "0"], environment: environment)
        #expect(byVariable.isSilent)
        #expect(try Unattended.names(folder) == ["by-variable.log"])
        let byOption = try JanitorProcess.run(
            ["scheduled", "--grace", "0", "--log-file", log], environment: environment)
        #expect(byOption.isSilent)
        #expect(try Unattended.names(folder) == ["by-variable.log", "cleanup.log"])
        #expect(try Unattended.lines(folder.file("by-variable.log")).count == 2)
        // For the other commands it means nothing.
        let clean = try JanitorProcess.run(
            ["clean", "--grace", "0"],
            environment: ["REDIS_URL": appauth.redis.url, "CLEANUP_LOG_FILE": folder.file("by-clean.log")])
        #expect(clean.status == .exited(0))
        #expect(try Unattended.names(folder) == ["by-variable.log", "cleanup.log"])
    }

    @Test(.needs(.accessLists)) func `a password and session ids stay out of the log`() throws {
        let id: Bytes = "Zx3kP9_qLm-T0vWbY7cR2dHnJ5sF8gAeU1oKiQyXtMw"
        try appauth.list(id)
        try appauth.client.call("ACL", "SETUSER", "nightly", "on", ">hunter2", "~*", "+@all")
        let result = try run("--verbose", url: appauth.redis.url(user: "nightly", password: "hunter2"))
        #expect(result.isSilent)
        let text = try Unattended.text(log)
        #expect(text.contains("nightly:***@"))
        #expect(!text.contains("hunter2") && !text.contains(id.text))
    }
}

import Foundation
import TestSupport
import Testing

/// Passwords from a file and from a terminal, so that none need stand in a command line or a crontab.
@Suite(.waiting) struct PasswordTests {
    private let redis: PrivateRedis
    private let folder: TemporaryFolder
    private let file: String

    init() throws {
        redis = try PrivateRedis(["--requirepass", "geh eim"])
        folder = try TemporaryFolder()
        file = folder.file("password")
    }

    private func write(_ text: String, mode: Int = 0o600) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    }

    private func run(_ arguments: String..., environment: [String: String] = [:]) throws -> JanitorResult {
        try JanitorProcess.run(
            ["--json"] + arguments, environment: ["REDIS_URL": redis.url].merging(environment) { $1 })
    }

    @Test(arguments: ["geh eim", "geh eim\n", "geh eim\r\n"])
    func `a password file opens the door, with or without a line break at its end`(text: String) throws {
        try write(text)
        let byOption = try run("--password-file", file)
        #expect(byOption.status == .exited(0))
        #expect(!byOption.error.contains("password"))
        #expect(!byOption.output.contains("geh eim"))
        let byVariable = try run(environment: ["REDIS_PASSWORD_FILE": file])
        #expect(byVariable.status == .exited(0))
        let byParts = try JanitorProcess.run(
            ["--password-file", file, "--json"], environment: ["REDIS_URL": redis.url(password: "wrong")])
        #expect(byParts.status == .exited(0))
    }

    @Test func `REDISCLI_AUTH opens the door where nothing else names a password`() throws {
        #expect(try run(environment: ["REDISCLI_AUTH": "geh eim"]).status == .exited(0))
        let byURL = ["REDISCLI_AUTH": "geh eim", "REDIS_URL": redis.url(password: "wrong")]
        #expect(try run(environment: byURL).status == .exited(1))
        try write("wrong")
        #expect(try run(environment: ["REDISCLI_AUTH": "geh eim", "REDIS_PASSWORD_FILE": file]).status == .exited(1))
    }

    @Test func `a URL may stand in a file, as a Docker secret has it`() throws {
        try write(redis.url(password: "geh%20eim") + "\n")
        for (words, environment) in [
            (["--url-file", file], ["REDIS_URL": "redis://nobody"]), ([], ["REDIS_URL_FILE": file]),
        ] {
            let result = try JanitorProcess.run(["--json"] + words, environment: environment)
            #expect(result.status == .exited(0), "\(result)")
            #expect(!(result.output + result.error).contains("geh"))
        }
        try write(redis.url(password: "geh%20eim"), mode: 0o644)
        let exposed = try JanitorProcess.run(["--json", "--url-file", file])
        #expect(try RunReport(exposed).warnings.contains { $0.contains("chmod 600") })
        #expect(try JanitorProcess.run(["-u", redis.url(password: "geh%20eim")]).status == .exited(0))
        for words in [["--url-file", folder.file("none")], ["--url-file", file, "--url", "redis://h"]] {
            #expect(try JanitorProcess.run(words).status == .exited(2))
        }
    }

    @Test func `a line break inside a password is part of it`() throws {
        try write("geh eim\n\n")
        let result = try run("--password-file", file)
        #expect(result.status == .exited(1))
        #expect(result.error.contains("password is wrong"))
    }

    @Test(arguments: [0o640, 0o604, 0o644])
    func `a password file that others can read is warned of`(mode: Int) throws {
        try write("geh eim\n", mode: mode)
        let result = try run("--password-file", file)
        #expect(result.status == .exited(0))
        let warning =
            "others than its owner can read the password file '\(file)': chmod 600 fixes that"
        #expect(try RunReport(result).warnings.contains(warning))
        #expect(result.error.contains("session-janitor: warning: \(warning)\n"))
    }

    @Test func `a file without a password ends it before a connection is opened`() throws {
        let missing = folder.file("none")
        try write("\n")
        let binary = folder.file("binary")
        try Data([0xff, 0xfe, 0x0a]).write(to: URL(fileURLWithPath: binary))
        for (path, reason) in [
            (missing, "cannot be read: No such file or directory"), (folder.path, "cannot be read: Is a directory"),
            (file, "is empty; "), ("/dev/zero", "does not hold a password"), (binary, "does not hold a password"),
        ] {
            for (origin, result) in [
                ("--password-file", try run("--password-file", path)),
                ("REDIS_PASSWORD_FILE", try run(environment: ["REDIS_PASSWORD_FILE": path])),
            ] {
                #expect(result.status == .exited(2))
                #expect(result.errorLines.count == 1)
                #expect(result.error.hasPrefix("session-janitor: \(origin) '\(path)' \(reason)"))
            }
        }
        // Only this question itself.
        let client = try redis.client()
        try client.call("AUTH", "geh eim")
        let first = try Unattended.connections(client)
        _ = try run("--password-file", missing)
        #expect(try Unattended.connections(client) == first)
    }

    // MARK: At a terminal

    /// In a session of its own, whose terminal is standard input.
    private func ask(on terminal: PseudoTerminal, prelude: String = "") throws -> JanitorProcess {
        try JanitorProcess(
            ["--askpass", "--json"],
            environment: ["REDIS_URL": redis.url, "PATH": "/usr/local/bin:/usr/bin:/bin"],
            prelude: prelude + "\nexec setsid --ctty \"$0\" \"$@\"", input: terminal.device)
    }

    @Test func `a password is asked for on the terminal and not shown`() throws {
        let terminal = try PseudoTerminal()
        let janitor = try ask(on: terminal)
        try Deadline.wait(for: "a question") {
            terminal.text.hasSuffix("Password for unix://\(redis.socketPath)?db=0: ")
        }
        try terminal.type("geh eim\n")
        let result = try janitor.finish()
        #expect(result.status == .exited(0))
        #expect(!result.output.contains("geh"))
        #expect(!terminal.text.contains("geh"))
        #expect(PasswordTests.showsInput(terminal))
    }

    @Test func `no password at the terminal is a usage error`() throws {
        let terminal = try PseudoTerminal()
        let janitor = try ask(on: terminal)
        try Deadline.wait(for: "a question") { terminal.text.contains("Password for ") }
        try terminal.type("\n")
        let result = try janitor.finish()
        #expect(result.status == .exited(2))
        #expect(result.error.hasPrefix("session-janitor: no password was typed"))
    }

    @Test func `an interrupted question gives the terminal back`() throws {
        let terminal = try PseudoTerminal()
        let janitor = try ask(on: terminal)
        try Deadline.wait(for: "a question") { terminal.text.contains("Password for ") }
        try terminal.type("geh\u{3}")
        #expect(try janitor.finish().status == .killed(signal: SIGINT))
        #expect(PasswordTests.showsInput(terminal))
    }

    @Test func `a hang-up that is ignored, as by nohup, does not interrupt the question`() throws {
        let terminal = try PseudoTerminal()
        let janitor = try ask(on: terminal, prelude: "trap '' HUP")
        try Deadline.wait(for: "a question") { terminal.text.contains("Password for ") }
        janitor.send(signal: SIGHUP)
        try terminal.type("geh eim\n")
        #expect(try janitor.finish().status == .exited(0))
    }

    @Test func `without a terminal it is a usage error`() throws {
        let result = try JanitorProcess.run(
            ["--askpass"], environment: ["REDIS_URL": redis.url, "PATH": "/usr/local/bin:/usr/bin:/bin"],
            prelude: "exec setsid \"$0\" \"$@\"")
        #expect(result.status == .exited(2))
        #expect(
            result.error.hasPrefix(
                "session-janitor: --askpass asks on the terminal, and there is none; use --password-file"))
    }

    private static func showsInput(_ terminal: PseudoTerminal) -> Bool {
        var settings = termios()
        return tcgetattr(terminal.device, &settings) == 0 && settings.c_lflag & tcflag_t(ECHO) != 0
    }
}

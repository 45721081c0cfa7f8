import TestSupport
import Testing

/// `scheduled` under systemd and with syslog.
@Suite(.waiting, .serialized) struct ScheduledJournalTests {
    private let appauth: Store

    init() throws {
        appauth = try Store.withOrphan()
    }

    /// As systemd does it: device and inode of the stream that goes to the journal.
    private static let underSystemd = "JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2); export JOURNAL_STREAM"

    private func run(_ arguments: String..., prelude: String? = underSystemd, url: String? = nil) throws
        -> JanitorResult
    {
        try JanitorProcess.run(
            ["scheduled", "--grace", "0"] + arguments, environment: ["REDIS_URL": url ?? appauth.redis.url],
            prelude: prelude)
    }

    @Test func `the journal gets what the log gets, with its levels`() throws {
        try appauth.write(sessions: "undated", value: "{}")
        let result = try run("--include-expired")
        #expect(result.status == .exited(0))
        #expect(result.output.isEmpty)
        #expect(
            result.errorLines.map { $0.prefix(20) } == [
                "<6>session cleanup: ", "<4>session cleanup: ", "<6>session cleanup: ",
            ])
        #expect(result.errorLines.first?.contains("started") == true)
        #expect(result.errorLines.last?.contains("finished outcome=completed") == true)
    }

    @Test func `the journal is told of a failure as an error and not twice`() throws {
        let result = try run(url: "unix:///nonexistent/redis.sock")
        #expect(result.status == .exited(1))
        #expect(result.errorLines.map { $0.prefix(3) } == ["<6>", "<3>", "<3>"])
        #expect(result.errorLines.filter { $0.contains("cannot connect") }.count == 1)
    }

    @Test func `a variable that means another stream than this one changes nothing`() throws {
        // Left over from the service that a shell was started by; systemd.exec(5) says to compare.
        let result = try run(prelude: "export JOURNAL_STREAM=1:1")
        #expect(result.status == .exited(0))
        #expect(result.isSilent)
        let failure = try run(prelude: "export JOURNAL_STREAM=1:1", url: "unix:///nonexistent/redis.sock")
        #expect(failure.errorLines.count == 1)
        #expect(failure.error.hasPrefix("session-janitor: "))
    }

    @Test func `the other commands do not speak to the journal`() throws {
        let result = try JanitorProcess.run(
            ["clean", "--grace", "0"], environment: ["REDIS_URL": appauth.redis.url],
            prelude: ScheduledJournalTests.underSystemd)
        #expect(result.status == .exited(0))
        #expect(result.error.isEmpty)
    }

    @Test(.enabled(if: SyslogSocket.isPossible, "needs root, and no syslog daemon at /dev/log"))
    func `syslog gets lines that the administrator finds`() throws {
        let syslog = try SyslogSocket()
        try appauth.write(sessions: "undated", value: "{}")
        #expect(try run("--syslog", "--include-expired", prelude: nil).isSilent)
        let messages = syslog.messages()
        // Facility daemon, levels info and warning.
        #expect(messages.map { $0.prefix(4) } == ["<30>", "<28>", "<30>"])
        for message in messages {
            #expect(message.contains(/session-janitor\[\d+\]: session cleanup:/))
            #expect(message.contains(/session.*cleanup/))
            #expect(message.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        }
        let failure = try run("--syslog", prelude: nil, url: "unix:///nonexistent/%25s%25n.sock")
        #expect(failure.status == .exited(1))
        #expect(failure.errorLines.count == 1)
        let last = syslog.messages()
        #expect(last.map { $0.prefix(4) } == ["<30>", "<27>", "<27>"])
        // Nothing of it is taken for a format.
        #expect(last.dropFirst().first?.contains("/nonexistent/%s%n.sock") == true)
    }

    private func writeHostileNames() throws {
        for name in ["a\n<0>session cleanup: forged", "\u{1b}[2J\r%s%n", "\u{85}\u{2028}x"] as [Bytes] {
            try appauth.client.call("HSET", Appauth.index(name), "f", "v")
        }
        try appauth.client.call("HSET", Appauth.index(Bytes([UInt8](repeating: 0x0a, count: 1 << 20))), "f", "v")
    }

    @Test func `hostile names forge no line in the journal`() throws {
        try writeHostileNames()
        let result = try run()
        #expect(result.status == .exited(3))
        #expect(result.errorLines.map { $0.prefix(3) } == ["<6>", "<4>", "<3>", "<3>"])
        #expect(
            result.errorLines.allSatisfy { $0.dropFirst(3).hasPrefix("session cleanup: ") && $0.utf8.count < 5_000 })
    }

    @Test(.enabled(if: SyslogSocket.isPossible, "needs root, and no syslog daemon at /dev/log"))
    func `hostile names forge no line in syslog`() throws {
        let syslog = try SyslogSocket()
        try writeHostileNames()
        #expect(try run("--syslog", prelude: nil).status == .exited(3))
        let messages = syslog.messages()
        #expect(messages.count == 4)
        for message in messages {
            #expect(message.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        }
        #expect(messages.contains { $0.contains("\\x1b[2J\\r%s%n") })
    }

    @Test(.enabled(if: SyslogSocket.isPossible, "needs to be where no syslog daemon is"))
    func `without a syslog daemon the run goes on`() throws {
        let result = try run("--syslog", prelude: nil)
        #expect(result.status == .exited(0))
        #expect(result.isSilent)
        #expect(try appauth.listed() == ["living"])
    }
}

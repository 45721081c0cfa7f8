import TestSupport
import Testing

/// Something answers that is not, or not quite, a Redis server.
@Suite(.waiting) struct PeerTests {
    private func run(_ url: String) throws -> JanitorResult {
        try JanitorProcess.run(["--timeout", "5s"], environment: ["REDIS_URL": url])
    }

    @Test func `a web server is recognised as something else`() throws {
        let peer = try ScriptedPeer(["HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"])
        expectFailure(
            try run(peer.url),
            "\(peer.url)?db=0 does not speak Redis's protocol (Protocol error, got \"H\" as reply type byte); is it "
                + "the right port?")
    }

    @Test func `bytes of no meaning are recognised as something else`() throws {
        let peer = try ScriptedPeer([Bytes([0x00, 0xff, 0x0d, 0x0a])])
        let result = try run(peer.url)
        #expect(result.status == .exited(1))
        #expect(result.errorLines.count == 1)
        #expect(result.error.hasPrefix("session-janitor: \(peer.url)?db=0 does not speak Redis's protocol ("))
        #expect(result.error.utf8.dropLast().allSatisfy { (0x20..<0x7f).contains($0) })
    }

    @Test func `half a greeting and then nothing is a lost connection`() throws {
        let peer = try ScriptedPeer(["$100\r\nabc"])
        expectFailure(
            try run(peer.url),
            "the connection to \(peer.url)?db=0 was lost during PING: the server closed the connection; run again once "
                + "the server is back")
    }

    @Test func `a peer that closes without a word is a lost connection`() throws {
        let peer = try ScriptedPeer([])
        let result = try run(peer.url)
        #expect(result.status == .exited(1))
        #expect(result.errorLines.count == 1)
        #expect(result.error.hasPrefix("session-janitor: the connection to \(peer.url)?db=0 was lost during PING: "))
    }

    /// A command, what it is answered with in place of the right answer, and what should have come.
    struct WrongAnswer: Sendable, CustomStringConvertible {
        var command: String
        var answer: Bytes
        var expected: String
        var description: String { "\(command) answered with \(answer)" }
    }

    private static func time(
        _ seconds: String, _ microseconds: String, expected: String = "seconds and microseconds"
    ) -> WrongAnswer {
        let answer = [seconds, microseconds].map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
        return WrongAnswer(command: "TIME", answer: Bytes("*2\r\n" + answer), expected: expected)
    }

    static let wrongAnswers: [WrongAnswer] = [
        WrongAnswer(command: "DBSIZE", answer: "+OK\r\n", expected: "a number"),
        WrongAnswer(command: "TIME", answer: "*1\r\n$1\r\n5\r\n", expected: "seconds and microseconds"),
        WrongAnswer(command: "TIME", answer: "*2\r\n$1\r\nx\r\n$1\r\ny\r\n", expected: "seconds and microseconds"),
        time("nan", "0"), time("inf", "0"), time("1e308", "0"), time("-1", "0"), time("1750000000", "1e308"),
        time("1750000000", "1000000"), time("99999999999999999999", "0"),
        time("7258118400", "0", expected: "a time before the year 2200"),
        time("9223372036854775807", "0", expected: "a time before the year 2200"),
        WrongAnswer(command: "SCAN", answer: ":1\r\n", expected: "a cursor and keys"),
        WrongAnswer(command: "SCAN", answer: "*0\r\n", expected: "a cursor and keys"),
        WrongAnswer(command: "SCAN", answer: "*2\r\n$1\r\n0\r\n$1\r\n0\r\n", expected: "a cursor and keys"),
        WrongAnswer(command: "SCAN", answer: "*2\r\n$1\r\n0\r\n*1\r\n:5\r\n", expected: "a cursor and keys"),
        WrongAnswer(command: "SCAN", answer: "*-1\r\n", expected: "a cursor and keys"),
        WrongAnswer(command: "MGET", answer: "*1\r\n$-1\r\n", expected: "2 values"),
        WrongAnswer(command: "ZRANGE", answer: "+OK\r\n", expected: "the entries of an index key"),
        WrongAnswer(command: "ZRANGE", answer: "*1\r\n:1\r\n", expected: "the entries of an index key"),
        WrongAnswer(command: "ZRANGE", answer: "*1\r\n*0\r\n", expected: "the entries of an index key"),
        WrongAnswer(command: "EXISTS", answer: "$1\r\n0\r\n", expected: "a number"),
        WrongAnswer(command: "EVALSHA", answer: ":1\r\n", expected: "a verdict for each removal"),
        WrongAnswer(command: "EVALSHA", answer: "*0\r\n", expected: "a verdict for each removal"),
        WrongAnswer(command: "EVALSHA", answer: "*3\r\n*0\r\n*0\r\n$0\r\n\r\n", expected: "a verdict for each removal"),
        WrongAnswer(
            command: "EVALSHA", answer: "*3\r\n*1\r\n:1\r\n:1\r\n$0\r\n\r\n", expected: "a verdict for each removal"),
        WrongAnswer(command: "SCRIPT", answer: ":1\r\n", expected: "the digest of the script"),
    ]

    @Test(arguments: wrongAnswers)
    func `an answer of the wrong shape ends the run`(wrong: WrongAnswer) throws {
        let appauth = try Store()
        try appauth.write(sessions: "living", "also living")
        try appauth.list("living", "orphan")
        let before = try appauth.snapshot()
        let proxy = try RedisProxy(to: appauth.redis) { command, _ in
            command[0].text == wrong.command ? .answer(wrong.answer) : .forward
        }
        let result = try JanitorProcess.run(
            ["--include-expired", "--no-lock", "--grace", "0", "--nice-ratio", "0.01", "--timeout", "2s"],
            environment: ["REDIS_URL": proxy.url])
        let name = wrong.command == "SCRIPT" ? "SCRIPT LOAD" : wrong.command
        expectFailure(
            result,
            "\(proxy.url)?db=0 answered \(name) with something other than \(wrong.expected); is it a supported "
                + "Redis server, without a proxy in between?")
        #expect(try appauth.snapshot() == before)
    }

    @Test func `a server that says nothing of itself is cleaned for all that`() throws {
        let appauth = try Store()
        try appauth.list("orphan")
        let proxy = try RedisProxy(to: appauth.redis) { command, _ in
            command[0].text == "INFO" ? .answer("-NOPERM this user has no permissions\r\n") : .forward
        }
        let (status, report) = try appauth.clean(url: proxy.url)
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 1)
    }
}

import Testing

@testable import RedisClient

@Suite struct RedisErrorTests {
    @Test(
        "The code of an error reply is its first word where that is one",
        arguments: [
            ("WRONGTYPE Operation against a key holding the wrong kind of value", "WRONGTYPE"),
            ("NOPERM this user has no permissions to run the 'scan' command", "NOPERM"),
            ("ERR DB index is out of range", "ERR"),
            ("LOADING", "LOADING"),
            ("SOME_CODE x", "SOME_CODE"),
            ("something went wrong", "ERR"),
            ("Wrong thing", "ERR"),
            ("ERR: what", "ERR"),
            ("@user_script: 7: boom", "ERR"),
            (" NOPERM", "ERR"),
            ("", "ERR"),
        ])
    func code(text: String, code: String) {
        let error = RedisError(reply: text, to: .scan)
        #expect(error == .server(command: .scan, code: code, message: text))
        #expect(error.serverCode == code)
    }

    @Test("A failure inside a script is one of EVALSHA")
    func script() {
        #expect(
            RedisError(scriptFailure: "OOM command not allowed")
                == .server(command: .evalsha, code: "OOM", message: "OOM command not allowed"))
    }

    @Test(
        "The command that failed inside a script is named, whatever the server's version says",
        arguments: [
            (
                "ZREM: ERR The user executing the script can't run this command or subcommand",
                "NOPERM The user executing the script can't run this command or subcommand (ZREM)"
            ),
            (
                "GET: @user_script: 3: -NOPERM this user has no permissions to run the 'get' command",
                "NOPERM this user has no permissions to run the 'get' command (GET)"
            ),
            (
                "PEXPIRE: ERR The user executing the script can't access at least one of the keys mentioned in it",
                "NOPERM The user executing the script can't access at least one of the keys mentioned in it (PEXPIRE)"
            ),
            (
                "ZREM: ERR ACL failure in script: User a has no permissions to run the 'zrem' command",
                "NOPERM ACL failure in script: User a has no permissions to run the 'zrem' command (ZREM)"
            ),
            ("LREM: OOM command not allowed", "OOM command not allowed (LREM)"),
        ])
    func commandInScript(text: String, expected: String) {
        #expect(
            RedisError(scriptFailure: text)
                == .server(command: .evalsha, code: String(expected.prefix { $0 != " " }), message: expected))
    }

    @Test(
        "Other errors have no code of the server",
        arguments: [
            RedisError.cannotConnect(reason: "NOAUTH"), .timedOut(command: .scan, seconds: 5), .serverRestarted,
            .connectionLost(command: .scan, reason: "x"), .notRedis(reason: "x"), .unsupportedServer(mode: "sentinel"),
            .unexpectedReply(command: .scan, expected: "x"), .refusedOnReadOnlyConnection(.evalsha),
            .tls(.plainText), .sentinel(.unknownService("x")), .notPrimary(role: "slave"), .failedOver,
        ])
    func noCode(error: RedisError) {
        #expect(error.serverCode == nil)
    }
}

import Testing

@testable import RedisClient

struct RedisErrorTests {
    @Test(arguments: [
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
    func `the code of an error reply is its first word where that is one`(text: String, code: String) {
        let error = RedisError(reply: text, to: .scan)
        #expect(error == .server(command: .scan, code: code, message: text))
        #expect(error.serverCode == code)
    }

    @Test
    func `a failure inside a script is one of EVALSHA`() {
        #expect(
            RedisError(scriptFailure: "OOM command not allowed")
                == .server(command: .evalsha, code: "OOM", message: "OOM command not allowed"))
    }

    @Test(arguments: [
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
    func `the command that failed inside a script is named, whatever the server's version says`(
        text: String, expected: String
    ) {
        #expect(
            RedisError(scriptFailure: text)
                == .server(command: .evalsha, code: String(expected.prefix { $0 != " " }), message: expected))
    }

    @Test(arguments: [
        RedisError.cannotConnect(reason: "NOAUTH"), .timedOut(command: .scan, seconds: 5), .serverRestarted,
        .connectionLost(command: .scan, reason: "x"), .notRedis(reason: "x"), .unsupportedServer(mode: "sentinel"),
        .unexpectedReply(command: .scan, expected: "x"), .refusedOnReadOnlyConnection(.evalsha),
        .tls(.plainText), .sentinel(.unknownService("x")), .notPrimary(role: "slave"), .failedOver,
    ])
    func `other errors have no code of the server`(error: RedisError) {
        #expect(error.serverCode == nil)
    }

    @Test(arguments: [
        (RedisError.node(address: "a:1", .cannotConnect(reason: "x")), true),
        (.node(address: "a:1", .connectionLost(command: .evalsha, reason: "x")), true),
        (.node(address: "a:1", .timedOut(command: .exists, seconds: 5)), true),
        (RedisError(reply: "TRYAGAIN Multiple keys request during rehashing of slot", to: .evalsha), true),
        (RedisError(reply: "CLUSTERDOWN The cluster is down", to: .exists), true),
        (.node(address: "a:1", .notRedis(reason: "x")), false), (.cannotConnect(reason: "x"), false),
        (.timedOut(command: .exists, seconds: 5), false),
        (RedisError(reply: "NOPERM no right", to: .evalsha), false),
    ])
    func `a node that is lost and a slot that is not served are out of reach, and nothing else is`(
        error: RedisError, expected: Bool
    ) {
        #expect(error.inCluster.isUnreachable == expected)
    }

    @Test(arguments: [
        (RedisError.node(address: "a:1", .cannotConnect(reason: "x")), true),
        (RedisError(reply: "TRYAGAIN later", to: .evalsha), true),
        (.node(address: "a:1", .connectionLost(command: .evalsha, reason: "x")), false),
        (.node(address: "a:1", .timedOut(command: .evalsha, seconds: 5)), false),
    ])
    func `what was not sent, or refused, was not carried out; what got no answer may have been`(
        error: RedisError, expected: Bool
    ) {
        #expect(error.isRefusal == expected)
    }
}

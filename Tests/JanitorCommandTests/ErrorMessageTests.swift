import Foundation
import RedisClient
import Testing

@testable import JanitorCommand

struct ErrorMessageTests {
    private static let nasty = "bad\r\n\u{1b}[31m\u{202e}\u{0}" + String(repeating: "x", count: 5_000)

    static let errors: [(RedisError, String)] = [
        (.cannotConnect(reason: nasty), "cannot_connect"),
        (.timedOut(command: .scan, seconds: 5), "timed_out"),
        (.connectionLost(command: .mget, reason: nasty), "connection_lost"),
        (.notRedis(reason: nasty), "not_redis"),
        (.serverRestarted, "server_restarted"),
        (.server(command: .scan, code: "NOPERM", message: nasty), "NOPERM"),
        (.unexpectedReply(command: .time, expected: "seconds"), "unexpected_reply"),
        (.refusedOnReadOnlyConnection(.evalsha), "write_refused"),
        (.unsupportedServer(mode: nasty), "unsupported_server"),
        (.notPrimary(role: nasty), "not_primary"),
        (.failedOver, "failed_over"),
        (.primaryReplaced(old: "127.0.0.1:1\n", new: "[::1]:2\n"), "failed_over"),
        (.primaryReplaced(old: "127.0.0.1:1\n", new: nil), "failed_over"),
        (.sentinel(.unknownService("main")), "unknown_service"),
        (
            .sentinel(.unreachable([SentinelError.Attempt(sentinel: "a:1", error: .cannotConnect(reason: nasty))])),
            "sentinels_unreachable"
        ),
        (.tls(.plainText), "tls_plain_text"),
        (.tls(.selfSigned), "tls_self_signed"),
        (.tls(.untrustedIssuer), "tls_untrusted_issuer"),
        (.tls(.expired), "tls_expired"),
        (.tls(.notYetValid), "tls_not_yet_valid"),
        (.tls(.wrongHost("db.example.org")), "tls_wrong_host"),
        (.tls(.clientCertificateRequired), "tls_client_certificate_required"),
        (.tls(.clientCertificateRefused(reason: nasty)), "tls_client_certificate_refused"),
        (.tls(.failed(reason: nasty)), "tls_failed"),
    ]

    @Test(arguments: errors)
    func `every error is one line that a terminal can show, and has a short code for scripts`(
        error: RedisError, code: String
    ) throws {
        let text = try Sample.text(error)
        #expect(text.isOneTameLine)
        #expect(text.count < 600)
        #expect(!text.hasSuffix("."))
        #expect(!text.contains(Sample.secret))
        #expect(error.code == code)
    }

    @Test(arguments: errors)
    func `an error names the server, unless it is about ourselves`(error: RedisError, code: String) throws {
        let text = try Sample.text(error)
        #expect(text.contains("redis://user:***@db.example.org:7000/3") == (code != "write_refused"))
    }

    @Test
    func `a command that was not answered is named`() throws {
        let options = try Sample.options()
        #expect(Sample.text(.timedOut(command: .scan, seconds: 5), options).contains("SCAN within 5.00 s"))
        #expect(Sample.text(.connectionLost(command: .mget, reason: "x"), options).contains("MGET"))
        #expect(Sample.text(.refusedOnReadOnlyConnection(.evalsha), options).contains("EVALSHA"))
    }

    @Test(arguments: [
        ("NOAUTH Authentication required.", "REDIS_PASSWORD"),
        ("WRONGPASS invalid username-password pair", "password"),
        ("NOPERM this user has no permissions", "ACL SETUSER"), ("LOADING Redis is loading", "later"),
        ("MASTERDOWN Link with MASTER is down", "primary"), ("READONLY You can't write", "primary"),
        ("OOM command not allowed", "maxmemory"), ("MISCONF Redis is configured", "disk"),
        ("BUSY Redis is busy running a script", "SCRIPT KILL"), ("ERR DB index is out of range", "REDIS_DB"),
        (
            "ERR AUTH <password> called without any password configured for the default user",
            "leave the password out"
        ),
        ("ERR invalid password", "password is wrong"), ("ERR unknown command 'MGET'", "renamed"),
    ])
    func `what the server answered is followed by what to do next`(reply: String, advice: String) throws {
        let text = try Sample.text(RedisError(reply: reply, to: .mget))
        #expect(text.contains("'\(reply)'") || text.contains(reply.prefix(20)))
        #expect(try #require(text.components(separatedBy: "; ").last).contains(advice))
    }

    @Test(arguments: ["ERR new", "NEWCODE what"])
    func `also an answer that nobody foresaw is followed by what to do next`(reply: String) throws {
        let text = try Sample.text(RedisError(reply: reply, to: .mget))
        #expect(text.contains("MGET"))
        #expect(text.contains(reply))
        #expect(!text.hasSuffix("'\(reply)'"))
    }
}

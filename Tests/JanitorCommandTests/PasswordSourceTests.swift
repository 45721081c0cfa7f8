import RedisClient
import Testing

@testable import JanitorCommand

struct PasswordSourceTests {
    private func source(_ words: [String], _ environment: [String: String]) throws -> PasswordSource? {
        try Options(Arguments(words), environment: environment).passwordSource
    }

    private static let file = PasswordSource.file(path: "/f", origin: "--password-file")
    private static let variable = PasswordSource.file(path: "/v", origin: "REDIS_PASSWORD_FILE")

    private static let choices: [([String], [String: String], PasswordSource?)] = [
        ([], ["REDIS_URL": "redis://h"], nil),
        (["--password-file", "/f"], ["REDIS_URL": "redis://h"], file),
        (["--askpass"], ["REDIS_URL": "redis://h"], .terminal),
        (["--password-file", "/f"], ["REDIS_URL": "redis://:p@h"], file),
        (["--askpass"], ["REDIS_URL": "redis://:p@h", "REDIS_PASSWORD_FILE": "/v"], .terminal),
        ([], ["REDIS_URL": "redis://h", "REDIS_PASSWORD_FILE": "/v"], variable),
        ([], ["REDIS_URL": "redis://:p@h", "REDIS_PASSWORD_FILE": "/v"], nil),
        ([], ["REDIS_HOST": "h", "REDIS_PASSWORD_FILE": "/v"], variable),
        ([], ["REDIS_HOST": "h", "REDIS_PASSWORD_FILE": "", "REDIS_PASSWORD": "p"], nil),
        (["--password-file", "/f"], ["REDIS_HOST": "h", "REDIS_PASSWORD": "p", "REDIS_PASSWORD_FILE": "/v"], file),
    ]

    @Test(arguments: choices)
    func `an option wins over the URL, the URL over the environment`(
        words: [String], environment: [String: String], expected: PasswordSource?
    ) throws {
        #expect(try source(words, environment) == expected)
    }

    private static let contradictions: [([String], [String: String], [String])] = [
        (["--password-file", "/f", "--askpass"], ["REDIS_URL": "redis://h"], ["--password-file", "--askpass"]),
        (
            [], ["REDIS_HOST": "h", "REDIS_PASSWORD": "p", "REDIS_PASSWORD_FILE": "/v"],
            ["REDIS_PASSWORD ", "REDIS_PASSWORD_FILE"]
        ),
    ]

    @Test(arguments: contradictions)
    func `two sources of the same rank contradict each other`(
        words: [String], environment: [String: String], names: [String]
    ) {
        #expect {
            try source(words, environment)
        } throws: { error in
            guard let message = (error as? UsageError)?.message.english else { return false }
            return names.allSatisfy(message.contains) && message.isOneTameLine
        }
    }
}

import RedisClient
import SessionJanitor
import Testing

@testable import JanitorCommand

/// A password never appears in any output, and a session id never in full, whatever goes wrong.
@Suite struct SecretsTests {
    private static let url = "redis://user:hunter2@h"

    private func complaint(_ words: [String], _ environment: [String: String]) -> String? {
        do throws(UsageError) {
            let options = try Options(Arguments(words), environment: environment)
            return ErrorMessage.text(.cannotConnect(reason: "refused"), options)
        } catch {
            return error.message
        }
    }

    private static let misplaced: [[String]] = [
        [url], ["clean", url], ["-u\(url)"], ["--urll=\(url)"], ["--urll", url], ["--json=\(url)"],
        ["--prefix", "--url", url], ["--timeout", url], ["--grace=\(url)"], ["--max-removals", url],
        ["--color", url], ["--session-key", url], ["--index-key=\(url)"], ["help", url], ["--url", "x\(url)"],
        ["--url=\(url):x"], ["--url", url + "/x"], ["--nice-ratio=\(url)"], ["--max-age-days", url],
    ]

    @Test("A URL in the wrong place does not show its password", arguments: misplaced)
    func misplacedURL(words: [String]) throws {
        let message = try #require(complaint(words, ["REDIS_URL": Self.url]))
        #expect(!message.contains("hunter2"))
    }

    @Test(
        "A URL in the wrong variable does not show its password",
        arguments: ["REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD"])
    func misplacedVariable(name: String) throws {
        let message = try #require(complaint([], ["REDIS_HOST": "h"].merging([name: Self.url]) { $1 }))
        #expect(!message.contains("hunter2"))
    }

    /// Redis answers an unknown or renamed command with its first arguments.
    @Test(
        "A server that repeats a command's arguments does not make us show them",
        arguments: [
            (RedisCommand.auth, "ERR unknown command 'AUTH', with args beginning with: 'user' '\(Sample.secret)' "),
            (.auth, "ERR unknown command `AUTH`, with args beginning with: `\(Sample.secret)`, "),
            (.exists, "ERR unknown command 'EXISTS', with args beginning with: 'appauth:sess:\(Sample.id)' "),
            (.mget, "ERR unknown command 'MGET', with args beginning with: 'appauth:sess:\(Sample.id)' "),
        ])
    func repeatedArguments(command: RedisCommand, reply: String) throws {
        let error = RedisError(reply: reply, to: command)
        let text = ErrorMessage.text(error, try Sample.options())
        #expect(!text.contains(Sample.secret) && !text.contains(Sample.id))
        let record = try Sample.record(report: Sample.report(.failed, .needsRepair, error: error))
        let isInJSON = try [Sample.secret, Sample.id].map(JSONReport(record).text().contains)
        #expect(isInJSON == [false, false])
    }

    @Test("Reports and errors show *** in the place of the password")
    func reports() throws {
        let report = Sample.report(.failed, .needsRepair, error: .serverRestarted)
        let record = try Sample.record(report: report)
        let texts = [
            TextReport(record: record, style: TextStyle(isColored: true)).text(), try JSONReport(record).text(),
            ErrorMessage.text(.serverRestarted, record.options),
        ]
        for text in texts {
            #expect(!text.contains(Sample.secret))
            #expect(text.contains("redis://user:***@db.example.org:7000/3"))
        }
        #expect(!"\(record.options)".contains(Sample.secret))
        #expect(!String(reflecting: record).contains(Sample.secret))
    }
}

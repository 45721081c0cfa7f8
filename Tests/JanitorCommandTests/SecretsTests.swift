import Foundation
import RedisClient
import SessionJanitor
import TestSupport
import Testing

@testable import JanitorCommand

/// A password never appears in any output, and a session id never in full, whatever goes wrong.
struct SecretsTests {
    private static let url = "redis://user:hunter2@h"

    private func complaint(_ words: [String], _ environment: [String: String]) -> String? {
        do throws(UsageError) {
            let options = try Options(Arguments(words), environment: environment)
            return Sample.text(.cannotConnect(reason: "refused"), options)
        } catch {
            return error.message.english
        }
    }

    private static let misplaced: [[String]] = [
        [url], ["clean", url], ["-u\(url)"], ["--urll=\(url)"], ["--urll", url], ["--json=\(url)"],
        ["--prefix", "--url", url], ["--timeout", url], ["--grace=\(url)"], ["--max-removals", url],
        ["--color", url], ["--session-key", url], ["--index-key=\(url)"], ["help", url], ["--url", "x\(url)"],
        ["--url=\(url):x"], ["--url", url + "/x"], ["--nice-ratio=\(url)"], ["--max-age-days", url],
    ]

    @Test(arguments: misplaced)
    func `a URL in the wrong place does not show its password`(words: [String]) throws {
        let message = try #require(complaint(words, ["REDIS_URL": Self.url]))
        #expect(!message.contains("hunter2"))
    }

    @Test(arguments: ["REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD"])
    func `a URL in the wrong variable does not show its password`(name: String) throws {
        let message = try #require(complaint([], ["REDIS_HOST": "h"].merging([name: Self.url]) { $1 }))
        #expect(!message.contains("hunter2"))
    }

    /// Redis answers an unknown or renamed command with its first arguments.
    @Test(arguments: [
        (RedisCommand.auth, "ERR unknown command 'AUTH', with args beginning with: 'user' '\(Sample.secret)' "),
        (.auth, "ERR AUTH of 'user' with '\(Sample.secret)' failed"),
        (.ping, "ERR '\(Sample.secret)' is not the password of user"),
        (.auth, "ERR unknown command `AUTH`, with args beginning with: `\(Sample.secret)`, "),
        (.exists, "ERR unknown command 'EXISTS', with args beginning with: 'appauth:sess:\(Sample.id)' "),
        (.mget, "ERR unknown command 'MGET', with args beginning with: 'appauth:sess:\(Sample.id)' "),
    ])
    func `a server that repeats a command's arguments does not make us show them`(command: RedisCommand, reply: String)
        throws
    {
        let error = RedisError(reply: reply, to: command)
        let text = try Sample.text(error)
        #expect(!text.contains(Sample.secret) && !text.contains(Sample.id))
        let record = try Sample.record(report: Sample.report(.failed, .needsRepair, error: error))
        let isInJSON = try [Sample.secret, Sample.id].map(record.json().contains)
        #expect(isInJSON == [false, false])
    }

    // MARK: The program itself

    /// As it should be; for redis-cli; encoded; with what ends a word; with the sentinels' password; without a host.
    private static let forms = [
        "redis://user:hunter2@h", "redis://hunter2@h", "rediss://:hunter2%40@h/1", "redis://u:a 'b\" hunter2@h",
        "redis+sentinel://h/s?sentinel_password=hunter2", "redis://user:hunter2", "unix://user:hunter2@/r.sock",
        "https://hc-ping.com/hunter2",
    ]

    private static let variables = [
        "REDIS_URL", "REDIS_URI", "REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_USERNAME", "REDIS_PASSWORD",
        "REDIS_PASSWORD_FILE", "REDIS_PREFIX", "SENTINEL_USERNAME", "SENTINEL_PASSWORD", "CLEANUP_INCLUDE_EXPIRED",
        "CLEANUP_MAX_AGE_DAYS", "CLEANUP_LOG_FILE",
    ]

    private func expectNoSecret(_ words: [String], _ environment: [String: String]) throws {
        let result = try JanitorProcess.run(words, environment: environment)
        #expect(!(result.output + result.error).contains("hunter2"), "\(words) \(environment)")
    }

    @Test
    func `no word of the command line shows a URL's password, whatever it was meant to be`() throws {
        let missing = ["REDIS_URL": "unix:///nowhere/redis.sock"]
        var words = Command.allCases.map { [$0.rawValue] } + [["help", "help"], ["clean", "-n", "-v"]]
        words += Option.all.map { [($0.commands.first ?? .clean).rawValue, $0.name] }
        for (index, words) in words.enumerated() {
            let form = Self.forms[index % Self.forms.count]
            let isJoined = words.count == 2 && index.isMultiple(of: 2)
            try expectNoSecret(isJoined ? [words[0], "\(words[1])=\(form)"] : words + [form], missing)
        }
        for form in Self.forms {
            for words in [[form], ["restore", form], ["--backup", form, "--no-lock"], ["-\(form)"], ["--\(form)"]] {
                try expectNoSecret(words, missing)
            }
        }
    }

    @Test
    func `no variable shows a URL's password, whatever it was meant to be`() throws {
        for (index, name) in Self.variables.enumerated() {
            for place in [index, index + 3] {
                let environment = ["REDIS_HOST": "127.0.0.1", "REDIS_PORT": "1"]
                try expectNoSecret(
                    ["scheduled"], environment.merging([name: Self.forms[place % Self.forms.count]]) { $1 })
            }
        }
    }

    @Test
    func `what a run prints, logs and measures has no password, though its templates and its data hold one`() throws {
        let redis = try PrivateRedis()
        let folder = try TemporaryFolder()
        let url = Self.url
        try redis.client().run([
            ["SET", "\(url):sess:living", "{}"], ["ZADD", "\(url):usess:\(url)", "1", "gone", "2", "living"],
            ["HSET", "\(url):usess:odd", "a", "b"],
        ])
        let common = ["--prefix", url, "--grace", "0"]
        let environment = ["REDIS_URL": redis.url]
        try expectNoSecret(common + ["-n", "-v"], environment)
        try expectNoSecret(common + ["-n", "-v", "--json", "--lang", "zh"], environment)
        let (log, metrics) = (folder.file("log"), folder.file("metrics"))
        try expectNoSecret(
            ["scheduled", "--log-file", log, "--metrics-file", metrics, "--json", "--backup-dir", folder.path] + common,
            environment)
        for file in [log, metrics] {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text.contains("redis://***@h") && !text.contains("hunter2"))
        }
    }

    @Test
    func `reports and errors show *** in the place of the password`() throws {
        let report = Sample.report(.failed, .needsRepair, error: .serverRestarted)
        let record = try Sample.record(report: report)
        let texts = [
            record.text(TextStyle(isColored: true)), try record.json(),
            Sample.text(.serverRestarted, record.options),
        ]
        for text in texts {
            #expect(!text.contains(Sample.secret))
            #expect(text.contains("redis://user:***@db.example.org:7000/3"))
        }
        #expect(!"\(record.options)".contains(Sample.secret))
        #expect(!String(reflecting: record).contains(Sample.secret))
    }
}

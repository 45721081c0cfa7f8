import SessionJanitor
import Testing

@testable import JanitorCommand

/// What `scheduled` takes from its environment, and the options of unattended runs.
struct ScheduledOptionsTests {
    private func complaint(_ words: [String], _ environment: [String: String] = [:]) -> String? {
        do throws(UsageError) {
            _ = try Options(Arguments(words), environment: ["REDIS_URL": "redis://h"].merging(environment) { $1 })
            return nil
        } catch {
            return error.message.english
        }
    }

    private static let includeExpired: [(String, Bool)] = [
        ("1", true), ("true", true), ("yes", true), ("TRUE", true), ("True", true), ("YES", true), ("0", false),
        ("false", false), ("no", false), ("FALSE", false), ("", false),
    ]

    @Test(arguments: includeExpired)
    func `CLEANUP_INCLUDE_EXPIRED is read`(value: String, expected: Bool) throws {
        let options = try Sample.options(["scheduled"], ["CLEANUP_INCLUDE_EXPIRED": value])
        #expect(options.cleanup.includesExpired == expected)
    }

    @Test(arguments: [("0", 0), ("7", 7), ("030", 30), ("36500", 36_500), ("", 30)])
    func `CLEANUP_MAX_AGE_DAYS is read`(value: String, expected: Int) throws {
        let options = try Sample.options(["scheduled"], ["CLEANUP_MAX_AGE_DAYS": value])
        #expect(options.cleanup.maximumAgeDays == expected)
    }

    @Test(arguments: [
        ("CLEANUP_INCLUDE_EXPIRED", ["2", "y", "on", "t", " ", "1 ", "true\n", "-1", "wahr", "tru", "nо"]),
        (
            "CLEANUP_MAX_AGE_DAYS",
            [
                "-1", "+1", "1.5", "1e3", "x", " 7", "7 ", "7d", "0x7", "３", "99999999999999999999", "1000000001",
                "\n",
            ]
        ),
    ])
    func `a value that is not valid is an error that names the variable, not the default`(
        name: String, values: [String]
    ) throws {
        for value in values {
            let message = try #require(complaint(["scheduled"], [name: value]), "\(value)")
            #expect(message.contains(name))
            #expect(message.isOneTameLine)
        }
    }

    @Test
    func `options win over the variables, even over those that are not valid`() throws {
        let days = try Sample.options(["scheduled", "--max-age-days", "7"], ["CLEANUP_MAX_AGE_DAYS": "90"])
        #expect(days.cleanup.maximumAgeDays == 7)
        let expired = try Sample.options(["scheduled", "--include-expired"], ["CLEANUP_INCLUDE_EXPIRED": "0"])
        #expect(expired.cleanup.includesExpired)
        let file = try Sample.options(["scheduled", "--log-file=/a"], ["CLEANUP_LOG_FILE": "/b"])
        #expect(file.logFile == "/a")
        #expect(complaint(["scheduled", "--max-age-days=7"], ["CLEANUP_MAX_AGE_DAYS": "x"]) == nil)
        #expect(complaint(["scheduled", "--include-expired"], ["CLEANUP_INCLUDE_EXPIRED": "x"]) == nil)
    }

    @Test
    func `CLEANUP_LOG_FILE names the log file; one that is empty counts as not set`() throws {
        #expect(try Sample.options(["scheduled"], ["CLEANUP_LOG_FILE": "/var/log/x"]).logFile == "/var/log/x")
        #expect(try Sample.options(["scheduled"], ["CLEANUP_LOG_FILE": ""]).logFile == nil)
        #expect(try Sample.options(["scheduled"]).logFile == nil)
    }

    @Test(arguments: ["clean", "initial"])
    func `the other commands ignore the variables, be they valid or not`(command: String) throws {
        for value in ["1", "0", "rubbish"] {
            let variables = [
                "CLEANUP_INCLUDE_EXPIRED": value, "CLEANUP_MAX_AGE_DAYS": value, "CLEANUP_LOG_FILE": value,
            ]
            #expect(try Sample.options([command], variables) == Sample.options([command]))
        }
    }

    @Test(arguments: [
        ["scheduled", "--yes"], ["restore", "x", "--yes"], ["clean", "--log-file=/x"],
        ["initial", "--log-file=/x"],
        ["clean", "--syslog"], ["initial", "--syslog"], ["initial", "--metrics-file=/x"],
        ["initial", "--ping-url=https://h"],
    ])
    func `an option is refused where it means nothing`(words: [String]) throws {
        let message = try #require(complaint(words))
        let option = try #require(words.last?.split(separator: "=").first)
        #expect(message.contains(option))
    }

    @Test(arguments: ["--log-file=", "--metrics-file="])
    func `a path may not be empty`(word: String) throws {
        #expect(try #require(complaint(["scheduled", word])).contains(word.dropLast()))
    }

    @Test
    func `a monitor's address loses one slash at its end`() throws {
        #expect(try Sample.options(["--ping-url=https://h/x/"]).pingURL == "https://h/x")
        #expect(try Sample.options(["--ping-url=http://h:1/x"]).pingURL == "http://h:1/x")
        #expect(try Sample.options().pingURL == nil)
    }

    @Test(arguments: [
        "", "h/x", "ftp://h/hunter2", "file:///etc/hunter2", "https://h/hunter2\nurl=file:///etc/passwd",
        "https://h/\"hunter2", "https://h/hunter2 x", "https://h/\\hunter2", "https://h/hunter2é", "-hunter2",
    ])
    func `a monitor's address that is none is refused and not repeated, as it is a secret`(url: String) throws {
        let message = try #require(complaint(["--ping-url=\(url)"]))
        #expect(message.contains("--ping-url"))
        #expect(!message.contains("hunter2"))
        #expect(message.isOneTameLine)
    }

    @Test
    func `a real run takes the lock unless told otherwise; a dry run takes none`() throws {
        #expect(try Sample.options().takesLock)
        #expect(try Sample.options(["scheduled"]).takesLock)
        #expect(try !Sample.options(["--no-lock"]).takesLock)
        #expect(try !Sample.options(["-n"]).takesLock)
    }
}

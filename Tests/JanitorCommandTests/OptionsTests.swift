import RedisClient
import Testing

@testable import JanitorCommand
@testable import SessionJanitor

struct OptionsTests {
    private func options(_ words: String...) throws -> Options {
        try Sample.options(words)
    }

    private func complaint(_ words: [String], _ environment: [String: String]) -> String? {
        do throws(UsageError) {
            _ = try Options(Arguments(words), environment: environment)
            return nil
        } catch {
            return error.message.english
        }
    }

    @Test
    func `the defaults are the contract's`() throws {
        let options = try options()
        #expect(!options.cleanup.isDryRun)
        #expect(!options.cleanup.includesExpired)
        #expect(options.cleanup.maximumAgeDays == 30)
        #expect(options.cleanup.layout.prefix == "appauth")
        #expect(options.cleanup.layout.sessionKeys[0].key("x".bytes) == "appauth:sess:x".bytes)
        #expect(options.cleanup.layout.indexKeys[0].template.key("x".bytes) == "appauth:usess:x".bytes)
        #expect(options.cleanup.grace == .seconds(1))
        #expect(options.cleanup.limits == SafetyLimits())
        #expect(options.cleanup.limits.maximumRemovals == nil)
        #expect(!options.cleanup.limits.allowsNoLiveSessions)
        #expect(options.cleanup.chunkTime == .milliseconds(1))
        #expect(options.cleanup.niceRatio == 0)
        #expect(options.timeout == .seconds(5))
        #expect(!options.isJSON)
        #expect(options.verbosity == .normal)
        #expect(options.color == .auto)
        #expect(options.progress == .auto)
    }

    @Test
    func `every option has its effect`() throws {
        #expect(try options("-n").cleanup.isDryRun)
        #expect(try options("--include-expired").cleanup.includesExpired)
        #expect(try options("--max-age-days", "0").cleanup.maximumAgeDays == 0)
        #expect(try options("--prefix", "shop").cleanup.layout.sessionKeys[0].key([]) == "shop:sess:".bytes)
        #expect(try options("--session-key=s/{id}").cleanup.layout.sessionKeys[0].key([1]) == "s/".bytes + [1])
        #expect(try options("--index-key=u/{user}").cleanup.layout.indexKeys[0].template.key([1]) == "u/".bytes + [1])
        #expect(try options("--grace", "5m").cleanup.grace == .seconds(300))
        #expect(try options("--grace", "0").cleanup.grace == .zero)
        #expect(try options("--max-removals", "0").cleanup.limits.maximumRemovals == .count(0))
        #expect(try options("--max-removals", "12345678").cleanup.limits.maximumRemovals == .count(12_345_678))
        #expect(try options("--max-removals", "12.5%").cleanup.limits.maximumRemovals == .percent(12.5))
        #expect(try options("--max-removals", "0%").cleanup.limits.maximumRemovals == .percent(0))
        #expect(try options("--max-removals", "100%").cleanup.limits.maximumRemovals == .percent(100))
        #expect(try options("--allow-no-live-sessions").cleanup.limits.allowsNoLiveSessions)
        #expect(try options("--chunk-time", "2s").cleanup.chunkTime == .seconds(2))
        #expect(try options("--nice-ratio", "0.5").cleanup.niceRatio == 0.5)
        #expect(try options("--timeout", "1m").timeout == .seconds(60))
        #expect(try options("--json").isJSON)
        #expect(try options("-q").verbosity == .quiet)
        #expect(try options("-v").verbosity == .verbose)
        #expect(try options("--color=always").color == .always)
        #expect(try options("--progress=never").progress == .never)
    }

    @Test
    func `--set-missing-ttl layout is refused where the layout says no TTL, and else taken`() throws {
        let environment = ["REDIS_URL": "redis://localhost"]
        for words in [["--layout", "flask"], []] {
            let text = try #require(complaint(words + ["--set-missing-ttl", "layout"], environment))
            #expect(text.contains("the layout \(words.last ?? "appauth") says no TTL"))
            #expect(text.contains("--set-missing-ttl 24h"))
            #expect(complaint(words + ["--set-missing-ttl", "1h"], environment) == nil)
        }
        let own = ["--layout", "flask", "--session-key", "session:{id}", "--ttl", "1d", "--set-missing-ttl", "layout"]
        #expect(complaint(own, environment) == nil)
        #expect(try options("--layout", "websocket", "--set-missing-ttl", "layout").cleanup.missingTTL == .layout)
    }

    @Test
    func `an option that has no effect without another is warned of`() throws {
        let days = CleanupWarning.noEffect(option: "--max-age-days", without: "--include-expired")
        let lag = CleanupWarning.noEffect(option: "--max-lag", without: "--read-from replica")
        #expect(try options("--max-age-days", "7", "--max-lag", "1m").warnings == [days, lag])
        let used = ["--max-age-days", "7", "--include-expired", "--max-lag", "1m", "--read-from", "replica"]
        #expect(try Sample.options(used).warnings == [])
        let variable = try Sample.options(["scheduled", "--max-age-days", "7"], ["CLEANUP_INCLUDE_EXPIRED": "1"])
        #expect(variable.warnings == [])
        #expect(days.message.english == "--max-age-days has no effect without --include-expired")
    }

    private static let invalidValues: [(String, [String])] = [
        ("--max-age-days", ["", "-1", "+3", "1.5", "x", "３", "1 ", "99999999999999999999"]),
        ("--grace", ["", "1", "-1s", "1x", "s", "1 s"]),
        ("--chunk-time", ["", "0", "0ms", "-1ms", "1"]),
        ("--timeout", ["0", "0s", "5", "inf"]),
        ("--nice-ratio", ["", "-1", "x", "inf", "nan", "1e3"]),
        ("--max-removals", ["", "%", "-1", "-1%", "1.5", "101%", "x", "1%%", "10 %", "99999999999999999999"]),
        ("--color", ["", "yes", "Always"]),
        ("--progress", ["", "on"]),
    ]

    @Test(arguments: invalidValues)
    func `a value that is not valid is refused, and the message names the option`(option: String, values: [String])
        throws
    {
        for value in values {
            let message = try #require(complaint(["\(option)=\(value)"], ["REDIS_URL": "redis://h"]), "\(value)")
            #expect(message.contains(option))
            #expect(message.isOneTameLine)
        }
    }

    @Test(arguments: [
        ("--session-key=sess", "{id}"), ("--session-key={user}", "{user}"), ("--session-key={id}{id}", "{id}"),
        ("--session-key=a{", "brace"), ("--index-key={id}", "{user}"), ("--index-key={prefix}:{user}", "same keys"),
    ])
    func `templates that cannot be used are refused`(word: String, hint: String) throws {
        let message = try #require(complaint([word], ["REDIS_URL": "redis://h"]))
        #expect(message.contains(hint))
    }

    private static let servers: [([String], [String: String], String)] = [
        (["--url", "redis://arg/1"], ["REDIS_URL": "redis://url", "REDIS_HOST": "host"], "redis://arg:6379/1"),
        ([], ["REDIS_URL": "redis://url", "REDIS_URI": "redis://uri", "REDIS_HOST": "host"], "redis://url:6379/0"),
        ([], ["REDIS_URI": "redis://uri", "REDIS_HOST": "host"], "redis://uri:6379/0"),
        ([], ["REDIS_HOST": "host"], "redis://host:6379/0"),
        ([], ["REDIS_URL": "", "REDIS_URI": "redis://uri"], "redis://uri:6379/0"),
        ([], ["REDIS_URL": "", "REDIS_URI": "", "REDIS_HOST": "host"], "redis://host:6379/0"),
        ([], ["REDIS_HOST": "host", "REDIS_PORT": "", "REDIS_DB": "", "REDIS_USERNAME": ""], "redis://host:6379/0"),
        (
            [], ["REDIS_HOST": "host", "REDIS_PORT": "7000", "REDIS_DB": "2", "REDIS_USERNAME": "u"],
            "redis://***@host:7000/2"
        ),
        (
            [], ["REDIS_URL": "redis://url", "REDIS_PORT": "7000", "REDIS_DB": "2", "REDIS_USERNAME": "u"],
            "redis://url:6379/0"
        ),
    ]

    @Test(arguments: servers)
    func `the first that is set says where the server is`(
        words: [String], environment: [String: String], expected: String
    ) throws {
        #expect(try Options(Arguments(words), environment: environment).endpoint.description == expected)
    }

    @Test
    func `the password of the single variables is used as it is`() throws {
        let endpoint = try Options(Arguments([]), environment: ["REDIS_HOST": "h", "REDIS_PASSWORD": "a%40@"]).endpoint
        #expect(endpoint.password == "a%40@")
        #expect(endpoint.username == nil)
    }

    @Test(arguments: [[:], ["REDIS_URL": ""], ["REDIS_HOST": ""], ["REDIS_PORT": "6379", "REDIS_PASSWORD": "p"]])
    func `without a server it is an error that says what to set`(environment: [String: String]) throws {
        let message = try #require(complaint([], environment))
        for name in ["REDIS_URL", "REDIS_HOST", "--url"] { #expect(message.contains(name)) }
    }

    private static let badAddresses: [([String], [String: String], String)] = [
        (["--url", "http://h"], ["REDIS_URL": "redis://h"], "--url"), (["--url="], [:], "--url"),
        ([], ["REDIS_URL": "localhost"], "REDIS_URL"), ([], ["REDIS_URI": "redis://h/x"], "REDIS_URI"),
        ([], ["REDIS_HOST": "a b"], "REDIS_HOST"), ([], ["REDIS_HOST": "h", "REDIS_PORT": "x"], "REDIS_PORT"),
        ([], ["REDIS_HOST": "h", "REDIS_DB": "-1"], "REDIS_DB"),
    ]

    @Test(arguments: badAddresses)
    func `a bad address names where it came from`(words: [String], environment: [String: String], source: String) {
        #expect(complaint(words, environment)?.hasPrefix("\(source): ") == true)
    }

    @Test
    func `the prefix comes from the option, else from REDIS_PREFIX, else it is appauth`() throws {
        #expect(try Sample.options([], ["REDIS_PREFIX": "shop"]).cleanup.layout.prefix == "shop")
        #expect(try Sample.options(["--prefix=p"], ["REDIS_PREFIX": "shop"]).cleanup.layout.prefix == "p")
        #expect(try Sample.options(["--prefix="], ["REDIS_PREFIX": "shop"]).cleanup.layout.prefix == "")
        #expect(try Sample.options([], ["REDIS_PREFIX": ""]).cleanup.layout.prefix == "appauth")
    }

    @Test
    func `a variable left in a shell does not turn a clean-up into a purge`() throws {
        let variables = ["CLEANUP_INCLUDE_EXPIRED": "1", "CLEANUP_MAX_AGE_DAYS": "0"]
        for words in [[], ["clean"], ["-n"]] {
            #expect(try Sample.options(words, variables) == Sample.options(words))
        }
    }
}

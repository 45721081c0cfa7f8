import RedisClient
import Testing

@testable import JanitorCommand

struct TLSOptionsTests {
    private func endpoint(_ words: [String], url: String = "rediss://h") throws -> Endpoint {
        try Options(Arguments(words), environment: ["REDIS_URL": url]).endpoint
    }

    @Test
    func `each option has its effect`() throws {
        #expect(try endpoint([]).tls == TLSSettings())
        #expect(try endpoint(["--cacert", "a.pem"]).tls == TLSSettings(authorityFile: "a.pem"))
        #expect(
            try endpoint(["--cert=c.pem", "--key=k.pem"]).tls
                == TLSSettings(certificateFile: "c.pem", keyFile: "k.pem"))
        #expect(try endpoint(["--sni", "db"]).tls == TLSSettings(serverName: "db"))
        #expect(try endpoint(["--insecure"]).tls == TLSSettings(isVerified: false))
        #expect(try endpoint(["--insecure"], url: "rediss+sentinel://h/s").tls?.isVerified == false)
    }

    @Test(
        arguments: [["--cacert", "a"], ["--cert", "a"], ["--key", "a"], ["--sni", "a"], ["--insecure"]],
        ["redis://h", "unix:///r.sock", "redis+sentinel://h/s"])
    func `without TLS they are refused, and the message says what to write`(words: [String], url: String) {
        #expect {
            try endpoint(words, url: url)
        } throws: { error in
            guard let message = (error as? UsageError)?.message.english else { return false }
            return message.hasPrefix(words[0]) && message.contains("rediss://")
        }
    }

    @Test(arguments: ["--cert", "--key"])
    func `a certificate without its key is refused, and the other way round`(option: String) {
        #expect(throws: UsageError.self) { try endpoint([option, "a.pem"]) }
    }

    @Test(arguments: ["--cacert=", "--sni="])
    func `an empty value is refused`(word: String) {
        #expect(throws: UsageError.self) { try endpoint([word]) }
    }

    @Test
    func `the sentinels' own user and password come from the URL, else from the environment`() throws {
        let variables = ["SENTINEL_USERNAME": "w", "SENTINEL_PASSWORD": Sample.secret]
        func service(_ url: String) throws -> SentinelService? {
            let options = try Options(Arguments(["--url", url]), environment: variables)
            #expect(!options.endpoint.description.contains(Sample.secret))
            guard case .sentinel(let service) = options.endpoint.address else { return nil }
            return service
        }
        let fromVariables = try #require(try service("redis+sentinel://h/s"))
        #expect(fromVariables.username == "w")
        #expect(fromVariables.password == Sample.secret)
        let fromURL = try #require(try service("redis+sentinel://h/s?sentinel_user=u&sentinel_password=p"))
        #expect(fromURL.username == "u")
        #expect(fromURL.password == "p")
    }
}

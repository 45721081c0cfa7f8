import Testing

@testable import RedisClient

struct EndpointParserTests {
    private static func tcp(
        _ host: String, _ port: Int = 6379, user: String? = nil, password: String? = nil, db: Int = 0
    ) -> Endpoint {
        Endpoint(address: .tcp(host: host, port: port), username: user, password: password, database: db)
    }

    private static func unix(
        _ path: String, user: String? = nil, password: String? = nil, db: Int = 0
    ) -> Endpoint {
        Endpoint(address: .unix(path: path), username: user, password: password, database: db)
    }

    @Test(arguments: [
        ("redis://localhost", tcp("localhost")),
        ("redis://localhost/", tcp("localhost")),
        ("redis://localhost:7000", tcp("localhost", 7000)),
        ("redis://localhost:1", tcp("localhost", 1)),
        ("redis://localhost:65535/0", tcp("localhost", 65_535)),
        ("redis://10.0.0.7:6380/3", tcp("10.0.0.7", 6380, db: 3)),
        ("redis://localhost/15", tcp("localhost", db: 15)),
        ("redis://user@localhost", tcp("localhost", user: "user")),
        ("redis://user:secret@localhost:7000/2", tcp("localhost", 7000, user: "user", password: "secret", db: 2)),
        ("redis://:secret@localhost", tcp("localhost", password: "secret")),
        ("redis://user:@localhost", tcp("localhost", user: "user", password: "")),
        ("REDIS://localhost", tcp("localhost")),
        ("redis://my-host.example_2.org", tcp("my-host.example_2.org")),
    ])
    func `each form of a TCP URL is read`(url: String, expected: Endpoint) throws {
        #expect(try Endpoint(url: url) == expected)
    }

    @Test(arguments: [
        ("unix:///run/redis.sock", unix("/run/redis.sock")),
        ("unix:///run/redis.sock?db=4", unix("/run/redis.sock", db: 4)),
        (
            "unix://user:secret@/run/redis.sock?db=1",
            unix("/run/redis.sock", user: "user", password: "secret", db: 1)
        ),
        ("unix://:secret@/run/redis.sock", unix("/run/redis.sock", password: "secret")),
        ("unix://user@/run/redis.sock", unix("/run/redis.sock", user: "user")),
        ("unix:///run/my%20redis.sock", unix("/run/my redis.sock")),
        ("unix:///run/a@b:c.sock", unix("/run/a@b:c.sock")),
        ("unix://u:%2Fp@/run/redis.sock", unix("/run/redis.sock", user: "u", password: "/p")),
    ])
    func `each form of a socket URL is read`(url: String, expected: Endpoint) throws {
        #expect(try Endpoint(url: url) == expected)
    }

    @Test(arguments: [
        ("redis://[::1]", tcp("::1")),
        ("redis://[::1]:7000", tcp("::1", 7000)),
        ("redis://[2001:db8::7]:7000/2", tcp("2001:db8::7", 7000, db: 2)),
        ("redis://user:a]b@[::1]/1?db=1", tcp("::1", user: "user", password: "a]b", db: 1)),
        ("redis://[fe80::1%25eth0]", tcp("fe80::1%eth0")),
    ])
    func `an IPv6 address goes in brackets`(url: String, expected: Endpoint) throws {
        #expect(try Endpoint(url: url) == expected)
    }

    @Test(arguments: [
        ("redis://u%40x:p%3Aa%2Fs%25@h", "u@x", "p:a/s%"),
        ("redis://u:p@ss@h", "u", "p@ss"),
        ("redis://u:@@@h", "u", "@@"),
        ("redis://u:a:b:c@h", "u", "a:b:c"),
        ("redis://u:%C3%A9%e2%82%ac@h", "u", "é€"),
        ("redis://u:é@h", "u", "é"),
        ("redis://u:a+b@h", "u", "a+b"),
        ("redis://u:a#b[c@h", "u", "a#b[c"),
        ("redis://u:%2500@h", "u", "%00"),
        ("redis://u:a%3fdb%3d9@h", "u", "a?db=9"),
    ])
    func `user and password are percent-decoded, and an @ or : in a password does no harm`(
        url: String, user: String, password: String
    ) throws {
        #expect(try Endpoint(url: url) == Self.tcp("h", user: user, password: password))
    }

    @Test(arguments: ["redis://@h", "redis://:@h"])
    func `credentials that are empty count as none`(url: String) throws {
        #expect(try Endpoint(url: url) == Self.tcp("h"))
    }

    @Test(arguments: [
        ("redis://h?db=3", tcp("h", db: 3)),
        ("redis://h/?db=3", tcp("h", db: 3)),
        ("redis://h/3?db=3", tcp("h", db: 3)),
        ("redis://h?db=3&db=3", tcp("h", db: 3)),
        ("redis://h/3?", tcp("h", db: 3)),
        ("redis://h/0?db=0", tcp("h")),
        ("redis://h:1?db=0012", tcp("h", 1, db: 12)),
        ("unix:///s?db=0", unix("/s")),
    ])
    func `the database may stand in the query of every form, and repeated if it agrees`(url: String, expected: Endpoint)
        throws
    {
        #expect(try Endpoint(url: url) == expected)
    }

    @Test(arguments: [
        ("", EndpointError.missingScheme),
        ("localhost:6379", .missingScheme),
        ("redis:localhost", .missingScheme),
        ("://localhost", .missingScheme),
        ("my redis://localhost", .missingScheme),
        ("http://localhost", .unknownScheme("http")),
        ("redi://localhost", .unknownScheme("redi")),
        ("redis+sentinel://a:1,b:2", .missingService),
        ("redis+sentinel://a:1/", .missingService),
        ("redis+sentinel://a/main%20one", .invalidService),
        ("redis+sentinel://u:123/hunter2@a/main", .invalidService),
        ("redis+sentinel:///service", .missingHost),
        ("redis+sentinel://a,/service", .missingHost),
        ("redis+sentinel://a:x,b/service", .invalidPort),
        ("redis+sentinel://a/service/x", .invalidDatabase),
        ("redis+sentinel://a/service/1?db=2", .conflictingDatabases),
        ("redis+sentinel://a/service?password=x", .unknownParameter),
        ("redis://a?sentinel_user=x", .unknownParameter),
        ("redis+sentinel://a/service?sentinel_password=%", .invalidPercentEncoding),
        ("redis://", .missingHost),
        ("redis:///3", .missingHost),
        ("redis://:6379", .missingHost),
        ("redis://user:secret@", .missingHost),
        ("redis://[]", .missingHost),
        ("redis://[::1", .invalidHost),
        ("redis://[::1]6379", .invalidHost),
        ("redis://my host", .invalidHost),
        ("redis://a%0ab", .invalidHost),
        ("redis://h:0", .invalidPort),
        ("redis://h:65536", .invalidPort),
        ("redis://h:99999999999999999999", .invalidPort),
        ("redis://h:-1", .invalidPort),
        ("redis://h:+1", .invalidPort),
        ("redis://h:", .invalidPort),
        ("redis://h:６", .invalidPort),
        ("redis://u:pass/word@h", .invalidPort),
        ("redis://fe80::1", .invalidPort),
        ("redis://h/x", .invalidDatabase),
        ("redis://h/-1", .invalidDatabase),
        ("redis://h/1.0", .invalidDatabase),
        ("redis://h/1/", .invalidDatabase),
        ("redis://h/99999999999999999999", .invalidDatabase),
        ("redis://h?db=", .invalidDatabase),
        ("redis://h?db=x", .invalidDatabase),
        ("unix:///s?db=-2", .invalidDatabase),
        ("redis://h/1?db=2", .conflictingDatabases),
        ("redis://h/0?db=2", .conflictingDatabases),
        ("redis://h?db=1&db=2", .conflictingDatabases),
        ("unix:///s?db=1&db=2", .conflictingDatabases),
        ("redis://h?timeout=5", .unknownParameter),
        ("redis://h?DB=1", .unknownParameter),
        ("redis://h?db", .unknownParameter),
        ("unix://", .relativeSocketPath),
        ("unix://run/redis.sock", .relativeSocketPath),
        ("unix://u:p@run/redis.sock", .relativeSocketPath),
        ("redis://u:%zz@h", .invalidPercentEncoding),
        ("redis://u:%4@h", .invalidPercentEncoding),
        ("redis://u:%@h", .invalidPercentEncoding),
        ("redis://%ff:p@h", .invalidPercentEncoding),
        ("redis://u:a%00b@h", .invalidPercentEncoding),
        ("unix:///a%00b", .invalidPercentEncoding),
    ])
    func `what is no address is refused with its reason`(url: String, expected: EndpointError) {
        #expect(throws: expected) { try Endpoint(url: url) }
    }

    @Test
    func `rediss:// is redis:// over TLS, as the system trusts`() throws {
        var expected = Self.tcp("h", 7000, user: "u", password: "p", db: 2)
        expected.tls = TLSSettings()
        #expect(try Endpoint(url: "rediss://u:p@h:7000/2") == expected)
        #expect(expected.tls?.isVerified == true)
    }

    private static func sentinels(
        _ hosts: [(String, Int)], _ name: String, user: String? = nil, password: String? = nil
    ) -> Endpoint.Address {
        .sentinel(
            SentinelService(
                sentinels: hosts.map { NodeAddress(host: $0.0, port: $0.1) }, name: name, username: user,
                password: password))
    }

    @Test(arguments: [
        (
            "redis+sentinel://a:1,b,[::1]:3/main", sentinels([("a", 1), ("b", 26_379), ("::1", 3)], "main"), nil, 0
        ),
        ("redis+sentinel://:p@a/main/3", sentinels([("a", 26_379)], "main"), "p", 3),
        ("rediss+sentinel://u:p%40@a/m%2dN?db=4", sentinels([("a", 26_379)], "m-N"), "p@", 4),
        (
            "redis+sentinel://a/main?sentinel_user=s&db=1&sentinel_password=%26x",
            sentinels([("a", 26_379)], "main", user: "s", password: "&x"), nil, 1
        ),
    ])
    func `sentinels stand before the name of their service, each with a port or the usual one`(
        url: String, address: Endpoint.Address, password: String?, database: Int
    ) throws {
        let endpoint = try Endpoint(url: url)
        #expect(endpoint.address == address)
        #expect(endpoint.password == password)
        #expect(endpoint.database == database)
        #expect((endpoint.tls != nil) == url.hasPrefix("rediss"))
    }

    @Test
    func `a socket path may have 107 bytes and not 108`() throws {
        let longest = "/" + String(repeating: "x", count: 106)
        #expect(try Endpoint(url: "unix://" + longest) == Self.unix(longest))
        #expect(throws: EndpointError.socketPathTooLong(limit: 107)) { try Endpoint(url: "unix://\(longest)x") }
        #expect(throws: EndpointError.socketPathTooLong(limit: 107)) {
            try Endpoint(url: "unix:///" + String(repeating: "é", count: 54))
        }
    }

    @Test
    func `the single variables are taken as they are, without decoding`() throws {
        let endpoint = try Endpoint(host: "::1", port: "7000", database: "2", username: "a%40", password: "p@%2F:")
        #expect(endpoint == Self.tcp("::1", 7000, user: "a%40", password: "p@%2F:", db: 2))
        let plain = try Endpoint(host: "h", port: nil, database: nil, username: nil, password: nil)
        #expect(plain == Self.tcp("h"))
    }

    @Test(arguments: [
        ("h", "x", "0", EndpointError.invalidPort), ("h", "0", "0", .invalidPort), ("h", "+1", "0", .invalidPort),
        ("h", "1", "x", .invalidDatabase), ("h", "1", "-1", .invalidDatabase), ("h", "1", "1.5", .invalidDatabase),
        ("a b", "1", "0", .invalidHost), ("a\nb", "1", "0", .invalidHost), ("a\u{7f}", "1", "0", .invalidHost),
    ])
    func `a single variable that is not valid is refused`(
        host: String, port: String, database: String, expected: EndpointError
    ) {
        #expect(throws: expected) {
            try Endpoint(host: host, port: port, database: database, username: nil, password: nil)
        }
    }
}

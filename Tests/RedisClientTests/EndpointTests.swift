import Testing

@testable import RedisClient

struct EndpointTests {
    @Test(arguments: [
        ("redis://h", "redis://h:6379/0"),
        ("redis://user:hunter2@h:7000/3", "redis://user:***@h:7000/3"),
        ("redis://:hunter2@h", "redis://:***@h:6379/0"),
        ("redis://hunter2@h", "redis://***@h:6379/0"),
        ("redis://user:@h", "redis://user:***@h:6379/0"),
        ("redis://user:hunter2@[::1]:7000/1", "redis://user:***@[::1]:7000/1"),
        ("unix:///run/r.sock", "unix:///run/r.sock?db=0"),
        ("unix://user:hunter2@/run/r.sock?db=2", "unix://user:***@/run/r.sock?db=2"),
        ("unix://:hunter2@/run/r.sock", "unix://:***@/run/r.sock?db=0"),
        ("rediss://user:hunter2@h/3", "rediss://user:***@h:6379/3"),
        ("redis+sentinel://user:hunter2@a,[::1]:1/s", "redis+sentinel://user:***@a:26379,[::1]:1/s/0"),
        (
            "rediss+sentinel://a/s/2?sentinel_user=w&sentinel_password=hunter2",
            "rediss+sentinel://a:26379/s/2?sentinel_user=w&sentinel_password=***"
        ),
    ])
    func `it is printed as a URL with *** for the password`(url: String, expected: String) throws {
        #expect(try Endpoint(url: url).description == expected)
    }

    @Test(arguments: [
        "redis://h", "redis://h:7000/3", "redis://[::1]:1/2", "unix:///run/r.sock?db=7", "rediss://h/1",
        "redis+sentinel://a:1,b:2/service/3", "rediss+sentinel://a/service?sentinel_user=u",
    ])
    func `what is printed without a password reads back as the same address`(url: String) throws {
        let endpoint = try Endpoint(url: url)
        #expect(try Endpoint(url: endpoint.description) == endpoint)
    }

    @Test(arguments: [
        ("redis://user:hunter2@h/1", "redis://h:6379/1"), ("rediss://:hunter2@h", "rediss://h:6379/0"),
        ("unix://user@/run/r.sock", "unix:///run/r.sock?db=0"),
        (
            "redis+sentinel://user:hunter2@a/s?sentinel_user=w&sentinel_password=hunter2",
            "redis+sentinel://a:26379/s/0"
        ),
    ])
    func `its location says where, but not who`(url: String, expected: String) throws {
        #expect(try Endpoint(url: url).location == expected)
    }

    private struct Holder {
        var endpoint: Endpoint
        var maybe: Endpoint?
    }

    @Test(arguments: [
        "redis://user:hunter2@h:7000/3", "redis://:hunter2@h", "redis://:%68unter2@h",
        "redis://:x@hunter2@h", "unix://user:hunter2@/run/r.sock",
        "rediss+sentinel://user:hunter2@h/s?sentinel_password=hunter2",
    ])
    func `no way of printing it shows the password`(url: String) throws {
        let endpoint = try Endpoint(url: url)
        #expect(endpoint.password?.contains("hunter2") == true)
        let holder = Holder(endpoint: endpoint, maybe: endpoint)
        var dumps = ["", "", ""]
        dump(endpoint, to: &dumps[0])
        dump(holder, to: &dumps[1])
        dump(["key": [endpoint]], to: &dumps[2])
        let texts =
            dumps + [
                "\(endpoint.address)", String(reflecting: endpoint.address), endpoint.description,
                endpoint.debugDescription, "\(endpoint)", String(describing: endpoint),
                String(reflecting: endpoint), String(reflecting: Optional(endpoint)), "\([endpoint])",
                "\(["key": endpoint])", "\(holder)", String(reflecting: holder),
                Mirror(reflecting: endpoint).children.map { "\($0)" }.joined(),
            ]
        for text in texts { #expect(!text.contains("hunter2")) }
    }

    @Test(arguments: [
        "hunter2@h:6379", ":hunter2@h", "redis:hunter2@h", "http://user:hunter2@h", "rediss://user:hunter2@h:x",
        "redis+sentinel://user:hunter2@h", "redis+sentinel://h/s?sentinel_pasword=hunter2", "redis://user:hunter2@",
        "redis://user:hunter2@h:x",
        "redis://user:hunter2@h/x", "redis://user:hunter2@h/1?db=2", "redis://user:hunter2@h?x=1",
        "redis://user:hun/ter2hunter2@h", "redis://user:hunter2?x@h", "redis://user:hunter2%@h",
        "redis://user:hunter2%ff@h", "redis://user:hunter2@[::1", "redis://user:hunter2@a b",
        "unix://user:hunter2@run/r.sock", "unix://user:hunter2/x@/run/r.sock", "hunter2@x://h",
    ])
    func `no error about a URL shows a part of its credentials`(url: String) throws {
        let error = try #require(throws: EndpointError.self) { try Endpoint(url: url) }
        var dumped = ""
        dump(error, to: &dumped)
        for text in [dumped, "\(error)", String(reflecting: error)] { #expect(!text.contains("hunter2")) }
    }

    @Test
    func `two of them are equal only if passwords are`() throws {
        let first = try Endpoint(url: "redis://u:one@h")
        #expect(first != (try Endpoint(url: "redis://u:two@h")))
        #expect(first == (try Endpoint(url: "redis://u:%6fne@h:6379/0")))
    }
}

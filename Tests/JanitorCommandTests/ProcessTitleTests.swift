import Testing

@testable import JanitorCommand

@Suite struct ProcessTitleTests {
    @Test(
        "User and password of a URL are found, wherever it stands",
        arguments: [
            ("redis://user:secret@host:6379/0", "user:secret"), ("redis://:secret@host", ":secret"),
            ("redis://user@host", "user"), ("--url=redis://user:secret@host", "user:secret"),
            ("redis://user:p@ss@host", "user:p@ss"), ("unix://user:secret@/run/r.sock", "user:secret"),
            ("redis://user:a/b?c@host", "user:a/b?c"), ("redis://u:a://b@host", "u:a://b"), ("redis://@host", ""),
            ("rediss://u:é\u{1b}@host", "u:é\u{1b}"),
        ])
    func found(argument: String, expected: String) throws {
        let range = try #require(ProcessTitle.credentials(in: argument.bytes))
        #expect(Array(argument.bytes[range]) == expected.bytes)
    }

    @Test(
        "The sentinels' password is found as well",
        arguments: [
            ("redis+sentinel://u:p@h/s?sentinel_password=secret&db=1", "secret"),
            ("redis+sentinel://h/s?db=1&sentinel_password=a@b", "a@b"),
        ])
    func sentinel(argument: String, expected: String) throws {
        let range = try #require(ProcessTitle.sentinelPassword(in: argument.bytes))
        #expect(Array(argument.bytes[range]) == expected.bytes)
    }

    @Test(
        "Arguments without credentials are left alone",
        arguments: ["", "--dry-run", "redis://host:6379/0", "ann@example.org", "user:secret@host", "://", "@"])
    func nothing(argument: String) {
        #expect(ProcessTitle.credentials(in: argument.bytes) == nil)
        #expect(ProcessTitle.sentinelPassword(in: argument.bytes) == nil)
    }
}

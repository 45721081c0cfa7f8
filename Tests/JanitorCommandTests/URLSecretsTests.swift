import SessionJanitor
import TestSupport
import Testing

@testable import JanitorCommand

/// What looks like a URL loses its secrets, wherever it stands.
struct URLSecretsTests {
    @Test(arguments: [
        ("redis://user:secret@host:6379/0", "redis://***@host:6379/0"),
        ("redis://:secret@host", "redis://***@host"),
        ("redis://secret@host", "redis://***@host"), ("--url=redis://u:secret@host", "--url=redis://***@host"),
        ("redis://user:p@ss@host", "redis://***@host"),
        ("unix://user:secret@/run/r.sock", "unix://***@/run/r.sock"),
        ("redis://user:a/b?c@host", "redis://***@host"), ("redis://u:a://b@host", "redis://***@host"),
        ("rediss://u:é\u{1b}\" '@host", "rediss://***@host"), ("redis://u:12 3\n4@host", "redis://***@host"),
        ("redis://u:%73ecret@host", "redis://***@host"), ("redis://u:secret", "redis://***"),
        (
            "redis+sentinel://u:p@h/s?sentinel_password=secret&db=1",
            "redis+sentinel://***@h/s?sentinel_password=***&db=1"
        ),
        ("redis+sentinel://h/s?db=1&sentinel_password=a@b", "redis+sentinel://***"),
        ("redis://a:1,u:secret@h", "redis://***@h"), ("https://hc-ping.com/0b7c-secret", "https://hc-ping.com/***"),
        ("https://u:p@push.example.org/api?token=secret", "https://***@push.example.org/***"),
    ])
    func `a word of the command line is masked to the last character of its secret`(word: String, expected: String) {
        #expect(Secrets.masked(word, .argument) == expected)
        #expect(Secrets.masked(expected, .argument) == expected)
        #expect(Secrets.masked(expected) == expected)
    }

    @Test(arguments: [
        (
            "cannot connect to redis://u:secret@h:1/0: refused; ask a@b",
            "cannot connect to redis://***@h:1/0: refused; ask a@b"
        ),
        ("'redis://u:secret@h'; and 'rediss://secret@h2', too", "'redis://***@h'; and 'rediss://***@h2', too"),
        ("redis://u:sec ret@h is it", "redis://***@h is it"), ("redis://u:secret is it", "redis://*** is it"),
        ("无法连接 redis://u:secret@h:1/0：a@b；见 https://x/secret。", "无法连接 redis://***@h:1/0：a@b；见 https://x/***。"),
        (#"{"a" : "redis://u:12 3@h", "b" : "c@d"}"#, #"{"a" : "redis://***@h", "b" : "c@d"}"#),
        (#"{"a" : "see redis://u:s\"cret x@h", "b" : "c@d"}"#, #"{"a" : "see redis://***@h", "b" : "c@d"}"#),
        (#"server="redis://u:secret@h:1/0",prefix="a@b""#, #"server="redis://***@h:1/0",prefix="a@b""#),
        (
            "url redis+sentinel://h/s?sentinel_password=secret; then",
            "url redis+sentinel://h/s?sentinel_password=***; then"
        ),
        ("redis://u:secret@h\nredis://secret@h", "redis://***@h\nredis://***@h"),
    ])
    func `in text the words around a URL stay`(text: String, expected: String) {
        #expect(Secrets.masked(text) == expected)
        #expect(Secrets.masked(expected) == expected)
    }

    @Test(arguments: [
        "", "://", "@", "--dry-run", "redis://host:6379/0", "ann@example.org", "redis://[::1]:6379/0",
        "redis://a:1,b:2/s",
        "redis://user:***@h:1/0, said ann@example.org", "appauth:usess:ann@example.org", "https:// or http://",
        "unix:///run/redis@main/r.sock?db=0", "known are redis://, rediss://（或 unix://），redis+sentinel://",
        "redis+sentinel://h:1/s/0?sentinel_user=w&sentinel_password=***",
    ])
    func `what has no secret stays as it is`(text: String) {
        #expect(Secrets.masked(text) == text)
        #expect(Secrets.masked(text, .value) == text)
    }

    @Test
    func `help, man page and completions are printed as they are`() {
        for text in Sample.pages {
            #expect(Secrets.masked(text) == text)
        }
        for layout in BuiltInLayout.allCases {
            let text = LayoutsCommand.text(layout, .chinese)
            #expect(Secrets.masked(text) == text)
        }
    }

    @Test
    func `no text is cut or wrapped so that its secret shows`() {
        let secret = String(repeating: "hunter2", count: 60)
        let url = "redis://user:\(secret)@h/0"
        #expect(!Printable.text(url).contains("hunter2"))
        #expect(!Printable.quoted("x" + url).contains("hunter2"))
        #expect(!Printable.key(Array("a b \(url)".utf8)).contains("hunter2"))
        let lines = WrappedText.lines("see \(url) there", first: "  ", others: "    ").joined()
        #expect(!lines.contains("hunter2"))
        #expect(!Printable.quoted("user:hunter2@h:6379").contains("hunter2"))
        #expect(Printable.quoted("usess:{user:[^@]+}@x").contains("{user:[^@]+}"))
    }

    @Test
    func `bytes of any kind are taken, and what is masked stays masked`() {
        var random = SplitMix64(seed: 11)
        let pieces = [
            "://", "redis", "@", ":", "/", "?", "=", "&", "pass", "\"", "\\", " ", "\n", "[", "]", ",", "é", "：", "1",
            "x",
        ]
        for _ in 0..<3_000 {
            let text = (0..<Int.random(in: 0...14, using: &random)).map { _ in pieces.randomElement(using: &random)! }
                .joined()
            for extent in [Secrets.Extent.text, .value, .argument] {
                let ranges = Secrets.ranges(in: Array(text.utf8), extent)
                #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
                _ = Secrets.masked(text, extent)
            }
        }
        #expect(!Printable.text(String(repeating: "://", count: 1_000_000)).isEmpty)
    }
}

import Testing

@testable import SessionJanitor

struct KeyTemplateTests {
    private func template(_ source: String, prefix: String = "p") throws -> KeyTemplate {
        try KeyTemplate(source, requires: ["id"], prefix: prefix)
    }

    private func variable(_ template: KeyTemplate, in key: [UInt8]) -> [UInt8]? {
        key.withUnsafeBytes { template.variable(in: $0).map { Array($0) } }
    }

    @Test(arguments: [
        ("{prefix}:sess:{id}", "p:sess:abc", "abc"),
        ("{prefix}:sess:{id}", "p:sess:", ""),
        ("{prefix}:sess:{id}", "p:sess:a:b:p:sess:c", "a:b:p:sess:c"),
        ("{id}", "", ""),
        ("{id}", "anything", "anything"),
        ("{id}:sess", ":sess", ""),
        ("{id}:sess", "a:sess:sess", "a:sess"),
        ("a{id}a", "aa", ""),
        ("a{id}a", "aaa", "a"),
        ("s:{id}:{prefix}:data", "s:x:p:data", "x"),
        ("{prefix}{prefix}{id}", "ppx", "x"),
        ("é{id}€", "éx€", "x"),
    ])
    func `the variable is what stands between head and tail, be it empty`(source: String, key: String, value: String)
        throws
    {
        #expect(variable(try template(source), in: key.bytes) == value.bytes)
    }

    @Test(arguments: [
        ("{prefix}:sess:{id}", "p:usess:abc"), ("{prefix}:sess:{id}", "p:sess"), ("{prefix}:sess:{id}", ""),
        ("{prefix}:sess:{id}", "xp:sess:abc"), ("{prefix}:sess:{id}", "P:sess:abc"), ("a{id}a", "a"),
        ("ab{id}bc", "abc"), ("{id}:sess", "a:sessx"), ("{prefix}:sess:{id}", "{prefix}:sess:a"),
    ])
    func `a key is matched as a whole or not at all`(source: String, key: String) throws {
        #expect(variable(try template(source), in: key.bytes) == nil)
    }

    @Test
    func `variables take any bytes`() throws {
        let value: [UInt8] = [0, 255, 10, 58, 0xc3]
        #expect(variable(try template("{prefix}:{id}:t"), in: "p:".bytes + value + ":t".bytes) == value)
    }

    @Test(arguments: [
        ("{{{id}}}", "{", "}"), ("{{{prefix}}}:{id}", "{p}:", ""), ("{{id}}{id}", "{id}", ""),
        ("{{{{{id}", "{{", ""), ("a}}b{id}", "a}b", ""),
    ])
    func `doubled braces stand for the braces themselves`(source: String, head: String, tail: String) throws {
        let template = try template(source)
        #expect(template.head == head.bytes)
        #expect(template.tail == tail.bytes)
        #expect(template.source == source)
    }

    @Test(arguments: ["{id}", "{{", "}", "{app}", "", "é*?", "{prefix}"])
    func `a prefix is taken literally, braces and all`(prefix: String) throws {
        let template = try template("{prefix}:{id}", prefix: prefix)
        #expect(template.head == prefix.bytes + ":".bytes)
        #expect(template.tail.isEmpty)
    }

    @Test(arguments: [
        ("", KeyTemplateError.missingVariable(template: "", "id")),
        ("sess:", .missingVariable(template: "sess:", "id")),
        ("{{id}}", .missingVariable(template: "{{id}}", "id")),
        ("{prefix}", .missingVariable(template: "{prefix}", "id")),
        ("{id}{id}", .repeatedVariable(template: "{id}{id}", "id")),
        ("{id}:{id}:{id}", .repeatedVariable(template: "{id}:{id}:{id}", "id")),
        ("{user}", .missingVariable(template: "{user}", "id")),
        ("{}", .invalidVariable(template: "{}", name: "")),
        ("{ID}", .invalidVariable(template: "{ID}", name: "ID")),
        ("{ id }", .invalidVariable(template: "{ id }", name: " id ")),
        ("{id", .unbalancedBrace(template: "{id")),
        ("id}", .unbalancedBrace(template: "id}")),
        ("{id}}", .unbalancedBrace(template: "{id}}")),
        ("a{", .unbalancedBrace(template: "a{")),
    ])
    func `a template that cannot be used is refused with its reason`(source: String, expected: KeyTemplateError) {
        #expect(throws: expected) { try template(source) }
    }

    private func values(_ source: String, _ key: String) throws -> [String]? {
        let template = try KeyTemplate(source, prefix: "p")
        var ranges: [Range<Int>] = []
        return key.bytes.withUnsafeBytes { bytes in
            template.match(bytes, into: &ranges) ? ranges.map { String(decoding: bytes[$0], as: UTF8.self) } : nil
        }
    }

    @Test(arguments: [
        ("{app}:{id}:{user}", "a:b:c", ["a", "b", "c"]), ("{app}:{id}", "a:b:c", ["a", "b:c"]),
        ("s:{user}::{id}!", "s:u::v::w!", ["u", "v::w"]), ("{user}{id}", "xy", ["", "xy"]),
        ("{user:[0-9]+}:{id:2::[0-9a-f]{4}}", "42:2::00ff", ["42", "2::00ff"]),
        ("{user:.+}:{id:[a-z]+}", "a:b:c", ["a:b", "c"]), ("{prefix}:{id:a{2}|\\}b}", "p:aa", ["aa"]),
        ("k", "k", []),
    ])
    func `several variables share what stands between the literal bytes, the first ones as little as they can`(
        source: String, key: String, expected: [String]
    ) throws {
        #expect(try values(source, key) == expected)
    }

    @Test(arguments: [
        ("s:{id:[0-9a-f]{4}}", "s:00fg"), ("s:{id:[0-9a-f]{4}}", "s:00ff0"), ("s:{id:[0-9a-f]{4}}", "s:"),
        ("{user:[0-9]+}:{id}", "a:b"), ("{app}:{id}", "ab"), ("k", "kk"), ("k", ""), ("{id:.}", "\u{1F600}x"),
    ])
    func `a pattern has to match all that its variable takes`(source: String, key: String) throws {
        #expect(try values(source, key) == nil)
    }

    @Test(arguments: [
        "{a}:{b}:{c}:{d:[0-9]+}", "{a:.+}:{b:[a-z:]+}:{c:[a-z:]+}!{d}", "{a:[a-z:]+}:{b:[a-z:]+}:{c:[0-9]}",
        "{a}:{b}:{c}:{d}!", "{a:[0-9A-Za-z_-]+}:{id:[0-9A-Za-z]+}", "{a:.*[a-y]*}:{b:[a-z]*[a-y:]*1}",
    ])
    func `no key holds up a run, however it is divided`(source: String) throws {
        let template = try KeyTemplate(source, prefix: "")
        var ranges: [Range<Int>] = []
        let keys = [2_000, 200_000].flatMap { count in
            [
                String(repeating: "a:", count: count / 2), String(repeating: ":", count: count),
                String(repeating: "a", count: count / 2) + String(repeating: ":", count: count / 2),
            ]
        }
        let start = ContinuousClock.now
        for key in keys { #expect(!key.bytes.withUnsafeBytes { template.match($0, into: &ranges) }) }
        // One of them took half a minute.
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test
    func `a long key that is easily divided is divided`() throws {
        let template = try KeyTemplate("{app:[0-9A-Za-z_-]+}:us:{user}", prefix: "")
        let user = String(repeating: ":us:", count: 500_000)
        var ranges: [Range<Int>] = []
        let isMatched = "app:us:\(user)".bytes.withUnsafeBytes {
            template.match($0, into: &ranges) && ranges[1].count == 2_000_000
        }
        #expect(isMatched)
    }

    @Test
    func `bytes that are not text match no pattern`() throws {
        let template = try KeyTemplate("{id:.*}", prefix: "")
        var ranges: [Range<Int>] = []
        #expect(![0xff, 0x61].withUnsafeBytes { template.match($0, into: &ranges) })
        #expect("a".bytes.withUnsafeBytes { template.match($0, into: &ranges) })
    }

    @Test
    func `a pattern that is none is refused`() {
        #expect(throws: KeyTemplateError.invalidPattern(template: "{id:[}", pattern: "[")) { try template("{id:[}") }
    }

    @Test
    func `a key made from a value gives the value back, whatever bytes they are`() throws {
        var random = SeededGenerator(seed: 1)
        let templates = try ["{id}", "{prefix}:sess:{id}", "{id}:x", "a{id}a", "{{{id}}}"].map { try template($0) }
        for _ in 0..<500 {
            let value = random.bytes(upTo: 60)
            for template in templates {
                let key = template.key(value)
                #expect(variable(template, in: key) == value)
                #expect(key.count == template.head.count + value.count + template.tail.count)
            }
        }
    }

    @Test
    func `two templates overlap exactly if some key matches both`() throws {
        var keys: [[UInt8]] = [[]]
        for _ in 0..<5 { keys += keys.flatMap { [$0 + "a".bytes, $0 + "b".bytes] } }
        keys = Array(Set(keys))
        let parts = ["", "a", "b", "ab", "ba"]
        let templates = try parts.flatMap { head in try parts.map { try template("\(head){id}\($0)") } }
        var seen: Set<Bool> = []
        for first in templates {
            let own = keys.filter { variable(first, in: $0) != nil }
            for second in templates {
                let shared = own.contains { variable(second, in: $0) != nil }
                #expect(first.overlaps(second) == shared, "\(first.source) and \(second.source)")
                seen.insert(shared)
            }
        }
        #expect(seen == [true, false])
    }
}

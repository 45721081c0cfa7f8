import Testing

@testable import SessionJanitor

@Suite struct KeyTemplateTests {
    private func template(_ source: String, prefix: String = "p") throws -> KeyTemplate {
        try KeyTemplate(source, variable: .id, prefix: prefix)
    }

    private func variable(_ template: KeyTemplate, in key: [UInt8]) -> [UInt8]? {
        key.withUnsafeBytes { template.variable(in: $0).map { Array($0) } }
    }

    @Test(
        "The variable is what stands between head and tail, be it empty",
        arguments: [
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
    func matches(source: String, key: String, value: String) throws {
        #expect(variable(try template(source), in: key.bytes) == value.bytes)
    }

    @Test(
        "A key is matched as a whole or not at all",
        arguments: [
            ("{prefix}:sess:{id}", "p:usess:abc"), ("{prefix}:sess:{id}", "p:sess"), ("{prefix}:sess:{id}", ""),
            ("{prefix}:sess:{id}", "xp:sess:abc"), ("{prefix}:sess:{id}", "P:sess:abc"), ("a{id}a", "a"),
            ("ab{id}bc", "abc"), ("{id}:sess", "a:sessx"), ("{prefix}:sess:{id}", "{prefix}:sess:a"),
        ])
    func mismatches(source: String, key: String) throws {
        #expect(variable(try template(source), in: key.bytes) == nil)
    }

    @Test("Variables take any bytes")
    func oddBytes() throws {
        let value: [UInt8] = [0, 255, 10, 58, 0xc3]
        #expect(variable(try template("{prefix}:{id}:t"), in: "p:".bytes + value + ":t".bytes) == value)
    }

    @Test(
        "Doubled braces stand for the braces themselves",
        arguments: [
            ("{{{id}}}", "{", "}"), ("{{{prefix}}}:{id}", "{p}:", ""), ("{{id}}{id}", "{id}", ""),
            ("{{{{{id}", "{{", ""), ("a}}b{id}", "a}b", ""),
        ])
    func braces(source: String, head: String, tail: String) throws {
        let template = try template(source)
        #expect(template.head == head.bytes)
        #expect(template.tail == tail.bytes)
        #expect(template.source == source)
    }

    @Test(
        "A prefix is taken literally, braces and all", arguments: ["{id}", "{{", "}", "{app}", "", "é*?", "{prefix}"])
    func literalPrefix(prefix: String) throws {
        let template = try template("{prefix}:{id}", prefix: prefix)
        #expect(template.head == prefix.bytes + ":".bytes)
        #expect(template.tail.isEmpty)
    }

    @Test(
        "A template that cannot be used is refused with its reason",
        arguments: [
            ("", KeyTemplateError.missingVariable(template: "", .id)),
            ("sess:", .missingVariable(template: "sess:", .id)),
            ("{{id}}", .missingVariable(template: "{{id}}", .id)),
            ("{prefix}", .missingVariable(template: "{prefix}", .id)),
            ("{id}{id}", .repeatedVariable(template: "{id}{id}", .id)),
            ("{id}:{id}:{id}", .repeatedVariable(template: "{id}:{id}:{id}", .id)),
            ("{user}", .unknownVariable(template: "{user}", name: "user", expected: .id)),
            ("{}", .unknownVariable(template: "{}", name: "", expected: .id)),
            ("{ID}", .unknownVariable(template: "{ID}", name: "ID", expected: .id)),
            ("{ id }", .unknownVariable(template: "{ id }", name: " id ", expected: .id)),
            ("{id", .unbalancedBrace(template: "{id")),
            ("id}", .unbalancedBrace(template: "id}")),
            ("{id}}", .unbalancedBrace(template: "{id}}")),
            ("a{", .unbalancedBrace(template: "a{")),
        ])
    func refused(source: String, expected: KeyTemplateError) {
        #expect(throws: expected) { try template(source) }
    }

    @Test("Each kind of template knows its own variable alone")
    func variableNames() throws {
        #expect(try KeyTemplate("u:{user}", variable: .user, prefix: "").head == "u:".bytes)
        #expect(throws: KeyTemplateError.unknownVariable(template: "u:{id}", name: "id", expected: .user)) {
            try KeyTemplate("u:{id}", variable: .user, prefix: "")
        }
    }

    @Test("A key made from a value gives the value back, whatever bytes they are")
    func roundTrip() throws {
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

    @Test("Two templates overlap exactly if some key matches both")
    func overlaps() throws {
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

import RedisClient
import Testing

@testable import SessionJanitor

/// The forms in which stores write the id of a session.
struct NameFormTests {
    private static let id = "0f6f5a8e-1234"

    /// Each form with the id in it, and what looks like it and has to stay foreign.
    private static let forms: [(source: String, name: [UInt8], others: [[UInt8]])] = [
        ("{id}", id.bytes, []),
        ("sess:{id}", "sess:\(id)".bytes, [id.bytes, "Sess:\(id)".bytes]),
        (
            "quoted:{id}", "\"\(id)\"".bytes,
            ["\"\(id)", "\(id)\"", "\"", "", "'\(id)'", "\"a\"b\"", "\"a\\u0062\"", "\"a\nb\"", " \"a\""].map(\.bytes)
        ),
        ("quoted:sess:{id}", "\"sess:\(id)\"".bytes, ["\"\(id)\"".bytes]),
        (
            "java:{id}", [0xac, 0xed, 0, 5, 0x74, 0, 13] + id.bytes,
            [[0xac, 0xed, 0, 5, 0x74, 0, 14] + id.bytes, [0xac, 0xed, 0, 5, 0x73, 0, 13] + id.bytes, [0xac, 0xed]]
        ),
        (
            "php:{id}", "s:13:\"\(id)\";".bytes,
            [
                "s:12:\"\(id)\";", "s:013:\"\(id)\"", "s::\"\";", "s:13:\"\(id)\"", "s:13:'\(id)';", "S:13:\"\(id)\";",
                "s:99999999999999999999:\"\(id)\";", "s:", "s:1", "i:13;",
            ].map(\.bytes)
        ),
        (
            "json:a.b", "{\"x\":[1],\"a\":{\"b\":\"\(id)\"}}".bytes,
            [
                "{\"a\":\"\(id)\"}", "{\"a\":{\"b\":7}}", "{\"a\":{\"b\":\"x\",\"b\":\"\(id)\"}}", "[\"\(id)\"]",
                "{\"a\":{\"b\":null}}",
                "{\"a\":{\"b\":\"\\u0061\"}}", "{\"a\":{\"b\":\"\(id)\"}", "{\"a\":{\"b\":\"\(id)\"}}x",
            ].map(\.bytes)
        ),
        ("json:key=sess:{id}", "{\"key\":\"sess:\(id)\"}".bytes, ["{\"key\":\"\(id)\"}".bytes]),
    ]

    private static func id(_ reader: NameReader, _ name: [UInt8]) -> [UInt8]? {
        var ranges: [Range<Int>] = []
        return name.withUnsafeBytes { reader.form(of: $0, into: &ranges).map { _ in Array(name[ranges[0]]) } }
    }

    @Test(arguments: forms.indices)
    func `a form finds the id in what has it, and nothing in what has not`(place: Int) throws {
        let (source, name, others) = NameFormTests.forms[place]
        let form = try NameForm(source, prefix: "p")
        let reader = NameReader([form])
        #expect(NameFormTests.id(reader, name) == NameFormTests.id.bytes)
        for other in others {
            #expect(NameFormTests.id(reader, other) == nil, "\(String(decoding: other, as: UTF8.self))")
        }
        #expect(form.isIdentifier == (source == "{id}"))
    }

    @Test(arguments: ["quoted:{id}", "java:{id}", "php:{id}", "{id}"])
    func `what is written in a form is read back`(source: String) throws {
        let form = try NameForm(source, prefix: "p")
        for text in ["", "a", NameFormTests.id, String(repeating: "long", count: 300)] {
            var arguments = CommandArguments()
            text.bytes.withUnsafeBytes { form.append($0, to: &arguments) }
            let written = arguments.withArgument(0) { Array($0) }
            #expect(NameFormTests.id(NameReader([form]), written) == text.bytes)
        }
    }

    @Test func `of several forms the first that fits counts, and each shifts its own ranges`() throws {
        let reader = NameReader(
            try ["php:{id}", "json:id", "{app}/{id}", "{id}"].map { source throws(KeyTemplateError) in
                try NameForm(source, prefix: "")
            })
        for (name, form, ranges) in [
            ("s:3:\"a/b\";", 0, [5..<8]), ("{\"id\":\"a/b\"}", 1, [7..<10]), ("a/b", 2, [0..<1, 2..<3]),
            ("ab", 3, [0..<2]),
        ] {
            var found: [Range<Int>] = []
            #expect(name.bytes.withUnsafeBytes { reader.form(of: $0, into: &found) } == form)
            #expect(found == ranges)
        }
    }

    @Test(arguments: ["json:", "json:.a", "json:a..b"])
    func `a path that leads nowhere is refused`(source: String) {
        #expect(throws: KeyTemplateError.invalidValue(LayoutOption(.member, source))) {
            try NameForm(source, prefix: "p")
        }
    }

    @Test func `a score has no member that is an object`() throws {
        #expect(try DateField("expiry=score:ends=json:id", prefix: "p") == nil)
    }
}

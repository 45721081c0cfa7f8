import Testing

@testable import SessionJanitor

struct PointerKeyTests {
    private func layout(_ pointers: String...) throws(KeyTemplateError) -> Layout {
        try Layout(
            .custom, options: [LayoutOption(.sessionKey, "s:{id}")] + pointers.map { LayoutOption(.pointerKey, $0) })
    }

    @Test(
        arguments: [
            ("token:{token}", "token:{token}", nil), ("user:{user}=hash:session", "user:{user}", "session"),
            ("u:{user}=hash:a:b c", "u:{user}", "a:b c"), ("u:{user}=hash:x=hash:y", "u:{user}=hash:x", "y"),
            ("u:{user:[a-z=]+=hash:x}", "u:{user:[a-z=]+=hash:x}", nil), ("all=hash:current", "all", "current"),
            ("=hash:{user}", "=hash:{user}", nil), ("u:{user}=hash", "u:{user}=hash", nil),
        ] as [(String, String, String?)])
    func `a field of a hash stands behind the template`(source: String, template: String, field: String?) throws {
        let pointer = try #require(try layout(source).pointerKeys.first)
        #expect(pointer.source == source)
        #expect(pointer.template.source == template)
        #expect(pointer.field == field)
    }

    @Test func `a field has a name`() {
        #expect(throws: KeyTemplateError.invalidValue(LayoutOption(.pointerKey, "u:{user}=hash:"))) {
            try layout("u:{user}=hash:")
        }
    }

    @Test func `several fields of one hash may be pointers`() throws {
        let layout = try layout("u:{user}=hash:web", "u:{name}=hash:app", "u:{user:[a-z]+}=hash:tv")
        #expect(layout.pointerKeys.map(\.field) == ["web", "app", "tv"])
        var classifier = KeyClassifier(layout)
        var ranges: [Range<Int>] = []
        let finding = try "u:ann".bytes.withUnsafeBytes { try classifier.sort($0, into: &ranges) }
        #expect(finding?.kind == .pointer)
        #expect(finding?.template == 0)
        #expect(PointerFields(layout, 0)?.templates == [0, 1, 2])
        #expect(PointerFields(layout, 2)?.templates == [2])
    }

    @Test(arguments: [
        ("u:{user}=hash:web", "u:{name}=hash:web"), ("u:{user}=hash:web", "u:{user}"),
        ("u:{user}", "u:{user}=hash:web"), ("s:x{user}=hash:web", "t:{user}"),
    ])
    func `the same field twice, or a string where there is a hash, is refused`(first: String, second: String) {
        #expect(throws: KeyTemplateError.self) { try layout(first, second) }
    }
}

import Testing

@testable import SessionJanitor

struct BuiltInLayoutTests {
    @Test(arguments: BuiltInLayout.allCases.filter { $0 != .custom })
    func `every built-in layout is one`(builtIn: BuiltInLayout) throws {
        let layout = try Layout(builtIn)
        #expect(layout.name == builtIn.rawValue)
        #expect(layout.prefix == builtIn.prefix)
        #expect(!layout.sessionKeys.isEmpty)
    }

    @Test(arguments: BuiltInLayout.allCases.filter { $0 != .custom })
    func `the options that a name stands for make the same layout`(builtIn: BuiltInLayout) throws {
        let named = try Layout(builtIn)
        let spelled = try Layout(.custom, prefix: builtIn.prefix, options: builtIn.options)
        #expect(spelled.name == "custom")
        #expect(spelled.prefix == named.prefix)
        #expect(spelled.templates == named.templates)
        #expect(spelled.routes == named.routes)
        #expect(spelled.indexKeys == named.indexKeys)
        #expect(spelled.pointerKeys == named.pointerKeys)
        #expect(spelled.presenceKeys == named.presenceKeys)
        #expect(spelled.sessionTTLs == named.sessionTTLs)
        #expect(spelled.dates == named.dates)
        #expect(spelled.expiresBy == named.expiresBy)
        #expect(spelled.user == named.user)
    }

    @Test
    func `an option takes the place of all of its kind, and of what spoke of them`() throws {
        let layout = try Layout(
            .springSession,
            options: [LayoutOption(.indexKey, "mine:{user}"), LayoutOption(.date, "created=hash:at:ms")])
        #expect(layout.indexKeys.map(\.template.source) == ["mine:{user}"])
        #expect(layout.indexKeys[0].members.map(\.source) == ["{id}"])
        #expect(layout.dates.map(\.clock) == [.created])
        #expect(layout.companionKeys.count == 1)
    }

    @Test(
        arguments: [
            ([], .missingVariable(template: "", "id")),
            ([("--session-key", "s:x")], .missingVariable(template: "s:x", "id")),
            ([("--session-key", "s:{id}"), ("--session-key", "s:{id}")], .overlap("s:{id}", "s:{id}")),
            ([("--session-key", "{id:[a-f]+}"), ("--presence-key", "{user}")], .overlap("{id:[a-f]+}", "{user}")),
            ([("--session-key", "s:{id}"), ("--pointer-key", "{token}")], .overlap("s:{id}", "{token}")),
            ([("--session-key", "s:{id}"), ("--index-key", "s:all")], .overlap("s:{id}", "s:all")),
            (
                [("--session-key", "s:{id}"), ("--companion-key", "c:{user}")],
                .missingVariable(template: "c:{user}", "id")
            ),
            (
                [("--session-key", "s:{user}:{id}"), ("--companion-key", "c:{id}")],
                .unknownSession(template: "c:{id}", sessionKey: "s:{user}:{id}", missing: "user")
            ),
            ([("--session-key", "s:{id}"), ("--presence-key", "p:{user}")], .unknownUser(template: "p:{user}")),
            ([("--session-key", "s:{id}"), ("--member", "{id}")], .misplaced(LayoutOption(.member, "{id}"))),
            (
                [("--session-key", "s:{id}"), ("--pointer-key", "p:{x}"), ("--back-check", "hash:t")],
                .missingVariable(template: "p:{x}", "token")
            ),
            (
                [("--session-key", "s:{id}"), ("--date", "created=hash:a"), ("--date", "expiry=json:b")],
                .mixedSources("hash:a", "json:b")
            ),
            (
                [("--session-key", "s:{id}"), ("--date", "born=json:a")],
                .invalidValue(LayoutOption(.date, "born=json:a"))
            ),
            ([("--session-key", "s:{id}"), ("--ttl", "soon")], .invalidValue(LayoutOption(.ttl, "soon"))),
            ([("--session-key", "s:{id}"), ("--user", "json:")], .invalidValue(LayoutOption(.user, "json:"))),
            ([("--session-key", "s:{id}"), ("--expire-by", "birth")], .invalidValue(LayoutOption(.expireBy, "birth"))),
        ] as [([(String, String)], KeyTemplateError)])
    func `what contradicts itself is refused, and what is to blame is named`(
        words: [(String, String)], expected: KeyTemplateError
    ) throws {
        let options = try words.map { LayoutOption(try #require(LayoutOption.Name(rawValue: $0.0)), $0.1) }
        #expect(throws: expected) { try Layout(.custom, options: options) }
    }
}

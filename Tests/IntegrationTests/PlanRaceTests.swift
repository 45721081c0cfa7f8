import TestSupport
import Testing

@testable import SessionJanitor

/// What happens to the data between the plan and its execution: nothing that came to life is removed.
@Suite(.waiting) struct PlanRaceTests {
    private static let user: Bytes = "a@example.org"
    private let appauth: Store

    init() throws {
        appauth = try Store()
        try appauth.write(sessions: "living")
        try appauth.list("living", "orphan", "returning")
    }

    @Test func `an entry whose session appears after the plan stays`() throws {
        let cleanup = try appauth.plan()
        #expect(cleanup.plan.count(.entry, .orphaned) == 2)
        try appauth.write(sessions: "returning")
        #expect(try cleanup.execute().error == nil)
        let results = cleanup.results
        #expect(results[.entry, .orphaned, .kept] == 1)
        #expect(results[.entry, .orphaned, .removed] == 1)
        #expect(results.indexKeysEmptied == 0)
        #expect(try appauth.listed() == ["living", "returning"])
    }

    @Test func `an entry stays whatever type its session has come back as`() throws {
        let cleanup = try appauth.plan()
        try appauth.client.call("HSET", Appauth.session("returning"), "ts", "1")
        #expect(try cleanup.execute().error == nil)
        #expect(cleanup.results[.entry, .orphaned, .kept] == 1)
        #expect(try appauth.listed() == ["living", "returning"])
    }

    @Test func `an expired session whose value changes after it was judged stays with its entry`() throws {
        try appauth.write(sessions: "outdated", "renewed", value: Appauth.expired)
        try appauth.list("outdated", "renewed")
        let cleanup = try appauth.plan(includesExpired: true)
        #expect(cleanup.plan.count(.session) == 2)
        try appauth.write(sessions: "renewed")
        #expect(try cleanup.execute().error == nil)
        let results = cleanup.results
        #expect(results[.session, .expired, .kept] == 1)
        #expect(results[.entry, .expired, .kept] == 1)
        #expect(results[.session, .expired, .removed] == 1)
        #expect(results[.entry, .expired, .removed] == 1)
        #expect(try appauth.listed() == ["living", "renewed"])
        #expect(try appauth.client.call("GET", Appauth.session("renewed")) == .string(Appauth.living))
        #expect(try !appauth.exists(session: "outdated"))
    }

    @Test func `an expired session that changes in a single byte stays`() throws {
        try appauth.write(sessions: "outdated", value: Appauth.expired)
        try appauth.list("outdated")
        let cleanup = try appauth.plan(includesExpired: true)
        try appauth.client.call("SETRANGE", Appauth.session("outdated"), "7", "2")
        #expect(try cleanup.execute().error == nil)
        #expect(cleanup.results[.session, .expired, .kept] == 1)
        #expect(try appauth.listed().contains("outdated"))
        #expect(try appauth.exists(session: "outdated"))
    }

    @Test func `an expired session that becomes another type stays with its entry`() throws {
        try appauth.write(sessions: "outdated", value: Appauth.expired)
        try appauth.list("outdated")
        let cleanup = try appauth.plan(includesExpired: true)
        try appauth.client.run([
            ["DEL", Appauth.session("outdated")], ["HSET", Appauth.session("outdated"), "ts", "1"],
        ])
        #expect(try cleanup.execute().error == nil)
        let results = cleanup.results
        #expect(results[.session, .expired, .removed] == 0)
        #expect(results[.entry, .expired, .kept] == 1)
        #expect(try appauth.exists(session: "outdated"))
        #expect(try appauth.listed().contains("outdated"))
    }

    @Test func `the entry of an expired session that ended by itself goes`() throws {
        try appauth.write(sessions: "outdated", value: Appauth.expired)
        try appauth.list("outdated")
        let cleanup = try appauth.plan(includesExpired: true)
        try appauth.client.call("DEL", Appauth.session("outdated"))
        #expect(try cleanup.execute().error == nil)
        let results = cleanup.results
        #expect(results[.session, .expired, .removed] == 0)
        #expect(results[.entry, .expired, .removed] == 1)
        #expect(try appauth.listed() == ["living"])
    }

    @Test(arguments: ["zset", "set", "list"])
    func `an index key that is refilled after the plan keeps its new entry`(type: String) throws {
        let key = Appauth.index("refilled")
        let addition: [Bytes] =
            switch type {
            case "zset": ["ZADD", key, "5", "old", "6", "older"]
            case "set": ["SADD", key, "old", "older"]
            default: ["RPUSH", key, "old", "older", "old"]
            }
        try appauth.client.call(addition)
        let cleanup = try appauth.plan()
        #expect(cleanup.plan.count(.entry, .orphaned) == 4)
        // Its session is not there yet: the entry is younger than the plan and none of its business.
        let login: [Bytes] =
            switch type {
            case "zset": ["ZADD", key, "9", "new"]
            case "set": ["SADD", key, "new"]
            default: ["RPUSH", key, "new"]
            }
        try appauth.client.call(login)
        #expect(try cleanup.execute().error == nil)
        let results = cleanup.results
        #expect(results[.entry, .orphaned, .removed] == 4)
        #expect(results.indexKeysCleaned == 2)
        #expect(results.indexKeysEmptied == 0)
        #expect(try appauth.snapshot()[key]?.identifiers == ["new"])
    }

    @Test(arguments: [["SADD"], ["RPUSH"], ["SET"], ["HSET", "field"]] as [[Bytes]])
    func `an index key that changes its type after the plan is left alone`(words: [Bytes]) throws {
        try appauth.list("lost", under: "retyped")
        let cleanup = try appauth.plan()
        let key = Appauth.index("retyped")
        try appauth.client.call("DEL", key)
        try appauth.client.call([words[0], key] + words.dropFirst() + ["lost"])
        let before = try appauth.snapshot()[key]
        #expect(try cleanup.execute().error == nil)
        let results = cleanup.results
        #expect(results[.entry, .orphaned, .retyped] == 1)
        #expect(results[.entry, .orphaned, .removed] == 2)
        #expect(try appauth.snapshot()[key] == before)
    }

    @Test func `entries that somebody else has removed are not counted`() throws {
        try appauth.list("gone", "gone too", under: "vanishing")
        let cleanup = try appauth.plan()
        try appauth.client.call("ZREM", Appauth.index(PlanRaceTests.user), "orphan")
        try appauth.client.call("DEL", Appauth.index("vanishing"))
        #expect(try cleanup.execute().error == nil)
        let results = cleanup.results
        #expect(results[.entry, .orphaned, .gone] == 3)
        #expect(results[.entry, .orphaned, .removed] == 1)
        #expect(results.indexKeysCleaned == 1)
        #expect(results.indexKeysEmptied == 0)
        #expect(try appauth.snapshot()[Appauth.index("vanishing")] == nil)
    }
}

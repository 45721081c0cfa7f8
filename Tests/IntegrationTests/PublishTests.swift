import Foundation
import TestSupport
import Testing

/// `--publish`: subscribers hear of what was removed, of all of it and of nothing else.
@Suite(.waiting) struct PublishTests {
    private struct Event: Decodable, Hashable {
        var session: String?
        var user: String?
        var reason: String
        var kind: String
        var time = ""

        /// Without the time.
        var what: Event { Event(session: session, user: user, reason: reason, kind: kind) }
    }

    private let appauth: Store
    private let subscriber: Subscriber

    init() throws {
        appauth = try Store(server: ["--notify-keyspace-events", "KEA"])
        try appauth.write(sessions: "living")
        try appauth.write(sessions: "old", value: Appauth.expired)
        try appauth.list("living", "orphan")
        try appauth.list("old", under: "b@example.org")
        subscriber = try Subscriber(appauth.redis)
    }

    private static func events(_ messages: [Subscriber.Message]) throws -> [Event] {
        try messages.filter { $0.channel == "gone" }.map {
            try JSONDecoder().decode(Event.self, from: Data($0.payload.raw))
        }
    }

    @Test func `exactly what was removed is told`() throws {
        let (status, report) = try appauth.clean(["--include-expired", "--publish", "gone"])
        #expect(status == .exited(0))
        #expect(report.warnings == [])
        let events = try PublishTests.events(subscriber.messages())
        #expect(events.count == 3)
        #expect(
            Set(events.map(\.what)) == [
                Event(session: "old", reason: "expired", kind: "session"),
                Event(session: "old", user: "b@example.org", reason: "expired", kind: "entry"),
                Event(session: "orphan", user: "a@example.org", reason: "orphaned", kind: "entry"),
            ])
        for event in events {
            let time = try #require(ISO8601DateFormatter().date(from: event.time))
            #expect(abs(time.timeIntervalSinceNow) < 600)
        }
    }

    @Test func `it is told after it is gone`() throws {
        _ = try appauth.clean(["--include-expired", "--publish", "gone"])
        let messages = try subscriber.messages()
        func place(_ channel: String, _ part: String) throws -> Int {
            try #require(
                messages.firstIndex {
                    $0.channel == channel && String(decoding: $0.payload.raw, as: UTF8.self).contains(part)
                })
        }
        #expect(try place("__keyevent@0__:del", "appauth:sess:old") < place("gone", "\"kind\":\"session\""))
        #expect(try place("__keyevent@0__:zrem", "appauth:usess:a@") < place("gone", "\"session\":\"orphan\""))
    }

    @Test(arguments: [["--include-expired"], ["--include-expired", "--dry-run", "--publish", "gone"]])
    func `nothing is told by a dry run, nor without the option`(arguments: [String]) throws {
        let (status, report) = try appauth.clean(arguments)
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_found") == 1)
        let messages = try subscriber.messages()
        #expect(!messages.contains { !$0.channel.hasPrefix("__key") })
    }

    @Test(.needs(.channelRights)) func `where publishing is not permitted the run goes on and says so once`() throws {
        try appauth.client.call("ACL", "SETUSER", "mute", "on", ">pw", "~*", "+@all", "resetchannels")
        let (status, report) = try appauth.clean(
            ["--include-expired", "--publish", "gone"], url: appauth.redis.url(user: "mute", password: "pw"))
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(report.stat("expired_sessions_removed") == 1)
        #expect(report.warnings.count == 1)
        #expect(report.warnings.first?.hasPrefix("3 removals") == true)
        #expect(report.warnings.first?.contains("NOPERM") == true)
        #expect(try PublishTests.events(subscriber.messages()) == [])
    }

    @Test func `an empty channel is a usage error`() throws {
        let result = try appauth.run("--publish", "")
        #expect(result.status == .exited(2))
    }

    @Test func `ids of any bytes are told`() throws {
        try appauth.list("a\"b\\c\n\u{1}é", under: "x")
        try appauth.list(Bytes([0xff, 0x00]), under: "y")
        _ = try appauth.clean(["--publish", "gone"])
        let payloads = try subscriber.messages().filter { $0.channel == "gone" }.map(\.payload.raw)
        let sessions = try payloads.map { payload in
            try #require(try JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any])["session"]
        }
        #expect(Set(sessions.compactMap { $0 as? String }) == ["orphan", "a\"b\\c\n\u{1}é"])
        #expect(sessions.compactMap { $0 as? [String: String] } == [["base64": "/wA="]])
    }

    @Test func `many removals are each told once`() throws {
        try appauth.writeOrphans(3_000, under: "large")
        _ = try appauth.clean(["--publish", "gone"])
        let events = try PublishTests.events(subscriber.messages())
        #expect(events.count == 3_001)
        #expect(Set(events.map(\.session)).count == 3_001)
    }

    @Test func `the presence of a user is told with the user`() throws {
        let store = try Store("--layout", "websocket")
        try store.write(["SET", "3de3-9980b633-000d", "ann"], ["SET", "ann", ""], ["SET", "eve", ""])
        let subscriber = try Subscriber(store.redis)
        try store.clean("--publish", "gone")
        let events = try PublishTests.events(subscriber.messages())
        #expect(events.map(\.what) == [Event(user: "eve", reason: "orphaned", kind: "presence")])
    }

    @Test(.needs(.channelRights)) func `whoever is allowed the channel alone may be told on it`() throws {
        try appauth.client.call("ACL", "SETUSER", "heard", "on", ">pw", "~*", "+@all", "resetchannels", "&gone")
        let (_, report) = try appauth.clean(
            ["--publish", "gone"], url: appauth.redis.url(user: "heard", password: "pw"))
        #expect(report.warnings == [])
        #expect(try PublishTests.events(subscriber.messages()).map(\.session) == ["orphan"])
    }

    @Test(.needs(.clusterPort)) func `a subscriber at any node of a cluster hears of all`() throws {
        let appauth = try ClusterStore()
        try appauth.fill(sessions: 5, orphans: 40, users: 5)
        let subscribers = try appauth.cluster.primaries.map { try Subscriber($0) }
        let (status, report) = try appauth.clean("--publish", "gone")
        #expect(status == .exited(0))
        #expect(report.warnings == [])
        let expected = Set((0..<40).map { "gone-\($0)" })
        for subscriber in subscribers {
            var events: [Event] = []
            // Nodes tell each other in their own time.
            try Deadline.wait(for: "the events of all nodes") {
                events += try PublishTests.events(subscriber.messages())
                return events.count >= 40
            }
            #expect(events.count == 40)
            #expect(Set(events.compactMap(\.session)) == expected)
        }
    }
}

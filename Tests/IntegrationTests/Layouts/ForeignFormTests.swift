import TestSupport
import Testing

/// Ids in a form that nobody told the janitor: what is no id by the session keys' own pattern stays, and where nothing
/// names a session the run is refused.
@Suite(.waiting) struct ForeignFormTests {
    private static let id: Bytes = "0f6f5a8e-1234-4000-8000-0123456789ab"
    private static let pattern = "{id:[0-9a-f]{8}-[0-9a-f-]{27}}"

    /// How libraries write an id.
    private static let forms: [Bytes] = [
        "\"" + id + "\"", "s:36:\"" + id + "\";", Bytes([0xac, 0xed, 0, 5, 0x74, 0, 36]) + id, "sess:" + id,
        "{\"session\":\"" + id + "\"}", "['" + id + "']",
    ]

    /// A place where an id may stand: the options that name it, and the command that writes one.
    struct Place: Sendable, CustomTestStringConvertible {
        var options: [String]
        var write: @Sendable (_ user: Bytes, _ value: Bytes) -> [Bytes]
        var testDescription: String { options.joined(separator: " ") }

        static let all = [
            Place(options: ["--pointer-key", "login:{user}"]) { ["SET", "login:" + $0, $1] },
            Place(options: ["--pointer-key", "login:{user}=hash:web"]) { ["HSET", "login:" + $0, "web", $1] },
            Place(options: ["--index-key", "login:{user}"]) { ["SADD", "login:" + $0, $1] },
            Place(options: ["--index-key", "login:{user}"]) { ["ZADD", "login:" + $0, "1", $1] },
            Place(options: ["--index-key", "login:{user}"]) { ["RPUSH", "login:" + $0, $1] },
        ]
    }

    private func commands(_ place: Place) -> [[Bytes]] {
        [["SET", "sess:" + Self.id, "x"]]
            + Self.forms.enumerated().map { place.write(Bytes($0), $1) }
    }

    private func words(_ place: Place, session: String) -> [String] {
        ["--layout", "custom", "--session-key", session] + place.options
    }

    @Test(arguments: Place.all)
    func `what can be no id by the session key's own pattern stays and is told`(place: Place) throws {
        let store = try Store(words(place, session: "sess:" + Self.pattern))
        try store.client.run(commands(place) + [place.write("ann", Self.id), place.write("bob", Self.gone)])
        let before = try store.keys()
        for isDryRun in [true, false] {
            let (status, report) = try store.clean(isDryRun ? "--dry-run" : "-v")
            #expect(status == .exited(0))
            #expect(report.warnings.count == 1)
            #expect(report.warnings[0].hasPrefix("\(Self.forms.count) entries, pointers and companions cannot name"))
            let found = (report.stat("orphaned_pointers_found") ?? 0) + (report.stat("orphaned_sessions_found") ?? 0)
            #expect(found == 1)
            #expect(try store.keys() == (isDryRun ? before : before.subtracting(["login:bob"])))
        }
    }

    @Test(arguments: Place.all)
    func `where nothing names a session that exists nothing is removed`(place: Place) throws {
        let store = try Store(words(place, session: "sess:{id}"))
        try store.client.run(commands(place))
        let before = try Snapshot(store.client)
        let (status, report) = try store.clean()
        #expect(status == .exited(4))
        let message = report.error?.message ?? ""
        #expect(message.contains("nothing in \(place.options[1]) names one of them"), "\(message)")
        #expect(message.contains("--allow-no-live-sessions"))
        let (dryStatus, dry) = try store.clean("--dry-run")
        #expect(dryStatus == .exited(0))
        #expect(dry.warnings.contains { $0.hasPrefix("a real run would be refused: there are sessions") })
        #expect(try Snapshot(store.client) == before)
        // One that names a session tells that the form is right, and so the others lead nowhere.
        try store.client.call(place.write("ann", Self.id))
        #expect(try store.clean().status == .exited(0))
        #expect(try store.keys() == ["sess:" + Self.id, "login:ann"])
    }

    private static let options = ["quoted:{id}", "php:{id}", "java:{id}", "sess:{id}", "json:session", "['{id}']"]

    @Test(arguments: Place.all)
    func `ids in the form that the layout says lead to their sessions, and all others stay`(place: Place) throws {
        for (number, option) in Self.options.enumerated() {
            let form = Self.forms[number].raw.split(separator: Self.id.raw)
            var gone = Bytes(form.first ?? []) + Self.gone
            if form.count > 1 { gone = gone + Bytes(form[1]) }
            let store = try Store(words(place, session: "sess:" + Self.pattern) + ["--member", option])
            try store.client.run(commands(place) + [place.write("bob", gone)])
            let before = try store.keys()
            let (status, report) = try store.clean()
            #expect(status == .exited(0))
            #expect(report.warnings.count == 1, "\(report.warnings)")
            #expect(
                report.warnings.first?.hasPrefix("\(Self.forms.count - 1) entries, pointers and companions") == true)
            #expect(try store.keys() == before.subtracting(["login:bob"]), "\(option)")
        }
    }

    @Test func `a template of which nothing would go is no reason to refuse`() throws {
        let store = try Store("--layout", "custom", "--session-key", "sess:{id}", "--index-key", "list:{user}")
        try store.write(["SET", "sess:a", "x"])
        #expect(try store.clean().status == .exited(0))
        try store.write(["SADD", "list:ann", "gone"])
        #expect(try store.clean().status == .exited(4))
        let (status, report) = try store.clean("--allow-no-live-sessions")
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 1)
    }

    private static let gone: Bytes = "ffffffff-1234-4000-8000-0123456789ab"

    @Test func `on a cluster foreign forms stay, and where nothing names a session the run is refused`() throws {
        let place = Place.all[0]
        let constrained = try ClusterStore(words(place, session: "sess:" + Self.pattern))
        try constrained.client.run(commands(place) + [place.write("ann", Self.id), place.write("bob", Self.gone)])
        let before = try constrained.keys()
        let (status, report) = try constrained.clean()
        #expect(status == .exited(0))
        #expect(report.warnings.contains { $0.hasPrefix("\(Self.forms.count) entries, pointers and companions") })
        #expect(try constrained.keys() == before.subtracting(["login:bob"]))
        try constrained.write(["DEL", "login:ann"])
        let result = try JanitorProcess.run(
            ["--json", "--grace", "0"] + words(place, session: "sess:{id}"),
            environment: ["REDIS_URL": constrained.cluster.url()])
        #expect(result.status == .exited(4))
        // And without any session, among keys that nothing explains.
        let other = try JanitorProcess.run(
            ["--json", "--grace", "0"] + words(place, session: "other:{id}"),
            environment: ["REDIS_URL": constrained.cluster.url()])
        #expect(other.status == .exited(4))
        #expect(
            try RunReport(other).error?.message.hasPrefix("no session key exists, 1 other key matches no template, and")
                == true)
        #expect(try constrained.keys() == before.subtracting(["login:bob", "login:ann"]))
    }
}

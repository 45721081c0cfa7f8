import TestSupport
import Testing

/// A server with some of everything, and what may and what must be left of it.
struct FaultScene {
    let appauth: Store
    /// Each session and each entry there is at first.
    let before: Set<Fact>
    /// What a run leaves that nothing disturbs.
    let after: Set<Fact>

    /// A session, or an entry: an index key and the id in it.
    struct Fact: Hashable {
        var key: Bytes
        var id: Bytes?
    }

    static let words = ["--json", "--quiet", "--grace", "0", "--include-expired"]

    init(_ redis: [String] = [], listensOnPort: Bool = false) throws {
        appauth = try Store(server: redis, listensOnPort: listensOnPort)
        try FaultScene.populate(appauth)
        let facts = try FaultScene.facts(appauth.client)
        before = facts
        after = facts.filter { fact in
            let id = fact.id ?? Bytes(fact.key.raw.dropFirst(Appauth.session("").count))
            return id.text.hasPrefix("living")
        }
    }

    /// So many that a run sends several scripts for the sessions and for the entries.
    private static func populate(_ appauth: Store) throws {
        let client = appauth.client
        var commands: [[Bytes]] = []
        for number in 0..<120 {
            let user: Bytes = "user-\(number / 3)"
            for (id, value) in [("living-\(number)", Appauth.living), ("expired-\(number)", Appauth.expired)] {
                commands.append(["SET", Appauth.session(Bytes(id)), value])
                commands.append(["ZADD", Appauth.index(user), "1700000000", Bytes(id)])
            }
            commands.append(["ZADD", Appauth.index(user), "1700000000", "orphan-\(number)"])
        }
        commands.append(["SADD", Appauth.index("set"), "living-0"] + (0..<80).map { "orphan-\($0)" })
        commands.append(["RPUSH", Appauth.index("list"), "living-1"] + (0..<80).map { "orphan-\($0)" })
        try client.run(commands)
    }

    static func facts(_ client: TestClient) throws -> Set<Fact> {
        var facts: Set<Fact> = []
        for (key, stored) in try Snapshot(client).keys where key != Unattended.lockKey {
            if let ids = stored.identifiers {
                facts.formUnion(ids.map { Fact(key: key, id: $0) })
            } else {
                facts.insert(Fact(key: key))
            }
        }
        return facts
    }

    /// Runs the real program through `url`; a dry run or a real one.
    func run(_ further: [String] = [], url: String) throws -> JanitorResult {
        try JanitorProcess.run(FaultScene.words + further, environment: ["REDIS_URL": url])
    }

    /// How the one disturbed run has to end.
    enum Ending: Sendable {
        case done
        /// With this code in the report; any one of these.
        case failed(Set<String>)
        /// As if nothing had happened, or failed with one of these codes.
        case either(Set<String>)
    }

    /// What goes for every fault: the right end, one line, nothing lost, true numbers, and the next run does the rest.
    ///
    /// `afterwards` is what an administrator would do before the next run; `client` reads the data, which may have moved
    /// to another server.
    func expect(
        _ result: JanitorResult, _ ending: Ending, isDryRun: Bool = false, client: TestClient? = nil,
        url: String? = nil, sourceLocation: SourceLocation = #_sourceLocation, afterwards: () throws -> Void = {}
    ) throws {
        let report = try RunReport(result)
        if let error = report.error {
            #expect(result.status == .exited(1), sourceLocation: sourceLocation)
            #expect(report.outcome == "failed", sourceLocation: sourceLocation)
            #expect(["needs_repair", "unknown"].contains(report.consistency), sourceLocation: sourceLocation)
            #expect(result.error == "session-janitor: \(error.message)\n", sourceLocation: sourceLocation)
            switch ending {
            case .done: Issue.record("\(error)", sourceLocation: sourceLocation)
            case .failed(let codes), .either(let codes):
                #expect(codes.isEmpty || codes.contains(error.code), "\(error)", sourceLocation: sourceLocation)
            }
        } else {
            #expect(result.status == .exited(0), "\(result)", sourceLocation: sourceLocation)
            #expect(report.outcome == "completed", sourceLocation: sourceLocation)
            #expect(result.error.isEmpty, sourceLocation: sourceLocation)
            if case .failed(let codes) = ending {
                Issue.record("did not fail with \(codes)", sourceLocation: sourceLocation)
            }
        }
        try afterwards()
        let client = try client ?? appauth.redis.client()
        let left = try FaultScene.facts(client)
        #expect(left.isSuperset(of: after), "live entries are gone", sourceLocation: sourceLocation)
        #expect(left.isSubset(of: before), sourceLocation: sourceLocation)
        expectTrueNumbers(report, gone: before.count - left.count, sourceLocation)
        if isDryRun { #expect(left == before, sourceLocation: sourceLocation) }
        if !isDryRun, report.error == nil { #expect(left == after, sourceLocation: sourceLocation) }

        let next = try run(url: url ?? appauth.redis.url)
        #expect(next.status == .exited(0), "\(next)", sourceLocation: sourceLocation)
        #expect(try FaultScene.facts(client) == after, sourceLocation: sourceLocation)
    }

    /// What is gone was counted, or warned of.
    private func expectTrueNumbers(_ report: RunReport, gone: Int, _ sourceLocation: SourceLocation) {
        let names = ["orphaned_sessions_removed", "expired_entries_removed", "expired_sessions_removed"]
        let counted = names.reduce(0) { $0 + (report.stat($1) ?? 0) }
        let warning = report.warnings.first { $0.contains("under way when the connection failed") }
        let uncertain = warning.flatMap { Int($0.prefix { $0 != " " }.replacing(",", with: "")) } ?? 0
        #expect((counted...(counted + uncertain)).contains(gone), sourceLocation: sourceLocation)
    }
}

import TestSupport

@testable import RedisClient

/// One server.
typealias Store = StoreOn<PrivateRedis>

/// A cluster of three primaries.
typealias ClusterStore = StoreOn<PrivateCluster>

/// A server or a cluster with sessions of some layout, and the janitor told which; appauth's where no other is named.
struct StoreOn<Host: DataHost>: Sendable {
    let host: Host
    let client: Host.Client
    let layout: [String]

    init(on host: Host, _ layout: [String] = [], client: Host.Client? = nil) throws {
        self.host = host
        self.client = try client ?? host.client()
        self.layout = layout
    }

    // MARK: Data

    func write(_ commands: [Bytes]...) throws {
        try client.run(commands)
    }

    func snapshot() throws -> Snapshot { try host.snapshot(of: 0) }

    /// The names of all keys; asking for them touches none.
    func keys() throws -> Set<Bytes> {
        try host.primaries.reduce(into: []) { $0.formUnion(try $1.client().call("KEYS", "*").strings) }
    }

    func members(_ key: Bytes) throws -> Set<Bytes> {
        Set(try client.call("SMEMBERS", key).strings)
    }

    func ranked(_ key: Bytes) throws -> Set<Bytes> {
        Set(try client.call("ZRANGE", key, "0", "-1").strings)
    }

    /// How often the servers carried out a command, in scripts as well.
    func calls(of command: String) throws -> Int {
        try host.primaries.reduce(0) { $0 + (try $1.calls(of: command)) }
    }

    // MARK: Runs

    /// What a run is told by ``clean(_:url:)``: to report, and to wait for nothing that the layout does not ask for.
    func words(_ arguments: [String]) -> [String] {
        ["--json", "--grace", "0"] + layout + arguments
    }

    /// Runs the program with these words alone, on the data or on what stands before it.
    func run(_ arguments: String..., url: String? = nil) throws -> JanitorResult {
        try run(arguments, url: url)
    }

    private func run(_ arguments: [String], url: String? = nil) throws -> JanitorResult {
        try JanitorProcess.run(arguments, environment: ["REDIS_URL": url ?? host.url])
    }

    func start(_ arguments: String...) throws -> JanitorProcess {
        try JanitorProcess(words(arguments), environment: ["REDIS_URL": host.url])
    }

    @discardableResult
    func clean(_ arguments: String..., url: String? = nil) throws -> (status: ChildProcess.Ending, report: RunReport) {
        try clean(arguments, url: url)
    }

    @discardableResult
    func clean(_ arguments: [String], url: String? = nil) throws -> (status: ChildProcess.Ending, report: RunReport) {
        let result = try run(words(arguments), url: url)
        return (result.status, try RunReport(result))
    }

    /// The lines that a run says on standard error.
    func lines(_ arguments: String...) throws -> Set<String> {
        let result = try run(["--grace", "0", "--progress", "never"] + layout + arguments)
        return Set(result.error.split(separator: "\n").map(String.init))
    }

    /// A dry run and then a real one, which find the same and of which the first changes nothing; the second's numbers
    /// that are not 0.
    func cleanTwice(_ arguments: String...) throws -> [String: Int] {
        let before = try snapshot()
        func run(_ further: [String]) throws -> RunReport {
            let (_, report) = try clean(arguments + further)
            guard report.outcome == "completed" else { throw SupportError("\(report)") }
            return report
        }
        let dry = try run(["--dry-run"])
        guard try snapshot() == before else { throw SupportError("the dry run changed something") }
        guard dry.stats["write_commands_sent"] == 0 else { throw SupportError("the dry run sent a write") }
        let real = try run([])
        for (name, number) in dry.stats where name.hasSuffix("_found") && real.stats[name] != number {
            throw SupportError("\(name) was \(number) in the dry run and then \(real.stats[name] ?? -1)")
        }
        var numbers = real.stats.filter { $0.value != 0 }
        let entries = ["valid_sessions_found", "orphaned_sessions_found", "expired_entries_found"]
        guard real.stats["total_sessions_checked"] == entries.reduce(0, { $0 + (real.stats[$1] ?? 0) }) else {
            throw SupportError("the entries do not add up: \(numbers)")
        }
        numbers["write_commands_sent"] = nil
        return numbers
    }

    func restore(_ file: String) throws -> RestoreReading {
        try RestoreReading(run("restore", file, "--json"))
    }
}

extension Store {
    var redis: PrivateRedis { host }

    init(_ layout: String..., server: [String] = [], listensOnPort: Bool = false) throws {
        try self.init(layout, server: server, listensOnPort: listensOnPort)
    }

    init(_ layout: [String], server: [String] = [], listensOnPort: Bool = false) throws {
        try self.init(on: PrivateRedis(server, listensOnPort: listensOnPort), layout)
    }
}

import TestSupport

/// A server with sessions of some layout, and the janitor told which.
struct Store {
    let redis: PrivateRedis
    let client: TestClient
    private let layout: [String]

    init(_ layout: String..., server: [String] = []) throws {
        try self.init(layout, server: server)
    }

    init(_ layout: [String], server: [String] = []) throws {
        redis = try PrivateRedis(server)
        client = try redis.client()
        self.layout = layout
    }

    func write(_ commands: [Bytes]...) throws {
        try client.run(commands)
    }

    /// Cleans, with a report to read; nothing is waited for that the layout does not ask for.
    @discardableResult
    func clean(_ arguments: String...) throws -> (status: ChildProcess.Ending, report: RunReport) {
        try clean(arguments)
    }

    func clean(_ arguments: [String]) throws -> (status: ChildProcess.Ending, report: RunReport) {
        let result = try JanitorProcess.run(
            ["--json", "--grace", "0"] + layout + arguments, environment: ["REDIS_URL": redis.url])
        return (result.status, try RunReport(result))
    }

    /// The lines that a run says on standard error.
    func lines(_ arguments: String...) throws -> Set<String> {
        let words = ["--grace", "0", "--progress", "never"] + layout + arguments
        let result = try JanitorProcess.run(words, environment: ["REDIS_URL": redis.url])
        return Set(result.error.split(separator: "\n").map(String.init))
    }

    /// A dry run and then a real one, which find the same and of which the first changes nothing; the second's numbers
    /// that are not 0.
    func cleanTwice(_ arguments: String...) throws -> [String: Int] {
        let before = try Snapshot(client)
        func run(_ words: [String]) throws -> RunReport {
            let result = try JanitorProcess.run(
                ["--json", "--grace", "0"] + layout + arguments + words, environment: ["REDIS_URL": redis.url])
            let report = try RunReport(result)
            guard report.outcome == "completed" else { throw SupportError("\(result)") }
            return report
        }
        let dry = try run(["--dry-run"])
        guard try Snapshot(client) == before else { throw SupportError("the dry run changed something") }
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

    /// The names of all keys.
    func keys() throws -> Set<Bytes> {
        Set(try client.call("KEYS", "*").strings)
    }

    func members(_ key: Bytes) throws -> Set<Bytes> {
        Set(try client.call("SMEMBERS", key).strings)
    }

    func ranked(_ key: Bytes) throws -> Set<Bytes> {
        Set(try client.call("ZRANGE", key, "0", "-1").strings)
    }
}

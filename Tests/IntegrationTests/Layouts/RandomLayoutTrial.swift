import TestSupport

/// Writes a random keyspace and has it cleaned: a dry run, a real one, and one that has to find nothing.
struct RandomLayoutTrial {
    /// What was not as it should be, in words.
    private(set) var complaints: [String] = []
    private(set) var removals = 0

    private let keyspace: RandomLayoutKeyspace
    private let redis: PrivateRedis
    private let client: TestClient

    init(_ keyspace: RandomLayoutKeyspace, on redis: PrivateRedis, _ client: TestClient) throws {
        self.keyspace = keyspace
        self.redis = redis
        self.client = client
        try client.call("FLUSHALL")
        try client.run(keyspace.commands)
    }

    mutating func run() throws {
        let before = try Snapshot(client)
        let model = try reckon(before)
        removals = model.removals
        try run(isDryRun: true, model, expecting: before)
        try run(isDryRun: false, model, expecting: model.after)
        guard complaints.isEmpty else { return }
        let second = try reckon(model.after)
        if second.removals != 0 { complaints.append("the model itself leaves \(second.removals) removals behind") }
        try run(isDryRun: false, second, expecting: model.after)
    }

    private func reckon(_ snapshot: Snapshot) throws -> RandomLayoutModel {
        let time = try client.call("TIME").strings[0].text
        return RandomLayoutModel(
            snapshot, keyspace.layout, includesExpired: keyspace.includesExpired, now: Double(time) ?? 0)
    }

    private mutating func run(isDryRun: Bool, _ model: RandomLayoutModel, expecting database: Snapshot) throws {
        let name = isDryRun ? "dry run" : "real run"
        let result = try JanitorProcess.run(
            keyspace.arguments + (isDryRun ? ["--dry-run"] : []), environment: ["REDIS_URL": redis.url])
        guard let report = try? RunReport(result) else {
            complaints.append("\(name): no report: \(result)")
            return
        }
        var stats = report.stats
        let writes = stats.removeValue(forKey: "write_commands_sent") ?? -1
        let expected = model.stats(isDryRun: isDryRun, countsTTL: stats["sessions_without_ttl_found"] != nil)
        for number in Set(expected.keys).union(stats.keys).sorted() where expected[number] != stats[number] {
            complaints.append("\(name): \(number) should be \(expected[number] ?? -1) and is \(stats[number] ?? -1)")
        }
        if (writes > 0) != (!isDryRun && model.removals > 0) {
            complaints.append("\(name): write_commands_sent is \(writes)")
        }
        let isPartial = stats["unreadable_index_keys"] != 0
        if report.outcome != (isPartial ? "partial" : "completed") || result.status != .exited(isPartial ? 3 : 0) {
            complaints.append("\(name): ended as \(report.outcome), \(result.status), \(report.warnings)")
        }
        if let difference = database.difference(to: try Snapshot(client)) {
            complaints.append("\(name): \(difference)")
        }
    }
}

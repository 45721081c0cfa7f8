import TestSupport

/// Writes a random keyspace and has it cleaned: a dry run, a real one, and one that has to find nothing; if wanted, it is
/// restored and cleaned again in between.
struct RandomLayoutTrial {
    /// What was not as it should be, in words.
    private(set) var complaints: [String] = []
    private(set) var removals = 0

    private let keyspace: RandomLayoutKeyspace
    private let host: any KeyspaceHost
    private let restores: Bool

    init(_ keyspace: RandomLayoutKeyspace, on host: any KeyspaceHost, restores: Bool = false) throws {
        self.keyspace = keyspace
        self.host = host
        self.restores = restores
        try host.empty()
        try host.write(keyspace.commands, to: 0)
    }

    mutating func run() throws {
        let before = try host.snapshot(of: 0)
        let model = try reckon(before)
        removals = model.removals
        try run(isDryRun: true, model, expecting: before)
        if restores {
            let folder = try TemporaryFolder()
            let file = folder.file("backup")
            try run(isDryRun: false, model, expecting: model.after, ["--backup", file])
            if removals > 0 { try restore(file, expecting: before) }
        }
        try run(isDryRun: false, model, expecting: model.after)
        guard complaints.isEmpty else { return }
        let second = try reckon(model.after)
        if second.removals != 0 { complaints.append("the model itself leaves \(second.removals) removals behind") }
        try run(isDryRun: false, second, expecting: model.after)
    }

    private func reckon(_ snapshot: Snapshot) throws -> RandomLayoutModel {
        RandomLayoutModel(
            snapshot, keyspace.layout, includesExpired: keyspace.includesExpired, now: Double(try host.time()))
    }

    private mutating func restore(_ file: String, expecting database: Snapshot) throws {
        let result = try JanitorProcess.run(
            ["restore", file, "--json", "--entries-without-session"], environment: ["REDIS_URL": host.url(database: 0)])
        if result.status != .exited(0) { complaints.append("restore: \(result)") }
        if let difference = database.difference(to: try host.snapshot(of: 0), within: 1_000) {
            complaints.append("restore: \(difference)")
        }
    }

    private mutating func run(
        isDryRun: Bool, _ model: RandomLayoutModel, expecting database: Snapshot, _ further: [String] = []
    ) throws {
        let name = isDryRun ? "dry run" : "real run"
        let result = try JanitorProcess.run(
            keyspace.arguments + further + (isDryRun ? ["--dry-run"] : []),
            environment: ["REDIS_URL": host.url(database: 0)])
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
        // Restored TTLs may be off by what a command took on its way.
        let tolerance = restores ? 1_000 : 0
        if let difference = database.difference(to: try host.snapshot(of: 0), within: tolerance) {
            complaints.append("\(name): \(difference)")
        }
    }
}

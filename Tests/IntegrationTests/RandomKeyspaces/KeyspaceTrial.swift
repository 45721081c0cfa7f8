import TestSupport

/// Cleans one keyspace, first for show and then in earnest, and holds what happens against the model; if wanted, it is
/// restored and cleaned again in between.
struct KeyspaceTrial {
    private let host: any DataHost
    private let keyspace: Keyspace
    private let database: Int
    /// What was not as it should be, in words.
    private(set) var complaints: [String] = []
    let model: KeyspaceModel

    private let before: Snapshot
    /// The database beside, in which the same names hold something else; nil where there is none.
    private var neighbour: Snapshot?
    private var neighbourDatabase: Int { (database + 1) % host.databases }
    /// Restored TTLs may be off by what a command took on its way.
    private var tolerance = 0

    init(_ keyspace: Keyspace, on host: any DataHost) throws {
        self.keyspace = keyspace
        self.host = host
        database = keyspace.database % host.databases
        try host.empty()
        try host.write(keyspace.commands, to: database)
        before = try host.snapshot(of: database)
        model = KeyspaceModel(before, of: keyspace, now: Double(try host.time()))
        guard neighbourDatabase != database else { return }
        // Sessions of the right names in the wrong database, and an index full of orphans.
        let rules = keyspace.rules
        let named = before.keys.flatMap { key, stored in
            rules.role(of: key, stored) == .index
                ? (stored.identifiers ?? []).flatMap { rules.sessionKeys(of: $0, in: key) ?? [] } : []
        }
        let index = before.keys.first { rules.role(of: $0, $1) == .index }?.key ?? "appauth:usess:neighbour"
        try host.write(
            Set(named).sorted().prefix(50).map { ["SET", $0, "{\"ts\": 1}"] }
                + [["SADD", index, "orphan 1", "orphan 2"]], to: neighbourDatabase)
        neighbour = try host.snapshot(of: neighbourDatabase)
    }

    mutating func run(restores: Bool, again: Bool) throws {
        run(isDryRun: true, model, expecting: before)
        if restores {
            let folder = try TemporaryFolder()
            run(isDryRun: false, model, expecting: model.after, ["--backup", folder.file("backup")])
            if model.removals > 0, !model.isRefused { restore(folder.file("backup")) }
        }
        run(isDryRun: false, model, expecting: model.after)
        guard again, !model.isRefused, complaints.isEmpty else { return }
        var unlimited = keyspace
        unlimited.options.limit = .none
        let second = KeyspaceModel(model.after, of: unlimited, now: Double(try host.time()))
        if second.removals != 0 { complaints.append("the model itself leaves \(second.removals) removals behind") }
        run(isDryRun: true, second, expecting: model.after)
    }

    private mutating func restore(_ file: String) {
        tolerance = 1_000
        do {
            let result = try JanitorProcess.run(
                ["restore", file, "--json", "--entries-without-session"] + host.arguments,
                environment: ["REDIS_URL": host.url(database: database)])
            if result.status != .exited(0) { complaints.append("restore: \(result)") }
            checkDatabase("restore", expecting: before)
        } catch {
            complaints.append("restore: \(error)")
        }
    }

    private mutating func run(
        isDryRun: Bool, _ model: KeyspaceModel, expecting expected: Snapshot, _ further: [String] = []
    ) {
        let name = isDryRun ? "dry run" : "real run"
        func check(_ condition: Bool, _ complaint: @autoclosure () -> String) {
            if !condition { complaints.append("\(name): \(complaint())") }
        }
        let words = ["--json"] + host.arguments + keyspace.arguments + further + (isDryRun ? ["--dry-run"] : [])
        guard let result = try? JanitorProcess.run(words, environment: ["REDIS_URL": host.url(database: database)]),
            let report = try? RunReport(result)
        else {
            complaints.append("\(name): no report")
            return
        }
        var stats = report.stats
        let writes = stats.removeValue(forKey: "write_commands_sent") ?? -1
        let numbers = model.stats(isDryRun: isDryRun, countsTTL: stats["sessions_without_ttl_found"] != nil)
        for number in Set(numbers.keys).union(stats.keys).sorted() {
            check(
                numbers[number] == stats[number],
                "\(number) should be \(numbers[number] ?? -1) and is \(stats[number] ?? -1)")
        }
        let removes = !isDryRun && !model.isRefused && model.removals > 0
        check(removes == (writes > 0) && writes >= 0, "write_commands_sent is \(writes)")
        let status = model.status(isDryRun: isDryRun)
        check(result.status == .exited(status), "the status should be \(status) and is \(result.status)")
        let outcome = model.outcome(isDryRun: isDryRun)
        check(report.outcome == outcome, "the outcome should be \(outcome) and is \(report.outcome)")
        let consistency = model.consistency(isDryRun: isDryRun)
        check(report.consistency == consistency, "consistency should be \(consistency), is \(report.consistency)")
        check(report.mode == (isDryRun ? "dry-run" : "clean"), "the mode is \(report.mode)")
        check(
            (report.error != nil) == (model.isRefused && !isDryRun), "the error is \(String(describing: report.error))")
        checkWarnings(report, result, model.warnings(isDryRun: isDryRun), name)
        checkDatabase(name, expecting: expected)
    }

    private mutating func checkWarnings(
        _ report: RunReport, _ result: JanitorResult, _ expected: Set<KeyspaceModel.Warning>, _ name: String
    ) {
        // That nothing matches at all is not in the contract, and may be warned of or not.
        let warnings = report.warnings.filter { !$0.hasPrefix("no key matches") }
        let told = Set(
            KeyspaceModel.Warning.allCases.filter { kind in warnings.contains { $0.contains(kind.rawValue) } })
        if told != expected || warnings.count != expected.count {
            complaints.append("\(name): it should warn of \(expected) and warns: \(warnings)")
        }
        for warning in report.warnings where !result.error.contains(warning) {
            complaints.append("\(name): standard error does not tell: \(warning)")
        }
        let tokens = before.keys.values.flatMap { $0.identifiers ?? [] }.filter { $0.count == 43 }
        for token in Set(tokens) where (result.error + result.output).contains(token.text) {
            complaints.append("\(name): the session id \(token) is told in full")
        }
    }

    private mutating func checkDatabase(_ name: String, expecting expected: Snapshot) {
        do {
            if let difference = expected.difference(to: try host.snapshot(of: database), within: tolerance) {
                complaints.append("\(name): \(difference)")
            }
            if let difference = try neighbour?.difference(to: host.snapshot(of: neighbourDatabase)) {
                complaints.append("\(name), in the other database: \(difference)")
            }
        } catch {
            complaints.append("\(name): \(error)")
        }
    }
}

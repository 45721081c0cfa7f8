import TestSupport

/// Cleans one keyspace, first for show and then in earnest, and holds what happens against the model.
struct KeyspaceTrial {
    private let host: any KeyspaceHost
    private let keyspace: Keyspace
    private let database: Int
    /// What was not as it should be, in words.
    private(set) var complaints: [String] = []
    private(set) var model: CleanupModel

    private let before: Snapshot
    /// The database beside, in which the same names hold something else; nil where there is none.
    private let neighbour: Snapshot?
    private var neighbourDatabase: Int { (database + 1) % host.databases }

    init(_ keyspace: Keyspace, on host: any KeyspaceHost) throws {
        self.keyspace = keyspace
        self.host = host
        database = keyspace.database % host.databases
        let layout = keyspace.layout
        try host.empty()
        try host.write(keyspace.commands, to: database)
        before = try host.snapshot(of: database)
        let beside = (database + 1) % host.databases
        if beside == database {
            neighbour = nil
        } else {
            let listed = Set(before.keys.values.flatMap { $0.identifiers ?? [] })
            // Sessions of the right names in the wrong database, and an index full of orphans.
            try host.write(
                listed.prefix(50).map { ["SET", layout.session.key($0), "{\"ts\": 1}"] }
                    + [["SADD", layout.index.key("neighbour"), "orphan 1", "orphan 2"]], to: beside)
            neighbour = try host.snapshot(of: beside)
        }
        model = CleanupModel(
            before, session: layout.session, index: layout.index, options: keyspace.options,
            now: Double(try host.time()))
    }

    mutating func run(again: Bool) throws {
        try run(isDryRun: true, model, expecting: before)
        try run(isDryRun: false, model, expecting: model.after)
        guard again, !model.isRefused else { return }
        var options = keyspace.options
        options.limit = .none
        let second = CleanupModel(
            model.after, session: keyspace.layout.session, index: keyspace.layout.index, options: options,
            now: Double(try host.time()))
        if second.removals != 0 { complaints.append("the model itself leaves \(second.removals) removals behind") }
        try run(isDryRun: true, second, expecting: model.after)
    }

    private mutating func run(isDryRun: Bool, _ model: CleanupModel, expecting expected: Snapshot) throws {
        let arguments = ["--json"] + host.arguments + keyspace.arguments + (isDryRun ? ["--dry-run"] : [])
        let result = try JanitorProcess.run(arguments, environment: ["REDIS_URL": host.url(database: database)])
        let name = isDryRun ? "dry run" : "real run"
        func check(_ condition: Bool, _ complaint: @autoclosure () -> String) {
            if !condition { complaints.append("\(name): \(complaint())") }
        }
        guard let report = try? RunReport(result) else {
            complaints.append("\(name): no report: \(result)")
            return
        }
        var stats = report.stats
        let writes = stats.removeValue(forKey: "write_commands_sent") ?? -1
        let numbers = model.stats(isDryRun: isDryRun)
        for number in Set(numbers.keys).union(stats.keys).sorted() where numbers[number] != stats[number] {
            check(false, "\(number) should be \(numbers[number] ?? -1) and is \(stats[number] ?? -1)")
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
        _ report: RunReport, _ result: JanitorResult, _ expected: Set<CleanupModel.Warning>, _ name: String
    ) {
        // That nothing matches at all is not in the contract, and may be warned of or not.
        let warnings = report.warnings.filter { !$0.hasPrefix("no key matches") }
        let told = Set(
            CleanupModel.Warning.allCases.filter { kind in warnings.contains { $0.contains(kind.rawValue) } })
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
            if let difference = expected.difference(to: try host.snapshot(of: database)) {
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

import TestSupport

/// A metrics file as Prometheus reads it: values by name, those of an outcome by `name.outcome`.
struct MetricsReading {
    let values: [String: Double]
    /// The labels of each sample, as they stand there.
    let labels: [String]

    init(_ path: String) throws {
        var values: [String: Double] = [:]
        var labels: [String] = []
        for line in try Unattended.lines(path) where !line.hasPrefix("#") {
            guard let match = line.wholeMatch(of: /([a-z_]+)\{(.*)\} ([0-9.]+|NaN)/), let value = Double(match.3) else {
                throw SupportError("not a sample: \(line)")
            }
            let outcome = match.2.firstMatch(of: /,outcome="([a-z]+)"$/).map { ".\($0.1)" } ?? ""
            values[match.1 + outcome] = value
            labels.append(String(match.2))
        }
        self.values = values
        self.labels = labels
    }

    subscript(_ name: String) -> Double? { values["session_janitor_" + name] }

    /// The numbers of the contract's section 5, and those of the layouts.
    static let numbers = [
        "user_sessions_checked", "total_sessions_checked", "valid_sessions_found", "orphaned_sessions_found",
        "user_sessions_cleaned", "orphaned_sessions_removed", "empty_user_sessions_removed",
        "empty_user_sessions_found", "expired_entries_found", "expired_entries_removed", "sessions_checked",
        "expired_sessions_found", "expired_sessions_removed", "undated_sessions_found", "unreadable_sessions_found",
        "unindexed_sessions_found", "revived_sessions_found", "unreadable_index_keys", "write_commands_sent",
        "orphaned_pointers_found", "orphaned_pointers_removed", "orphaned_companions_found",
        "orphaned_companions_removed", "orphaned_presence_keys_found", "orphaned_presence_keys_removed",
        "expired_dependents_found", "expired_dependents_removed", "idle_sessions_found", "idle_sessions_removed",
        "excess_sessions_found", "excess_sessions_removed",
        "presence_keys_without_ttl_found", "missing_ttls_found", "ttls_set", "orphaned_sessions_left",
    ]
}

import TestSupport

/// What a random run is told beside where its keys are.
struct RunOptions {
    enum Limit {
        case none
        case count(Int)
        /// Tenths of a percent, so that the model reckons in whole numbers.
        case permille(Int)
    }

    var includesExpired = false
    var maxAgeDays: Int?
    var limit = Limit.none
    var allowsNoLiveSessions = false
    /// Options that change nothing in what a run does.
    var manner = ["--grace", "0"]

    static let defaultMaxAgeDays = 30

    var arguments: [String] {
        var words = manner
        if includesExpired { words.append("--include-expired") }
        if let maxAgeDays { words += ["--max-age-days", String(maxAgeDays)] }
        switch limit {
        case .none: break
        case .count(let count): words += ["--max-removals", String(count)]
        case .permille(let permille):
            let tenths = permille % 10
            words.append("--max-removals=\(permille / 10)\(tenths == 0 ? "" : ".\(tenths)")%")
        }
        if allowsNoLiveSessions { words.append("--allow-no-live-sessions") }
        return words
    }
}

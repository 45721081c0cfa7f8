/// Counts what becomes of the lines of a backup.
struct RestoreTally {
    var statistics = RestoreStatistics()
    /// Whether the last line has no end.
    var isCutOff = false
    /// How many of the damaged lines have the right checksum.
    private var foreignLines = 0
    private var firstRejection = ""

    mutating func noteForeign() {
        statistics.damaged += 1
        foreignLines += 1
    }

    mutating func noteRejection(_ text: String, _ count: Int = 1) {
        if statistics.rejected == 0 { firstRejection = text }
        statistics.rejected += count
    }

    /// Counts items that are missing and go back, also as what they are; in a dry run they only would.
    mutating func note(
        restorable count: Int = 1, as kind: WritableKeyPath<RestoreStatistics, Int>, isDryRun: Bool
    ) {
        statistics.restorable += count
        guard !isDryRun else { return }
        statistics.restored += count
        statistics[keyPath: kind] += count
    }

    /// Counts items in whose place there is something now.
    mutating func note(present count: Int = 1) {
        statistics.present += count
    }

    /// Enters the numbers and what is to be said of them.
    func finish(_ report: inout RestoreReport) {
        report.statistics = statistics
        let damagedLines = statistics.damaged - foreignLines - (isCutOff ? 1 : 0)
        if isCutOff { report.warnings.append(.cutOff) }
        if damagedLines > 0 { report.warnings.append(.damaged(lines: damagedLines)) }
        if foreignLines > 0 { report.warnings.append(.foreign(lines: foreignLines)) }
        if statistics.rejected > 0 {
            report.warnings.append(.rejected(statistics.rejected, example: firstRejection))
        }
        if statistics.entriesWithoutSession > 0 {
            report.warnings.append(.entriesWithoutSession(statistics.entriesWithoutSession))
        }
        if damagedLines + foreignLines > 0 || statistics.rejected > 0 { report.outcome = .partial }
    }
}

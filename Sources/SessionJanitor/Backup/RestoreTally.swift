/// Counts what becomes of the lines of a backup.
struct RestoreTally {
    var statistics = RestoreStatistics()
    /// Whether the last line has no end.
    var isCutOff = false
    private var firstRejection = ""

    mutating func noteRejection(_ text: String, _ count: Int = 1) {
        if statistics.rejected == 0 { firstRejection = text }
        statistics.rejected += count
    }

    mutating func note(entries count: Int, present isThere: Bool, isDryRun: Bool) {
        if isThere {
            statistics.present += count
        } else {
            statistics.restorable += count
            guard !isDryRun else { return }
            statistics.restored += count
            statistics.entriesRestored += count
        }
    }

    /// Enters the numbers and what is to be said of them.
    func finish(_ report: inout RestoreReport) {
        report.statistics = statistics
        let damagedLines = statistics.damaged - (isCutOff ? 1 : 0)
        if isCutOff { report.warnings.append(.cutOff) }
        if damagedLines > 0 { report.warnings.append(.damaged(lines: damagedLines)) }
        if statistics.rejected > 0 {
            report.warnings.append(.rejected(statistics.rejected, example: firstRejection))
        }
        if statistics.entriesWithoutSession > 0 {
            report.warnings.append(.entriesWithoutSession(statistics.entriesWithoutSession))
        }
        if damagedLines > 0 || statistics.rejected > 0 { report.outcome = .partial }
    }
}

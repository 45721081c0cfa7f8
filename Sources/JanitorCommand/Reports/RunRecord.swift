import FoundationEssentials
import RedisClient
import SessionJanitor

/// A finished run with everything that a report says about it.
struct RunRecord {
    var options: Options
    /// Nil if no connection came about.
    var server: ServerInfo?
    var started: Date
    var finished: Date
    var report: CleanupReport
    /// Nil if no backup was asked for, or nothing was removed.
    var backup: BackupSummary?
}

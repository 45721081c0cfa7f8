import FoundationEssentials
import RedisClient
import SessionJanitor

/// A finished restore with everything that a report says about it.
struct RestoreRecord {
    var options: Options
    /// Nil if no connection came about.
    var server: ServerInfo?
    /// Nil if the file could not be read.
    var header: BackupHeader?
    var started: Date
    var finished: Date
    var report: RestoreReport
}

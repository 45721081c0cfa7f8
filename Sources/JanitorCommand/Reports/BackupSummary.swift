/// The backup that a run wrote.
struct BackupSummary: Equatable, Encodable {
    var file: String
    var keys: Int
    var entries: Int
    var ttls: Int
}

/// Lines of a backup that are restored together.
struct RestoreBatch {
    var keys: [BackupKey] = []
    var entries: [BackupEntry] = []
    var ttls: [BackupTTL] = []
    var fields: [BackupField] = []

    /// What the payloads and values come to.
    var bytes = 0

    var count: Int { keys.count + entries.count + ttls.count + fields.count }
}

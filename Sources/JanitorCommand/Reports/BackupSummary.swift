import SessionJanitor

/// The backup that a run wrote.
struct BackupSummary: Equatable, Encodable {
    var file: String
    var keys: Int
    var entries: Int
    var ttls: Int

    /// Nil where nothing was written, and so no file is there.
    init?(_ backup: BackupWriter) {
        guard backup.written.all > 0 else { return nil }
        file = backup.path
        (keys, entries, ttls) = (backup.written.keys, backup.written.entries, backup.written.ttls)
    }

    /// What a user types to put back what the run removed.
    var undoCommand: String {
        let isPlain = file.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "-")...UInt8(ascii: "9") ~= byte
                || byte == UInt8(ascii: "_")
        }
        let name = isPlain ? file : "'" + file.replacing("'", with: "'\\''") + "'"
        return "session-janitor restore \(name)"
    }
}

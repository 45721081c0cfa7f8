/// Why a backup cannot be written or restored; `reason` is the system's own word.
public enum BackupError: Error, Equatable, Sendable {
    /// A backup never overwrites what is there.
    case exists(path: String)
    case cannotCreate(path: String, reason: String)
    case cannotWrite(path: String, reason: String)
    case cannotRead(path: String, reason: String)
    /// Its first line is not the header of a backup.
    case notABackup(path: String)
    /// Written by a later version.
    case unknownVersion(path: String, version: Int)
    /// It was made on another server or database, and nobody said that it is meant for this one.
    case madeElsewhere(path: String, server: String, database: Int)
}

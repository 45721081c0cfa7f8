import Glibc

/// Reads a backup line by line, however large it is.
public final class BackupReader {
    public let path: String
    public let header: BackupHeader
    private let lines: LineReader
    private let rules: BackupRules

    /// What stands in a line.
    enum Item: Equatable {
        case record(BackupRecord)
        /// Its checksum is wrong, or it is none of the kinds that this version knows.
        case damaged
        /// Its checksum is right, but no run on the header's layout has written it.
        case foreign
        /// The last line, without its end: the run stopped while it wrote this, and so before it removed it.
        case cutOff
    }

    public init(path: String) throws(BackupError) {
        self.path = path
        let lines = try LineReader(path: path)
        guard let (first, _) = try lines.next(), let form = BackupLine.decode(BackupHeader.Form.self, from: first),
            form.format == BackupHeader.format
        else { throw .notABackup(path: path) }
        guard form.version == BackupHeader.version else { throw .unknownVersion(path: path, version: form.version) }
        guard let header = BackupLine.decode(BackupHeader.self, from: first),
            let rules = try? BackupRules(header.layout)
        else { throw .notABackup(path: path) }
        self.lines = lines
        self.header = header
        self.rules = rules
    }

    /// Nil at the end of the file.
    func next() throws(BackupError) -> Item? {
        guard let (line, isWhole) = try lines.next() else { return nil }
        if let record = BackupLine.decode(BackupRecord.self, from: line) {
            return rules.allow(record) ? .record(record) : .foreign
        }
        return isWhole ? .damaged : .cutOff
    }

    /// Whether this is a backup that could bring something back.
    public static func holdsRecord(_ path: String) -> Bool {
        do {
            let reader = try BackupReader(path: path)
            while let item = try reader.next() {
                if case .record = item { return true }
            }
        } catch {
            // Not a backup, or not ours to read.
        }
        return false
    }

    /// How much of the file was read, from 0 to 1.
    var fractionRead: Double { lines.fractionRead }
}

import Glibc

/// Reads a backup line by line, however large it is.
public final class BackupReader {
    public let path: String
    public let header: BackupHeader
    let rules: BackupRules
    private let file: LineFile

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
        file = try LineFile(path: path)
        guard let (first, _) = try file.next(), let form = BackupLine.decode(FileForm.self, from: first),
            form.format == BackupHeader.format
        else { throw .notABackup(path: path) }
        guard form.version == BackupHeader.version else { throw .unknownVersion(path: path, version: form.version) }
        guard let header = BackupLine.decode(BackupHeader.self, from: first),
            let rules = try? BackupRules(header.layout)
        else { throw .notABackup(path: path) }
        self.header = header
        self.rules = rules
    }

    /// Nil at the end of the file.
    func next() throws(BackupError) -> Item? {
        guard let (line, isWhole) = try file.next() else { return nil }
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
    var fractionRead: Double { file.fractionRead }
}

/// A file that is read in lines.
final class LineFile {
    private let path: String
    private let file: UnsafeMutablePointer<FILE>
    private let size: Int
    private var buffer: UnsafeMutablePointer<CChar>?
    private var capacity = 0

    init(path: String) throws(BackupError) {
        self.path = path
        guard let file = fopen(path, "re") else { throw LineFile.failure(path) }
        self.file = file
        var status = stat()
        size = fstat(fileno(file), &status) == 0 ? Int(status.st_size) : 0
    }

    deinit {
        fclose(file)
        free(buffer)
    }

    /// The next line without its line break, and whether it had one; nil at the end.
    func next() throws(BackupError) -> (line: [UInt8], isWhole: Bool)? {
        let count = getline(&buffer, &capacity, file)
        guard count > 0 else {
            guard feof(file) != 0 else { throw LineFile.failure(path) }
            return nil
        }
        let line = UnsafeRawBufferPointer(start: buffer, count: count)
        return line.last == UInt8(ascii: "\n") ? (Array(line.dropLast()), true) : (Array(line), false)
    }

    private static func failure(_ path: String) -> BackupError {
        .cannotRead(path: path, reason: String(cString: strerror(errno)))
    }

    var fractionRead: Double { size > 0 ? min(Double(ftello(file)) / Double(size), 1) : 1 }
}

import FoundationEssentials
import Glibc

/// Writes a backup: a new file that only its owner can read, each batch of lines synced to disk.
///
/// The file comes with the first records, so that a run that removes nothing leaves none.
public final class BackupWriter {
    public let path: String
    /// What is in the file, safely.
    public private(set) var written = BackupCounts()
    /// The same with what waits for ``commit()``.
    private var appended = BackupCounts()

    /// Negative until the file is created.
    private var descriptor: Int32 = -1
    private let encoder = BackupLine.encoder()
    /// The first line, until it is written.
    private var header: [UInt8] = []
    private var unwritten: [UInt8] = []
    /// A larger buffer is given back once it is written.
    private static let keptCapacity = 4 << 20
    /// Where the last line ends that is on disk as a whole.
    private var end = 0

    /// The file must not exist yet; a folder that would not take it is an error at once.
    public init(path: String) throws(BackupError) {
        self.path = path
        var status = stat()
        guard lstat(path, &status) != 0 else { throw .exists(path: path) }
        guard errno == ENOENT, faccessat(AT_FDCWD, BackupWriter.folder(of: path), W_OK | X_OK, AT_EACCESS) == 0
        else { throw .cannotCreate(path: path, reason: String(cString: strerror(errno))) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    private static func folder(of path: String) -> String {
        let slash = path.lastIndex(of: "/")
        return slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    private func create() throws(BackupError) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw errno == EEXIST
                ? .exists(path: path) : .cannotCreate(path: path, reason: String(cString: strerror(errno)))
        }
        // Without this a crash could lose the file's name, though not its content.
        let folder = open(BackupWriter.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    /// Has to come first; it is written with the first records.
    public func begin(with header: BackupHeader) throws {
        self.header = try BackupLine.encode(header, with: encoder) + [UInt8(ascii: "\n")]
    }

    /// Adds a line to what ``commit()`` writes. A large payload is handed over apart: the record's own is empty then.
    func append(_ record: BackupRecord, payload: UnsafeRawBufferPointer? = nil) throws {
        if let payload {
            try BackupLine.append(record, payload: payload, to: &unwritten, with: encoder)
        } else {
            unwritten += try BackupLine.encode(record, with: encoder)
        }
        unwritten.append(UInt8(ascii: "\n"))
        appended.add(record)
    }

    /// Returns once everything that was appended is on disk.
    func commit() throws(BackupError) {
        guard !unwritten.isEmpty else { return }
        if descriptor < 0 { try create() }
        try write(header)
        try write(unwritten)
        guard fdatasync(descriptor) == 0 else { throw failure() }
        end += header.count + unwritten.count
        header = []
        written = appended
        unwritten.removeAll(keepingCapacity: unwritten.capacity <= BackupWriter.keptCapacity)
    }

    private func write(_ bytes: [UInt8]) throws(BackupError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if count > 0 {
                done += count
            } else if errno != EINTR {
                throw failure()
            }
        }
    }

    private func failure() -> BackupError {
        let reason = String(cString: strerror(errno))
        // What this batch would have removed stays, so its lines have to go; a file without any is none.
        if end > 0 { ftruncate(descriptor, end) } else { unlink(path) }
        return .cannotWrite(path: path, reason: reason)
    }
}

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

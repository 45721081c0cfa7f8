import FoundationEssentials
import Glibc

/// Writes a backup: a new file that only its owner can read, each batch of lines synced to disk.
///
/// The file comes with the first records, so that a run that removes nothing leaves none.
public final class BackupWriter {
    public let path: String
    /// The keys, entries and TTLs that are in the file, safely; a field of a hash counts as an entry.
    public private(set) var keys = 0
    public private(set) var entries = 0
    public private(set) var ttls = 0

    /// Negative until the file is created.
    private var descriptor: Int32 = -1
    private let encoder = BackupLine.encoder()
    /// The first line, until it is written.
    private var header: [UInt8] = []
    private var unwritten: [UInt8] = []
    /// A larger buffer is given back once it is written.
    private static let keptCapacity = 4 << 20
    /// How much waits for ``commit()``.
    var uncommittedBytes: Int { unwritten.count }
    private var unwrittenKeys = 0
    private var unwrittenEntries = 0
    private var unwrittenTTLs = 0
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

    /// Adds a line to what ``commit()`` writes.
    func append(_ record: BackupRecord) throws {
        unwritten += try BackupLine.encode(record, with: encoder)
        unwritten.append(UInt8(ascii: "\n"))
        switch record {
        case .key: unwrittenKeys += 1
        case .entry, .field: unwrittenEntries += 1
        case .list(let list): unwrittenEntries += Set(list.entries.map(\.member.bytes)).count
        case .ttl: unwrittenTTLs += 1
        }
    }

    /// The same for a key, whose payload is handed over apart.
    func append(_ key: BackupKey, payload: UnsafeRawBufferPointer) throws {
        try BackupLine.append(key, payload: payload, to: &unwritten, with: encoder)
        unwritten.append(UInt8(ascii: "\n"))
        unwrittenKeys += 1
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
        keys += unwrittenKeys
        entries += unwrittenEntries
        ttls += unwrittenTTLs
        unwritten.removeAll(keepingCapacity: unwritten.capacity <= BackupWriter.keptCapacity)
        unwrittenKeys = 0
        unwrittenEntries = 0
        unwrittenTTLs = 0
    }

    private func write(_ bytes: [UInt8]) throws(BackupError) {
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if written > 0 {
                done += written
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

    public var isEmpty: Bool { keys + entries + ttls == 0 }
}

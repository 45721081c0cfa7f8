import FoundationEssentials
import Glibc

/// Writes a backup: a new file that only its owner can read, each batch of lines synced to disk.
public final class BackupWriter {
    public let path: String
    /// The keys, entries and TTLs that are in the file, safely; a field of a hash counts as an entry.
    public private(set) var keys = 0
    public private(set) var entries = 0
    public private(set) var ttls = 0

    private let descriptor: Int32
    private let encoder = BackupLine.encoder()
    private var unwritten: [UInt8] = []
    /// How much waits for ``commit()``.
    var uncommittedBytes: Int { unwritten.count }
    private var unwrittenKeys = 0
    private var unwrittenEntries = 0
    private var unwrittenTTLs = 0
    /// Where the last line ends that is on disk as a whole.
    private var end = 0

    /// Creates the file, which must not exist yet.
    public init(creating path: String) throws(BackupError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw errno == EEXIST
                ? .exists(path: path) : .cannotCreate(path: path, reason: String(cString: strerror(errno)))
        }
        BackupWriter.syncFolder(of: path)
    }

    deinit {
        close(descriptor)
    }

    /// Without this a crash could lose the file's name, though not its content.
    private static func syncFolder(of path: String) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Has to come first.
    public func write(_ header: BackupHeader) throws {
        append(try BackupLine.encode(header, with: encoder))
        try commit()
    }

    /// Adds a line to what ``commit()`` writes.
    func append(_ record: BackupRecord) throws {
        append(try BackupLine.encode(record, with: encoder))
        switch record {
        case .key: unwrittenKeys += 1
        case .entry, .field: unwrittenEntries += 1
        case .list(let list): unwrittenEntries += Set(list.entries.map(\.member.bytes)).count
        case .ttl: unwrittenTTLs += 1
        }
    }

    private func append(_ line: [UInt8]) {
        unwritten += line
        unwritten.append(UInt8(ascii: "\n"))
    }

    /// Returns once everything that was appended is on disk.
    func commit() throws(BackupError) {
        guard !unwritten.isEmpty else { return }
        var done = 0
        while done < unwritten.count {
            let written = unwritten.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if written > 0 {
                done += written
            } else if errno != EINTR {
                throw failure()
            }
        }
        guard fdatasync(descriptor) == 0 else { throw failure() }
        end += done
        keys += unwrittenKeys
        entries += unwrittenEntries
        ttls += unwrittenTTLs
        unwritten.removeAll(keepingCapacity: true)
        unwrittenKeys = 0
        unwrittenEntries = 0
        unwrittenTTLs = 0
    }

    private func failure() -> BackupError {
        let reason = String(cString: strerror(errno))
        // What this batch would have removed stays, so its lines have to go.
        ftruncate(descriptor, end)
        return .cannotWrite(path: path, reason: reason)
    }

    public var isEmpty: Bool { keys + entries + ttls == 0 }

    /// Takes the file away if nothing is in it: nothing was removed or set.
    public func removeIfEmpty() {
        if isEmpty { unlink(path) }
    }
}

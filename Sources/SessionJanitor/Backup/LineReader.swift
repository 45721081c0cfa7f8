import Glibc

/// Reads a file in lines.
final class LineReader {
    private let path: String
    private let descriptor: Int32
    private let size: Int
    private var position = 0
    private var buffer: [UInt8] = []
    /// Where the next line begins in the buffer.
    private var start = 0
    /// Up to where it was searched for the line's end.
    private var searched = 0
    private var isAtEnd = false

    private static let step = 256 << 10

    init(path: String) throws(BackupError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotRead(path: path, reason: String(cString: strerror(errno))) }
        var status = stat()
        size = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    deinit {
        close(descriptor)
    }

    /// The next line without its line break, and whether it had one; nil at the end.
    func next() throws(BackupError) -> (line: [UInt8], isWhole: Bool)? {
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer {
                    start = end + 1
                    searched = start
                }
                return (Array(buffer[start..<end]), true)
            }
            searched = buffer.count
            if isAtEnd {
                defer { start = buffer.count }
                return start < buffer.count ? (Array(buffer[start...]), false) : nil
            }
            try fill()
        }
    }

    private func fill() throws(BackupError) {
        buffer.removeSubrange(..<start)
        searched -= start
        start = 0
        let used = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: LineReader.step))
        let count = buffer.withUnsafeMutableBytes {
            read(descriptor, $0.baseAddress?.advanced(by: used), LineReader.step)
        }
        guard count >= 0 else { throw .cannotRead(path: path, reason: String(cString: strerror(errno))) }
        buffer.removeSubrange((used + count)...)
        position += count
        isAtEnd = count == 0
    }

    var fractionRead: Double { size > 0 ? min(Double(position) / Double(size), 1) : 1 }
}

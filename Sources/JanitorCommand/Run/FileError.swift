import Glibc

/// A system call that failed, in the system's words.
struct FileError: Error, CustomStringConvertible {
    let description: String

    init(code: Int32 = errno) {
        description = String(cString: strerror(code))
    }

    /// Reads to the end, or a little beyond `limit`; nil if that fails.
    static func bytes(of descriptor: Int32, atMost limit: Int = .max) -> [UInt8]? {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while result.count <= limit {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { return result }
            if count > 0 {
                result += buffer[..<count]
            } else if errno != EINTR {
                return nil
            }
        }
        return result
    }
}

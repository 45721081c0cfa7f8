import Glibc

/// A system call on a file that failed, in the system's words.
struct FileError: Error, CustomStringConvertible {
    let description: String

    init(code: Int32 = errno) {
        description = String(cString: strerror(code))
    }
}

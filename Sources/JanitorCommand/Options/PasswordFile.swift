import Glibc

/// A file that holds a password and nothing else but a line break at its end.
struct PasswordFile {
    let password: String
    /// Whether group or others may read it.
    let isExposed: Bool

    /// No password is longer; a wrong file, such as a device, may be endless.
    private static let limit = 64 << 10

    /// `origin` is the option or the variable that names the file.
    init(path: String, origin: String) throws(UsageError) {
        let name = "\(origin) \(Printable.quoted(path))"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PasswordFile.unreadable(name) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw PasswordFile.unreadable(name) }
        isExposed = status.st_mode & S_IFMT == S_IFREG && status.st_mode & (S_IRGRP | S_IROTH) != 0
        guard var bytes = PasswordFile.read(descriptor) else { throw PasswordFile.unreadable(name) }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty else {
            throw UsageError(
                "\(name) is empty; it has to hold the password", zh: "\(name) 是空的；其中应有密码")
        }
        guard bytes.count < PasswordFile.limit, let text = String(validating: bytes, as: UTF8.self) else {
            throw UsageError(
                "\(name) does not hold a password: it is too long or not UTF-8", zh: "\(name) 中不是密码：过长或不是 UTF-8")
        }
        password = text
    }

    private static func read(_ descriptor: Int32) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { break }
            if count > 0 {
                bytes += buffer[..<count]
            } else if errno != EINTR {
                return nil
            }
        }
        return bytes
    }

    private static func unreadable(_ name: String) -> UsageError {
        let reason = String(cString: strerror(errno))
        return UsageError(
            "\(name) cannot be read: \(reason); it has to be a file that holds the password",
            zh: "\(name) 无法读取：\(reason)；应为存有密码的文件")
    }
}

import Glibc

/// Stands in for a syslog daemon, at the one place where programs look for it.
public final class SyslogSocket: Sendable {
    private static let path = "/dev/log"
    private let descriptor: Int32

    /// Whether this process may make the socket and nobody else has: a real daemon is not to be disturbed.
    public static var isPossible: Bool { geteuid() == 0 && access(path, F_OK) != 0 }

    public init() throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SupportError.system("socket", errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: SyslogSocket.path.utf8) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard code == 0 else { throw SupportError.system("bind", errno) }
    }

    deinit {
        unlink(SyslogSocket.path)
        close(descriptor)
    }

    /// What has come since the last call.
    public func messages() -> [String] {
        var messages: [String] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count >= 0 else { return messages }
            messages.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
    }
}

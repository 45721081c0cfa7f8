import Foundation

/// A listening unix socket in a folder of its own; each connection is served by a thread.
final class UnixListener: Sendable {
    let path: String
    private let folder: TemporaryFolder
    private let descriptor: Int32

    /// `serve` gets the descriptor of a connection, which is closed when it returns.
    init(serve: @escaping @Sendable (Int32) -> Void) throws {
        folder = try TemporaryFolder()
        path = folder.file("peer.sock")
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SupportError.system("socket", errno) }
        var address = UnixListener.address(path)
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard code == 0, listen(descriptor, 16) == 0 else { throw SupportError.system("bind", errno) }
        let listening = descriptor
        Thread.detachNewThread {
            while true {
                let connection = accept(listening, nil, nil)
                if connection < 0, errno == EINTR || errno == ECONNABORTED { continue }
                guard connection >= 0 else { break }
                Thread.detachNewThread {
                    serve(connection)
                    close(connection)
                }
            }
            close(listening)
        }
    }

    deinit {
        // accept ends with an error then, and with it the thread.
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Connects to another listener; nil if nobody listens there.
    static func connect(to path: String) -> Int32? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = UnixListener.address(path)
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, length) }
        }
        if code == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    /// Sends all of the bytes; false if the other side has gone.
    static func send(_ bytes: some Sequence<UInt8>, to descriptor: Int32) -> Bool {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if sent > 0 {
                rest = rest.dropFirst(sent)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    /// What comes next; nil at the end.
    static func receive(from descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 { return Array(buffer[..<count]) }
            if count == 0 || errno != EINTR { return nil }
        }
    }

    private static func address(_ path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return address
    }
}

import Foundation
import Synchronization

/// A web server on a free port of 127.0.0.1 that answers everything with the same status and remembers what was asked.
public final class WebListener: Sendable {
    public let port: Int
    private let descriptor: Int32
    private let visits: Visits

    private final class Visits: Sendable {
        let targets = Mutex<[String]>([])
    }

    /// `visited` is told each target, such as `/a/start`, before the answer is sent.
    public init(status: Int = 200, visited: @escaping @Sendable (String) -> Void = { _ in }) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SupportError.system("socket", errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listening = descriptor
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listening, generic, length) == 0 && listen(listening, 16) == 0
                    ? getsockname(listening, generic, &length) : -1
            }
        }
        guard code == 0 else { throw SupportError.system("bind", errno) }
        port = Int(UInt16(bigEndian: address.sin_port))
        let visits = Visits()
        self.visits = visits
        Thread.detachNewThread {
            while true {
                let connection = accept(listening, nil, nil)
                if connection < 0, errno == EINTR || errno == ECONNABORTED { continue }
                guard connection >= 0 else { break }
                WebListener.answer(connection, status, visits, visited)
                close(connection)
            }
            close(listening)
        }
    }

    deinit {
        // accept ends with an error then, and with it the thread.
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Where this server is, without a slash at the end.
    public var url: String { "http://127.0.0.1:\(port)" }

    /// What was asked for, in this order.
    public var targets: [String] { visits.targets.withLock { $0 } }

    private static func answer(
        _ connection: Int32, _ status: Int, _ visits: Visits, _ visited: @Sendable (String) -> Void
    ) {
        var head = ""
        while !head.contains("\r\n\r\n") {
            guard let bytes = UnixListener.receive(from: connection) else { return }
            head += String(decoding: bytes, as: UTF8.self)
        }
        let words = head.split(separator: " ", maxSplits: 2)
        guard words.count == 3 else { return }
        visits.targets.withLock { $0.append(String(words[1])) }
        visited(String(words[1]))
        let text = "HTTP/1.1 \(status) Answer\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        _ = UnixListener.send(text.utf8, to: connection)
    }
}

import Foundation
import Synchronization

/// Stands between the janitor and a server and may do something before a certain command gets through.
///
/// This is how a test acts at an exact moment of a run: before the second look, between two removals.
public final class RedisProxy: Sendable {
    /// What happens to a command.
    public enum Action: Sendable {
        case forward
        /// The server never sees it; this is sent back. Only for a command before which nothing is unanswered.
        case answer(Bytes)
        /// The connection ends without an answer.
        case cut
        /// This much of the server's answer goes through, then the connection ends.
        case truncate(Int)
    }

    /// Is asked about each command; `number` counts the commands of this name, from 1, over all connections.
    public typealias Hook = @Sendable (_ command: [Bytes], _ number: Int) throws -> Action

    private let listener: UnixListener
    private let counts: Counts

    public init(to redis: PrivateRedis, hook: @escaping Hook) throws {
        let counts = Counts()
        let target = redis.socketPath
        self.counts = counts
        listener = try UnixListener { client in
            guard let server = UnixListener.connect(to: target) else { return }
            defer { close(server) }
            RedisProxy.serve(client, server, counts, hook)
        }
    }

    public var url: String { "unix://" + listener.path }

    public var endpointPath: String { listener.path }

    /// How often a command of this name has come.
    public func count(of name: String) -> Int { counts.value(name) }

    private final class Counts: Sendable {
        private let counts = Mutex<[String: Int]>([:])

        func increase(_ name: String) -> Int {
            counts.withLock { counts in
                counts[name, default: 0] += 1
                return counts[name, default: 0]
            }
        }

        func value(_ name: String) -> Int { counts.withLock { $0[name, default: 0] } }
    }

    private static func serve(_ client: Int32, _ server: Int32, _ counts: Counts, _ hook: Hook) {
        var requests = RequestReader()
        var allowance: Int?
        while true {
            var descriptors = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&descriptors, 2, -1) > 0 || errno == EINTR else { return }
            if descriptors[1].revents != 0 {
                guard let bytes = UnixListener.receive(from: server) else { return }
                let passed = bytes.prefix(allowance ?? bytes.count)
                guard UnixListener.send(passed, to: client) else { return }
                allowance = allowance.map { $0 - passed.count }
                if allowance == 0 { return }
            }
            if descriptors[0].revents != 0 {
                guard let bytes = UnixListener.receive(from: client) else { return }
                requests.feed(bytes)
                while let request = requests.next() {
                    let name = request.words.first?.text.uppercased() ?? ""
                    // A hook that fails leaves the janitor without an answer, which no test expects.
                    guard let action = try? hook(request.words, counts.increase(name)) else { return }
                    switch action {
                    case .forward: break
                    case .truncate(let count): allowance = count
                    case .cut: return
                    case .answer(let bytes):
                        guard UnixListener.send(bytes.raw, to: client) else { return }
                        continue
                    }
                    guard UnixListener.send(request.wire, to: server) else { return }
                }
            }
        }
    }
}

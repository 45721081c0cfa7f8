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
        self.counts = counts
        listener = try Relay.listen(before: redis) { RedisProxy.serve($0, counts, hook) }
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

    private static func serve(_ relay: Relay, _ counts: Counts, _ hook: Hook) {
        var requests = RequestReader()
        var allowance: Int?
        relay.run { direction, bytes in
            switch direction {
            case .toClient:
                let passed = bytes.prefix(allowance ?? bytes.count)
                allowance = allowance.map { $0 - passed.count }
                return relay.send(passed, .toClient) && allowance != 0
            case .toServer:
                requests.feed(bytes)
                while let request = requests.next() {
                    let name = request.words.first?.text.uppercased() ?? ""
                    // A hook that fails leaves the janitor without an answer, which no test expects.
                    guard let action = try? hook(request.words, counts.increase(name)) else { return false }
                    switch action {
                    case .forward: break
                    case .truncate(let count): allowance = count
                    case .cut: return false
                    case .answer(let bytes):
                        guard relay.send(bytes.raw, .toClient) else { return false }
                        continue
                    }
                    guard relay.send(request.wire, .toServer) else { return false }
                }
                return true
            }
        }
    }
}

import Foundation
import Synchronization

/// Stands between the janitor and a server and damages some of the server's answers, at random.
public final class GarblingProxy: Sendable {
    private let listener: UnixListener

    private static let pieces: [[UInt8]] = [
        "\r\n", "*", "$", ":", "+", "-", "*0\r\n", "*-1\r\n", "$-1\r\n", "$0\r\n\r\n", ":1\r\n", "+OK\r\n",
        "-ERR no\r\n", "-NOSCRIPT no\r\n", "-WRONGTYPE no\r\n", "*1\r\n", "*3\r\n", ":-1\r\n", "$1\r\n0\r\n", "0", "9",
        "-1", "*2147483647\r\n", "$536870912\r\n", "_\r\n", "%1\r\n",
        ":9223372036854775807\r\n", ":-9223372036854775808\r\n", "1e308", "nan", "inf", "appauth:sess:x",
        "appauth:usess:x",
    ].map { Array($0.utf8) }

    /// One of `every` pieces that arrive is damaged.
    public init(to redis: PrivateRedis, seed: UInt64, oneIn every: Int) throws {
        let random = Shared(SplitMix64(seed: seed))
        listener = try Relay.listen(before: redis) { relay in
            relay.run { direction, bytes in
                guard direction == .toClient else { return relay.send(bytes, direction) }
                let answer = random.state.withLock { random in
                    Int.random(in: 0..<every, using: &random) == 0
                        ? Fuzz.damaged(bytes, with: GarblingProxy.pieces, &random) : bytes
                }
                return relay.send(answer, direction)
            }
        }
    }

    public var path: String { listener.path }

    private final class Shared: Sendable {
        let state: Mutex<SplitMix64>
        init(_ random: SplitMix64) { state = Mutex(random) }
    }
}

import Foundation

/// The server that the tests run against: redis-server of `PATH`, or what `SESSION_JANITOR_REDIS_SERVER` names.
public enum ServerProgram {
    /// What not every version can do.
    public enum Ability: String, Sendable {
        case accessLists = "users with rights, Redis 6"
        case readingRights = "rights to read keys only, Redis 7"
        case slowLoading = "settings that make it load slowly, Redis 7"
        case clusterPort = "a free choice of the port for a cluster's bus, Redis 7"
        case tls = "TLS, Redis 6 built with it"
        case listPositions = "LPOS, which the tests' application uses, Redis 6.0.6"
        case channelRights = "rights to channels, Redis 6.2"
        case noTouch = "CLIENT NO-TOUCH, Redis 7.2"
        case handingOver = "FAILOVER, Redis 6.2"
    }

    public static let path = ProcessInfo.processInfo.environment["SESSION_JANITOR_REDIS_SERVER"] ?? "redis-server"

    /// As in `[6, 2, 14]`; Valkey's own version, which goes on where Redis 7 was left.
    public static let version: [Int] = {
        guard let output = try? OutputPipe(),
            let process = try? ChildProcess(
                path, ["--version"], environment: environment, output: output.descriptor)
        else { return [] }
        output.closeWritingEnd()
        _ = output.waitForEnd(Deadline(in: .seconds(10)))
        _ = process.waitForEnd(within: .seconds(10))
        let text = String(decoding: output.bytes, as: UTF8.self)
        return text.firstMatch(of: /v=([0-9.]+)/)?.1.split(separator: ".").compactMap { Int($0) } ?? []
    }()

    public static func isAtLeast(_ wanted: Int...) -> Bool {
        !version.lexicographicallyPrecedes(wanted)
    }

    public static func has(_ ability: Ability) -> Bool {
        switch ability {
        case .accessLists: isAtLeast(6)
        case .listPositions: isAtLeast(6, 0, 6)
        case .channelRights, .handingOver: isAtLeast(6, 2)
        case .noTouch: isAtLeast(7, 2)
        case .readingRights, .slowLoading, .clusterPort: isAtLeast(7)
        case .tls: speaksTLS
        }
    }

    /// Further words that let a test ask for `DEBUG`, which older servers always allow.
    public static var debugArguments: [String] { isAtLeast(7) ? ["--enable-debug-command", "yes"] : [] }

    /// One that was built without it ends at once over a setting that it does not know.
    private static let speaksTLS = isAtLeast(6) && (try? PrivateRedis(["--tls-port", "0"])) != nil

    static var environment: [String: String] {
        ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"]
    }
}

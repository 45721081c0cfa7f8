/// What the server says of itself in `INFO server`.
public struct ServerInfo: Equatable, Sendable {
    /// `redis_version`; nil where the user may not ask.
    public var version: String?
    /// `valkey_version`, which only Valkey has; its `redis_version` tells with which Redis it is compatible.
    public var valkeyVersion: String?
    /// `redis_mode`: `standalone`, `cluster` or `sentinel`.
    public var mode: String?
    /// Another value means another process, whose SCAN cursors have nothing to do with the former's.
    public var runIdentifier: String?
    /// In a cluster, how many primaries share the slots; nil otherwise.
    public var primaries: Int?
    /// Whether what this connection reads does not count as use of the keys: where that was asked for, from Redis 7.2.
    public internal(set) var leavesIdleTimes = false

    init(reply text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = String(line[line.index(after: colon)...])
            switch line[..<colon] {
            case "redis_version": version = value
            case "valkey_version": valkeyVersion = value
            // Valkey's name for it is the second.
            case "redis_mode", "server_mode": mode = value
            case "run_id": runIdentifier = value
            default: break
            }
        }
    }

    init() {}

    /// The server's kind and version in words, such as `Redis 7.0.15`.
    public var name: String? { valkeyVersion.map { "Valkey \($0)" } ?? version.map { "Redis \($0)" } }
}

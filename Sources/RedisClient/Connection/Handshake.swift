/// What is said first on a connection: who asks, and for which database.
enum Handshake {
    /// Greets with what the connection's endpoint says; returns what the server says of itself.
    static func exchange(on connection: RedisConnection) throws(RedisError) -> ServerInfo {
        let reply = Reply()
        try authenticate(on: connection, reply)
        let database = connection.endpoint.database
        if database != 0 {
            _ = try connection.call(.select, CommandArguments([Array(String(database).utf8)]), into: reply)
        }
        do throws(RedisError) {
            _ = try connection.call(.ping, into: reply)
        } catch .server(_, "MISCONF", _) {
            // A server that cannot save its data refuses even this; it can be read for all that.
        }
        var server = try ask(connection, reply)
        server.leavesIdleTimes = try leaveIdleTimes(on: connection, reply)
        return server
    }

    private static func ask(_ connection: RedisConnection, _ reply: Reply) throws(RedisError) -> ServerInfo {
        do throws(RedisError) {
            return ServerInfo(
                reply: try connection.call(.info, CommandArguments([Array("server".utf8)]), into: reply).text(0))
        } catch .server(_, let code, _) where ["NOPERM", "ERR"].contains(code) {
            // Who may not ask is cleaned for all the same; only a dropped connection cannot be resumed then.
            return ServerInfo()
        }
    }

    private static func leaveIdleTimes(on connection: RedisConnection, _ reply: Reply) throws(RedisError) -> Bool {
        guard connection.endpoint.leavesIdleTimes else { return false }
        do throws(RedisError) {
            _ = try connection.call(.clientNoTouch, CommandArguments([Array("ON".utf8)]), into: reply)
            return true
        } catch .server {
            // Too old, or without the right.
            return false
        }
    }

    private static func authenticate(on connection: RedisConnection, _ reply: Reply) throws(RedisError) {
        let endpoint = connection.endpoint
        if let password = endpoint.password {
            let arguments = [endpoint.username, password].compactMap { $0.map { Array($0.utf8) } }
            do throws(RedisError) {
                _ = try connection.call(.auth, CommandArguments(arguments), into: reply)
            } catch .server(_, "ERR", let text) where arguments.count == 2 && text.contains("number of arguments") {
                // Redis 5 knows no users, and takes the password alone.
                _ = try connection.call(.auth, CommandArguments([arguments[1]]), into: reply)
            }
        } else if let username = endpoint.username {
            _ = try connection.call(.auth, CommandArguments([Array(username.utf8), []]), into: reply)
        }
    }
}

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
        let fields = text.fields()
        version = fields["redis_version"]
        valkeyVersion = fields["valkey_version"]
        // Valkey's name for it is the second.
        mode = fields["redis_mode"] ?? fields["server_mode"]
        runIdentifier = fields["run_id"]
    }

    init() {}

    /// The server's kind and version in words, such as `Redis 7.0.15`.
    public var name: String? { valkeyVersion.map { "Valkey \($0)" } ?? version.map { "Redis \($0)" } }
}

extension StringProtocol {
    /// What stands before the first `mark` of each of its parts, with what stands behind it.
    package func fields(in separator: Character = "\n", named mark: Character = ":") -> [String: String] {
        var fields: [String: String] = [:]
        for part in split(whereSeparator: { $0 == separator || $0.isNewline }) {
            guard let end = part.firstIndex(of: mark) else { continue }
            fields[String(part[..<end])] = String(part[part.index(after: end)...])
        }
        return fields
    }
}

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

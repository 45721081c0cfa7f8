import TestSupport

/// A connection of the application, told which key its commands are about: with many nodes, that decides where they go.
protocol KeyedClient: Sendable {
    /// Sends commands about one key, in order; the first error reply is thrown.
    func send(_ commands: [[Bytes]], about key: Bytes) throws -> [RedisValue]
}

extension TestClient: KeyedClient {
    func send(_ commands: [[Bytes]], about key: Bytes) throws -> [RedisValue] {
        let replies = try pipeline(commands)
        for case .error(let text) in replies { throw SupportError("\(key): \(text)") }
        return replies
    }
}

extension ClusterClient: KeyedClient {}

import TestSupport

/// Commands about one key: with many nodes, that decides where they go.
struct KeyedRequest: Sendable {
    var key: Bytes
    var commands: [[Bytes]]

    init(_ key: Bytes, _ commands: [[Bytes]]) {
        self.key = key
        self.commands = commands
    }

    /// Their answers are elements of the last one.
    init(_ key: Bytes, transaction: [[Bytes]]) {
        self.init(key, [["MULTI"]] + transaction + [["EXEC"]])
    }
}

/// A connection of the application.
protocol KeyedClient: Sendable {
    /// Sends requests in their order, and waits for all answers. A server that is full may say so; any other error is
    /// thrown.
    func send(_ requests: [KeyedRequest]) throws -> [[RedisValue]]
}

extension TestClient: KeyedClient {
    func send(_ requests: [KeyedRequest]) throws -> [[RedisValue]] {
        var replies = try pipeline(requests.flatMap(\.commands))[...]
        for reply in replies where reply.isError && !reply.isOfFullServer { throw SupportError("\(reply)") }
        return requests.map { request in
            defer { replies = replies.dropFirst(request.commands.count) }
            return Array(replies.prefix(request.commands.count))
        }
    }
}

extension ClusterClient: KeyedClient {
    func send(_ requests: [KeyedRequest]) throws -> [[RedisValue]] {
        try requests.map { try send($0.commands, about: $0.key, returnsOutOfMemory: true) }
    }
}

extension RedisValue {
    var isError: Bool { if case .error = self { true } else { false } }

    /// Its memory is used up, or a transaction was given up for that.
    var isOfFullServer: Bool {
        if case .error(let text) = self { text.hasPrefix("OOM ") || text.hasPrefix("EXECABORT ") } else { false }
    }
}

import RedisClient

/// Asks sessions whether they name a pointer.
struct BackCheck {
    private let source: ValueSource

    init(_ source: ValueSource) {
        self.source = source
    }

    /// Sends a question about each of the keys of a session.
    func ask(about keys: CommandArguments, on connection: any RedisConversation) throws(RedisError) {
        var arguments = CommandArguments()
        for index in 0..<keys.count {
            arguments.removeAll()
            keys.withArgument(index) { arguments.append($0) }
            if case .hash(let field) = source {
                arguments.append(field)
                try connection.append(.hmget, arguments)
            } else {
                try connection.append(.mget, arguments)
            }
        }
    }

    /// Receives the answers about the `count` keys of a session.
    ///
    /// Only a session that names another token tells that a pointer is not current: one that cannot be read tells
    /// nothing.
    func namesAnother(
        than token: [UInt8], _ count: Int, on connection: any RedisConversation, into reply: Reply
    ) throws(RedisError) -> Bool {
        var named: [[UInt8]] = []
        for _ in 0..<count {
            try connection.receiveAny(into: reply)
            if let name = try name(in: reply) { named.append(name) }
        }
        return BackCheck.isAnother(named, than: token)
    }

    /// What the answer about one key of a session names; nil if that tells nothing.
    func name(in reply: Reply) throws(RedisError) -> [UInt8]? {
        if reply.kind(0) == .error {
            let error = RedisError(reply: reply.text(0), to: .hmget)
            guard error.serverCode == "WRONGTYPE" else { throw error }
            return nil
        }
        guard reply.kind(0) == .array, reply.count == 2 else {
            throw .unexpectedReply(command: .hmget, expected: "one value")
        }
        guard reply.kind(1) == .string else { return nil }
        let value = reply.bytes(1)
        if case .hash = source { return Array(value) }
        return SessionContent(json: value)?.text(source)
    }

    /// Whether the keys of a session name a token, and none of them this one.
    static func isAnother(_ named: [[UInt8]], than token: [UInt8]) -> Bool {
        !named.isEmpty && !named.contains(token)
    }
}

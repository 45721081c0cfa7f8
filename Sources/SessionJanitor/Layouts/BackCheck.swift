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
            if reply.kind(0) == .error {
                let error = RedisError(reply: reply.text(0), to: .hmget)
                guard error.serverCode == "WRONGTYPE" else { throw error }
                continue
            }
            guard reply.kind(0) == .array, reply.count == 2 else {
                throw .unexpectedReply(command: .hmget, expected: "one value")
            }
            guard reply.kind(1) == .string else { continue }
            let value = reply.bytes(1)
            if case .hash = source {
                named.append(Array(value))
            } else if let other = SessionContent(json: value)?.text(source) {
                named.append(other)
            }
        }
        return !named.isEmpty && !named.contains(token)
    }
}
